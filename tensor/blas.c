/* OpenBLAS is loaded here and not linked: it makes its threads when it is loaded, as many
 * as there are cores, and until they sleep they take the cores from who started; only the
 * environment keeps it from that. And who computes nothing, as a relay, does without. */
#include "tensor/blas.h"

#include "base/check.h"

#include <cblas.h>
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libopenblas.so.0"

/* Written once, read-only after. */
static struct library {
    float (*sdot)(blasint n, const float *x, blasint inc_x, const float *y,
                  blasint inc_y);
    void (*saxpy)(blasint n, float a, const float *x, blasint inc_x, float *y,
                  blasint inc_y);
    void (*sgemv)(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose, blasint m,
                  blasint n, float alpha, const float *a, blasint lda, const float *x,
                  blasint inc_x, float beta, float *y, blasint inc_y);
    void (*sgemm)(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose_a,
                  enum CBLAS_TRANSPOSE transpose_b, blasint m, blasint n, blasint k,
                  float alpha, const float *a, blasint lda, const float *b, blasint ldb,
                  float beta, float *c, blasint ldc);
    int (*get_num_threads)(void);
    char *(*get_config)(void);
} library;
static struct hone_error failure;
static int status;

static const struct function {
    const char *name;
    size_t offset;
} functions[] = {
    {"cblas_sdot", offsetof(struct library, sdot)},
    {"cblas_saxpy", offsetof(struct library, saxpy)},
    {"cblas_sgemv", offsetof(struct library, sgemv)},
    {"cblas_sgemm", offsetof(struct library, sgemm)},
    {"openblas_get_num_threads", offsetof(struct library, get_num_threads)},
    {"openblas_get_config", offsetof(struct library, get_config)},
};

static void load(void)
{
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *handle = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        void *address = handle != NULL ? dlsym(handle, functions[i].name) : NULL;
        if (address == NULL) {
            const char *cause = dlerror();
            status = hone_error_set(&failure, HONE_E_UNSUPPORTED,
                                    "the linear algebra library cannot be loaded: %s",
                                    cause != NULL ? cause : LIBRARY);
            (void)hone_error_hint(&failure, "install OpenBLAS (libopenblas0)");
            return;
        }
        /* ISO C has no conversion from an object pointer to a function pointer; POSIX
         * wants the bits to be the same. */
        memcpy((char *)&library + functions[i].offset, &address, sizeof(address));
    }
}

static void load_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
}

static const struct library *loaded(void)
{
    load_once();
    HONE_REQUIRE(status == 0); /* hone_blas_init has said why not */
    return &library;
}

/* The library counts in its own integer; sizes of ours always fit. */
static blasint to_blas(size_t n)
{
    HONE_REQUIRE(n <= INT_MAX);
    return (blasint)n;
}

int hone_blas_init(struct hone_error *err)
{
    load_once();
    if (status != 0) {
        *err = failure;
    }
    return status;
}

int hone_blas_n_threads(void)
{
    return loaded()->get_num_threads();
}

const char *hone_blas_version(void)
{
    return loaded()->get_config();
}

float hone_blas_dot(const float *x, const float *y, size_t n)
{
    return loaded()->sdot(to_blas(n), x, 1, y, 1);
}

void hone_blas_axpy(float *y, float a, const float *x, size_t n)
{
    loaded()->saxpy(to_blas(n), a, x, 1, y, 1);
}

void hone_blas_gemv(float *y, float alpha, const float *a, size_t lda, size_t n_rows,
                    size_t n_columns, bool transposed, const float *x, float beta)
{
    loaded()->sgemv(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans,
                    to_blas(n_rows), to_blas(n_columns), alpha, a, to_blas(lda), x, 1,
                    beta, y, 1);
}

void hone_blas_gemm(float *c, size_t ldc, float alpha, struct hone_blas_matrix a,
                    struct hone_blas_matrix b, float beta, size_t m, size_t n, size_t k)
{
    loaded()->sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
                    b.transposed ? CblasTrans : CblasNoTrans, to_blas(m), to_blas(n),
                    to_blas(k), alpha, a.data, to_blas(a.ld), b.data, to_blas(b.ld), beta,
                    c, to_blas(ldc));
}
