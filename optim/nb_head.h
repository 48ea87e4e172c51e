/* Head 2: multinomial naive Bayes on absolute feature values, without a class prior.
 *
 *   score_k = sum_f |v_f| ln((C[f,k] + a) / (T_k + a V))        a = 0.01, V = 20000
 *   learn label y with weight w: C[f,y] += w |v_f|, T_y += w |v_f|
 * Rows keep L[f,k] = ln(C[f,k] + a), so that scoring takes no logarithm and learning one
 * per feature; a row that does not exist counts as ln a. Source: McCallum and Nigam 1998.
 * Pure; thread: any. */
#ifndef HONE_OPTIM_NB_HEAD_H
#define HONE_OPTIM_NB_HEAD_H

#include "optim/encoder.h"
#include "optim/row_table.h"

#include <stddef.h>
#include <stdint.h>

#define HONE_NB_HEAD_ALPHA 0.01F

/* ln(count + a): what L holds. The second does n of them; same values. */
float hone_nb_head_log(float count);
void hone_nb_head_logs(float *restrict logs, const float *restrict counts, size_t n);
/* ln(T_k + a V) */
float hone_nb_head_log_total(float total);

/* scores (n_labels,); log_totals (n_labels,) as above; rows (x.n,) may have NULL. */
void hone_nb_head_score(float *scores, const float *log_totals,
                        const struct hone_row *const *rows, struct hone_encoder_vector x,
                        size_t n_labels);

/* Changes column `label` of the rows' counts (x.n,), which were made ready for it; returns what T_label grows by. */
float hone_nb_head_learn(struct hone_row *const *rows, uint32_t capacity,
                         struct hone_encoder_vector x, uint32_t label, float weight);

#endif
