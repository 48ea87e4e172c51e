/* Kernels for any processor; see kernels_table.h. */
#define HONE_KERNELS_TABLE hone_kernels_portable
#define HONE_KERNELS_NAME  "portable"
#include "tensor/kernels_loops.h"
