/* Kernels for x86-64 with AVX-512 (F, BW, DQ, VL); see kernels_table.h. */
#define HONE_KERNELS_TABLE hone_kernels_avx512
#define HONE_KERNELS_NAME  "avx512"
#include "tensor/kernels_loops.h"
