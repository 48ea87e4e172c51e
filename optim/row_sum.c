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

/* The next rows that exist, from *next on: their values and factors; how many. */
static size_t take_batch(const struct hone_row *const *rows, const float *factors,
                         size_t n, size_t *next, size_t offset, size_t n_columns,
                         const float *values_out[BATCH], float factors_out[BATCH])
{
    size_t n_taken = 0, i = *next;
    for (; i < n && n_taken < BATCH; i++) {
        if (rows[i] != NULL) {
            values_out[n_taken] = rows[i]->values + offset;
            factors_out[n_taken] = factors[i];
            announce(values_out[n_taken], n_columns);
            n_taken++;
        }
    }
    *next = i;
    return n_taken;
}

void hone_row_sum_add(float *sums, const struct hone_row *const *rows,
                      const float *factors, size_t n, size_t offset, size_t n_columns)
{
    const float *values[2][BATCH];
    float kept[2][BATCH];
    size_t next = 0, turn = 0;
    size_t n_batch =
        take_batch(rows, factors, n, &next, offset, n_columns, values[0], kept[0]);
    while (n_batch > 0) {
        size_t other = 1 - turn;
        size_t n_other = take_batch(rows, factors, n, &next, offset, n_columns,
                                    values[other], kept[other]);
        hone_axpy_rows(sums, kept[turn], values[turn], n_batch, n_columns);
        turn = other;
        n_batch = n_other;
    }
}
