/* A sparse linear head for a number: sum_f v_f W[f], learnt by AdaGrad on Huber's loss.
 *
 *   e = y - sum_f v_f W[f]     g = clip(e / s, -2, 2)     s: the usual size of an error
 *   G[f] += v_f^2 g^2          d_f = w rate s v_f / sqrt(G[f] + 1e-8) g
 *   W += d min(1, 0.5 e / (v . d))
 * Gradients are in units of s and weights in the target's, so that the head does the same
 * for hours and for milliseconds. The last factor keeps one step from going further than
 * half of the way to the example's target: a rare example with many features would
 * otherwise be overshot. Sources: Huber 1964; Duchi, Hazan, Singer 2011. Column 0 of the
 * row table holds W; there is no bias, for the dense part has one. Pure; thread: any. */
#ifndef HONE_OPTIM_REGRESSION_HEAD_H
#define HONE_OPTIM_REGRESSION_HEAD_H

#include "optim/encoder.h"
#include "optim/row_table.h"

#define HONE_REGRESSION_HEAD_CLIP 2.0
#define HONE_REGRESSION_HEAD_RATE 0.1
#define HONE_REGRESSION_HEAD_STEP 0.5

/* rows is (x.n,) and may have NULL for rows that do not exist. */
double hone_regression_head_score(const struct hone_row *const *rows,
                                  struct hone_encoder_vector x);

/* One step towards score + error; changes rows (x.n,). scale > 0. */
void hone_regression_head_step(struct hone_row *const *rows, struct hone_encoder_vector x,
                               double error, double scale, double weight);

#endif
