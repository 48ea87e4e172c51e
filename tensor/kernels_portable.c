/* Kernels for any processor; see kernels_table.h. */
#include "tensor/kernels_loops.h"
