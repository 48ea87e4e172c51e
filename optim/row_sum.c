#include "optim/row_sum.h"

#include "base/attr.h"
#include "tensor/kernels.h"

/* So many rows are added in one go: few enough to stay in the nearest cache while the kernel
 * takes them block of columns by block of columns. */
#define BATCH      32
#define LINE_BYTES 64

/* Rows lie anywhere in memory, so the processor cannot guess what is read next. */
static void announce(const float *values, size_t n_columns)
{
    const char *bytes = (const char *)values;
    for (size_t at = 0; at < n_columns * sizeof(float); at += LINE_BYTES) {
        HONE_PREFETCH(bytes + at);
    }
}

enum part { WEIGHTS, LOGS };

struct batch {
    const float *values[BATCH];
    float factors[BATCH];
    size_t n;
};

/* The next rows that exist, from *next on. */
static void take_batch(struct batch *batch, const struct hone_row *const *rows,
                       const float *factors, size_t n, size_t *next, enum part part,
                       size_t n_columns)
{
    size_t i = *next;
    batch->n = 0;
    for (; i < n && batch->n < BATCH; i++) {
        if (rows[i] != NULL) {
            const float *values =
                part == WEIGHTS ? rows[i]->values : rows[i]->counts->values;
            announce(values, n_columns);
            batch->values[batch->n] = values;
            batch->factors[batch->n++] = factors[i];
        }
    }
    *next = i;
}

static void sum(float *sums, const struct hone_row *const *rows, const float *factors,
                size_t n, enum part part, size_t n_columns)
{
    struct batch batches[2];
    size_t next = 0, turn = 0;
    take_batch(&batches[turn], rows, factors, n, &next, part, n_columns);
    while (batches[turn].n > 0) {
        const struct batch *batch = &batches[turn];
        turn = 1 - turn;
        take_batch(&batches[turn], rows, factors, n, &next, part, n_columns);
        hone_axpy_rows(sums, batch->factors, batch->values, batch->n, n_columns);
    }
}

void hone_row_sum_weights(float *sums, const struct hone_row *const *rows,
                          const float *factors, size_t n, size_t n_columns)
{
    sum(sums, rows, factors, n, WEIGHTS, n_columns);
}

void hone_row_sum_logs(float *sums, const struct hone_row *const *rows,
                       const float *factors, size_t n, size_t n_columns)
{
    sum(sums, rows, factors, n, LOGS, n_columns);
}
