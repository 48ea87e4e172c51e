/* Kernels for x86-64 with AVX2; see kernels_table.h. */
#define HONE_KERNELS_TABLE hone_kernels_avx2
#define HONE_KERNELS_NAME  "avx2"
#include "tensor/kernels_loops.h"
