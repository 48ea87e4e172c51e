/* kernels: what each kernel of tensor/kernels.h does in a second, beside what memory can deliver.
 *
 *   kernels [--seconds S]     default: 0.02 a cell
 *
 * For working sets of several sizes (nearest cache to main memory) each kernel runs on arrays
 * that together have that size, and in the same round plain reading (a sum of whole lines) and
 * copying (memcpy) of arrays of that size: the limit that the memory sets. A kernel counts
 * the bytes that it reads and writes. `share` is its rate over the limit's: of copying when it
 * writes, of reading when it does not. CPU time of this thread; the best of five rounds, which
 * take turns. Also: OpenBLAS beside ours where it has the same function, and exp and log of
 * the C library. Prints a table and, as the last line, the figures as JSON. */
#include "tensor/kernels.h"
#include "base/alloc.h"
#include "bench/support/fail.h"
#include "tensor/blas.h"
#include "tensor/kernels_table.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_ROUNDS  5
#define N_SIZES   3
#define LINE      16 /* floats of a cache line */
#define COLUMNS   80 /* of a row, as for 77 labels */
#define N_BATCH   32 /* rows that are added in one go */
#define ALIGNMENT 64

static const struct size {
    const char *name;
    size_t bytes;
} sizes[N_SIZES] = {{"16k", 16U << 10}, {"512k", 512U << 10}, {"64m", 64U << 20}};

/* What the kernels work on. */
struct arrays {
    float *x, *y, *out; // (n,)
    size_t n;
    size_t n_rows;                 /* of COLUMNS, which x is cut into */
    float **rows, *factors, *sums; // (n_rows,) (n_rows,) (COLUMNS,)
    double *pair[2];               // (n / 2,)
    volatile float sink;
};

typedef void run_cb(struct arrays *arrays);

/* ---- kernels and limits ---- */

