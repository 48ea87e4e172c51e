/* Sums of rows of the table: what scoring with either head comes down to. Pure; thread:
 * any. */
#ifndef HONE_OPTIM_ROW_SUM_H
#define HONE_OPTIM_ROW_SUM_H

#include "optim/row_table.h"

#include <stddef.h>

/* sums (n_columns,) += sum_i factors_i values_i[offset ...], in the order of the rows. rows
 * (n,) may have NULL for rows that do not exist, which count as zero. */
void hone_row_sum_add(float *sums, const struct hone_row *const *rows,
                      const float *factors, size_t n, size_t offset, size_t n_columns);

#endif
