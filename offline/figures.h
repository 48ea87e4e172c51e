/* Figures over predictions, added in the order of the rows.
 *
 *   accuracy   share of right answers; an answer that the skill does not know is wrong
 *   macro F1   mean over labels of 2 P R / (P + R), labels that occur or are answered
 *   of sets    accuracy: all labels right and no other; F1 of a label over tp, fp, fn of giving
 *              it, micro F1 over the sums of these; ECE over the labels that answers name,
 *              given or next, and their probabilities; a row that says one label counts for
 *              tp and fn of that label alone, and as right when it was given
 *   log loss   mean of -ln P(right answer), nats, over rows whose answer the skill knows
 *   ECE        sum over 15 bins of confidence of n_b / n |accuracy_b - confidence_b|
 *   of values  mean absolute error, root of the mean squared error,
 *              R2 = 1 - sum (y - v)^2 / sum (y - mean y)^2, share of y inside its interval
 *   of orders  share where the right candidate is first, among the first five; mean of
 *              1 / place (0 behind the 100th)
 *
 * Thread: any, one at a time. */
#ifndef HONE_OFFLINE_FIGURES_H
#define HONE_OFFLINE_FIGURES_H

#include "offline/predict.h"

#include <jansson.h>
#include <stdint.h>

#define HONE_FIGURES_BINS       15
#define HONE_FIGURES_LABELS_MAX 65536

struct hone_figures;

struct hone_figures *hone_figures_create(enum hone_answer_form form);
void hone_figures_destroy(struct hone_figures *figures); /* accepts NULL */
/* Predictions with a status are not added. */
void hone_figures_add(struct hone_figures *figures, const struct hone_prediction *one);

/* {rows, unknown, abstained, ...} with what the form has of accuracy, macro_f1, micro_f1,
 * log_loss, ece, mae, rmse, r2, coverage, mean_width, top_1, top_5, mrr; null for what
 * nothing can be said of. New reference. */
json_t *hone_figures_summary(const struct hone_figures *figures) HONE_MUST_USE;
/* Per label, in the order in which they came: {label, rows, answered, precision, recall,
 * f1}, of sets of labels also tp, fp, fn. New reference. */
json_t *hone_figures_labels(const struct hone_figures *figures) HONE_MUST_USE;
/* Of single labels: cells that are not empty, {label, answered, n}; first those that are
 * wrong, the most frequent first. New reference. */
json_t *hone_figures_confusion(const struct hone_figures *figures) HONE_MUST_USE;

#endif
