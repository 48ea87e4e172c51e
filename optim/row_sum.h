/* Sums of rows of the table: what scoring with either head comes down to. Pure; thread:
 * any. */
#ifndef HONE_OPTIM_ROW_SUM_H
#define HONE_OPTIM_ROW_SUM_H

#include "optim/row_table.h"

#include <stddef.h>

/* sums (n_columns,) += sum_i factors_i W_i, or L_i, in the order of the rows. rows (n,) may
 * have NULL for rows that do not exist, which count as zero. */
void hone_row_sum_weights(float *sums, const struct hone_row *const *rows,
                          const float *factors, size_t n, size_t n_columns);
void hone_row_sum_logs(float *sums, const struct hone_row *const *rows,
                       const float *factors, size_t n, size_t n_columns);

#endif
