#include "tensor/blas.h"

#include "base/check.h"

#include <cblas.h>
#include <limits.h>

/* The library counts in its own integer; sizes of ours always fit. */
static blasint to_blas(size_t n)
{
    HONE_REQUIRE(n <= INT_MAX);
    return (blasint)n;
}

void hone_blas_init(void)
{
    openblas_set_num_threads(1);
}

float hone_blas_dot(const float *x, const float *y, size_t n)
{
    return cblas_sdot(to_blas(n), x, 1, y, 1);
}

void hone_blas_axpy(float *y, float a, const float *x, size_t n)
{
    cblas_saxpy(to_blas(n), a, x, 1, y, 1);
}

void hone_blas_gemv(float *y, float alpha, const float *a, size_t lda, size_t n_rows,
                    size_t n_columns, bool transposed, const float *x, float beta)
{
    cblas_sgemv(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, to_blas(n_rows),
                to_blas(n_columns), alpha, a, to_blas(lda), x, 1, beta, y, 1);
}

void hone_blas_gemm(float *c, size_t ldc, float alpha, struct hone_blas_matrix a,
                    struct hone_blas_matrix b, float beta, size_t m, size_t n, size_t k)
{
    cblas_sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
                b.transposed ? CblasTrans : CblasNoTrans, to_blas(m), to_blas(n),
                to_blas(k), alpha, a.data, to_blas(a.ld), b.data, to_blas(b.ld), beta, c,
                to_blas(ldc));
}