/* One number of each line is all that has to come for the line to come. */
static void run_read(struct arrays *a)
{
    float sums[4] = {0};
    for (size_t i = 0; i + 4 * LINE <= a->n; i += 4 * LINE) {
        sums[0] += a->x[i];
        sums[1] += a->x[i + LINE];
        sums[2] += a->x[i + 2 * LINE];
        sums[3] += a->x[i + 3 * LINE];
    }
    a->sink = (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

static void run_copy(struct arrays *a)
{
    memcpy(a->out, a->x, a->n * sizeof(float));
}

static void run_axpy(struct arrays *a)
{
    hone_axpy(a->out, 0.5F, a->x, a->n);
}

static void run_blas_axpy(struct arrays *a)
{
    hone_blas_axpy(a->out, 0.5F, a->x, a->n);
}

static void run_dot(struct arrays *a)
{
    a->sink = hone_dot(a->x, a->y, a->n);
}

static void run_axpy_rows(struct arrays *a)
{
    for (size_t i = 0; i + N_BATCH <= a->n_rows; i += N_BATCH) {
        hone_axpy_rows(a->sums, a->factors + i, (const float *const *)a->rows + i,
                       N_BATCH, COLUMNS);
    }
}

static void run_add_outer(struct arrays *a)
{
    for (size_t i = 0; i + N_BATCH <= a->n_rows; i += N_BATCH) {
        hone_add_outer(a->rows + i, a->factors + i, a->sums, N_BATCH, COLUMNS);
    }
}

static void run_max(struct arrays *a)
{
    a->sink = hone_max(a->x, a->n);
}

static void run_all_finite(struct arrays *a)
{
    a->sink = hone_all_finite(a->x, a->n) ? 1.0F : 0.0F;
}

static void run_scale(struct arrays *a)
{
    hone_scale(a->out, 1.0F, a->n);
}

static void run_add_quotients(struct arrays *a)
{
    hone_add_quotients(a->out, 1e-6F, 1.0F, a->y, a->n);
}

static void run_rotate(struct arrays *a)
{
    hone_rotate(a->pair[0], a->pair[1], 0.6, 0.8, a->n / 2);
}

static void run_exp(struct arrays *a)
{
    hone_exp(a->out, a->x, a->n);
}

static void run_log(struct arrays *a)
{
    hone_log(a->out, a->y, a->n);
}

static void run_softmax(struct arrays *a)
{
    hone_softmax(a->out, a->x, a->n);
}

static void run_log_softmax(struct arrays *a)
{
    hone_log_softmax(a->out, a->x, a->n);
}

static void run_libm_exp(struct arrays *a)
{
    for (size_t i = 0; i < a->n; i++) {
        a->out[i] = expf(a->x[i]);
    }
}

static void run_libm_log(struct arrays *a)
{
    for (size_t i = 0; i < a->n; i++) {
        a->out[i] = logf(a->y[i]);
    }
}

enum limit { LIMIT_READ, LIMIT_COPY };

/* n_arrays: of the arrays x, y and out, how many share the working set. floats_moved: read and
 * written for one number of an array. */
static const struct kernel {
    const char *name;
    run_cb *run;
    size_t n_arrays, floats_moved;
    enum limit limit;
} kernels[] = {
    {"read", run_read, 1, 1, LIMIT_READ},
    {"copy", run_copy, 2, 2, LIMIT_COPY},
    {"axpy_rows", run_axpy_rows, 1, 1, LIMIT_READ},
    {"add_outer", run_add_outer, 1, 2, LIMIT_COPY},
    {"axpy", run_axpy, 2, 3, LIMIT_COPY},
    {"axpy_openblas", run_blas_axpy, 2, 3, LIMIT_COPY},
    {"dot", run_dot, 2, 2, LIMIT_READ},
    {"max", run_max, 1, 1, LIMIT_READ},
    {"all_finite", run_all_finite, 1, 1, LIMIT_READ},
    {"scale", run_scale, 1, 2, LIMIT_COPY},
    {"add_quotients", run_add_quotients, 2, 3, LIMIT_COPY},
    {"rotate", run_rotate, 2, 4, LIMIT_COPY},
    {"exp", run_exp, 2, 2, LIMIT_COPY},
    {"exp_libm", run_libm_exp, 2, 2, LIMIT_COPY},
    {"log", run_log, 2, 2, LIMIT_COPY},
    {"log_libm", run_libm_log, 2, 2, LIMIT_COPY},
    {"softmax", run_softmax, 2, 2, LIMIT_COPY},
    {"log_softmax", run_log_softmax, 2, 2, LIMIT_COPY},
};

#define N_KERNELS (sizeof(kernels) / sizeof(kernels[0]))

/* ---- measuring ---- */

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static float *make_array(size_t n)
{
    size_t bytes = (n * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    float *array = aligned_alloc(ALIGNMENT, bytes);
    hone_fail_unless(array != NULL, "no memory is left");
    return array;
}

static void arrays_init(struct arrays *arrays, size_t n)
{
    *arrays = (struct arrays){.n = n,
                              .x = make_array(n),
                              .y = make_array(n),
                              .out = make_array(n),
                              .sums = make_array(COLUMNS),
                              .n_rows = n / COLUMNS};
    arrays->rows = hone_alloc_zeroed(arrays->n_rows + 1, sizeof(*arrays->rows));
    arrays->factors = make_array(arrays->n_rows + 1);
    for (size_t i = 0; i < 2; i++) {
        arrays->pair[i] = hone_alloc_zeroed(n / 2 + 1, sizeof(double));
    }
    for (size_t i = 0; i < n; i++) {
        arrays->x[i] = (float)(i % 1024) / 512.0F - 1.0F;
        arrays->y[i] = (float)(i % 1000) + 0.5F;
        arrays->out[i] = 0.0F;
    }
    for (size_t i = 0; i < arrays->n_rows; i++) {
        arrays->rows[i] = arrays->x + i * COLUMNS;
        arrays->factors[i] = 1e-6F;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        arrays->sums[i] = 0.0F;
    }
}

static void arrays_finish(struct arrays *arrays)
{
    free(arrays->x);
    free(arrays->y);
    free(arrays->out);
    free(arrays->sums);
    free(arrays->rows);
    free(arrays->factors);
    free(arrays->pair[0]);
    free(arrays->pair[1]);
}

/* Seconds of one run, repeated for about `seconds`. */
static double time_run(run_cb *run, struct arrays *arrays, double seconds)
{
    size_t n_runs = 0, n_more = 1;
    double start = now(), spent = 0.0;
    while (spent < seconds) {
        for (size_t i = 0; i < n_more; i++) {
            run(arrays);
        }
        n_runs += n_more;
        n_more = n_runs;
        spent = now() - start;
    }
    return spent / (double)n_runs;
}

/* Gigabytes a second of each kernel on working sets of one size. */
static void measure(const struct size *size, double seconds, double gb_per_s[N_KERNELS],
                    double ns_each[N_KERNELS])
{
    struct arrays arrays[2]; /* by the number of arrays that share the working set */
    size_t n_of[2];
    for (size_t i = 0; i < 2; i++) {
        n_of[i] = size->bytes / sizeof(float) / (i + 1) / COLUMNS * COLUMNS;
        arrays_init(&arrays[i], n_of[i]);
    }
    for (size_t k = 0; k < N_KERNELS; k++) {
        gb_per_s[k] = 0.0;
    }
    for (size_t round = 0; round < N_ROUNDS; round++) {
        for (size_t k = 0; k < N_KERNELS; k++) {
            size_t i = kernels[k].n_arrays - 1;
            double spent = time_run(kernels[k].run, &arrays[i], seconds);
            double bytes =
                (double)(kernels[k].floats_moved * n_of[i]) * (double)sizeof(float);
            if (bytes / spent / 1e9 > gb_per_s[k]) {
                gb_per_s[k] = bytes / spent / 1e9;
                ns_each[k] = spent * 1e9 / (double)n_of[i];
            }
        }
    }
    arrays_finish(&arrays[0]);
    arrays_finish(&arrays[1]);
}

static void report(json_t *figures, const struct size *size,
                   const double gb_per_s[N_KERNELS], const double ns_each[N_KERNELS])
{
    printf("\nworking set %s          GB/s  ns/number  share of the memory's rate\n",
           size->name);
    for (size_t k = 0; k < N_KERNELS; k++) {
        double limit = gb_per_s[kernels[k].limit == LIMIT_READ ? 0 : 1];
        double share = gb_per_s[k] / limit;
        printf("%-20s %10.1f %10.3f %8.2f of %s\n", kernels[k].name, gb_per_s[k],
               ns_each[k], share, kernels[k].limit == LIMIT_READ ? "reading" : "copying");
        char name[64];
        (void)snprintf(name, sizeof(name), "%s_%s_gb_per_s", kernels[k].name, size->name);
        (void)json_object_set_new(figures, name, json_real(gb_per_s[k]));
        (void)snprintf(name, sizeof(name), "%s_%s_share", kernels[k].name, size->name);
        (void)json_object_set_new(figures, name, json_real(share));
    }
}

/* How many times as fast as `slow` is `fast`, at one size. */
static void compare(json_t *figures, const char *name, const char *fast, const char *slow,
                    const char *size)
{
    char key[2][64];
    (void)snprintf(key[0], sizeof(key[0]), "%s_%s_gb_per_s", fast, size);
    (void)snprintf(key[1], sizeof(key[1]), "%s_%s_gb_per_s", slow, size);
    double ratio = json_real_value(json_object_get(figures, key[0])) /
                   json_real_value(json_object_get(figures, key[1]));
    (void)json_object_set_new(figures, name, json_real(ratio));
}

static double read_seconds(char **argv)
{
    double seconds = 0.02;
    if (argv[1] != NULL) {
        char *end = NULL;
        seconds = strcmp(argv[1], "--seconds") == 0 && argv[2] != NULL
                      ? strtod(argv[2], &end)
                      : 0.0;
        if (end == NULL || *end != '\0' || !(seconds > 0.0) || argv[3] != NULL) {
            hone_fail("usage: kernels [--seconds S]");
        }
    }
    return seconds;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct hone_error err;
    double seconds = read_seconds(argv);
    const struct hone_kernels_table *tables[HONE_KERNELS_TABLES_MAX];
    json_t *figures = json_object();
    hone_fail_on(hone_blas_init(&err), &err);
    (void)hone_kernels_usable(tables);
    printf("kernels: %s; OpenBLAS: %s\n", tables[0]->name, hone_blas_version());
    for (size_t s = 0; s < N_SIZES; s++) {
        double gb_per_s[N_KERNELS], ns_each[N_KERNELS];
        measure(&sizes[s], seconds, gb_per_s, ns_each);
        report(figures, &sizes[s], gb_per_s, ns_each);
    }
    compare(figures, "exp_to_libm", "exp", "exp_libm", "16k");
    compare(figures, "log_to_libm", "log", "log_libm", "16k");
    char *text = json_dumps(figures, JSON_REAL_PRECISION(5));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
    return 0;
}
