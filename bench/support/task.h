/* A classification task in a folder: train.jsonl and test.jsonl ({"text", "label"}) and
 * labels.jsonl ({"label", "description"}), and a classifier of optim/ on it.
 *
 * Gives up (bench/support/fail.h) on files that cannot be read. Thread: any. */
#ifndef HONE_BENCH_SUPPORT_TASK_H
#define HONE_BENCH_SUPPORT_TASK_H

#include "base/attr.h"
#include "bench/support/dataset.h"
#include "optim/classifier.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_task {
    struct hone_dataset labels, train, test;
    uint32_t *train_labels; // (train.n_rows,) index of each row's label
    uint32_t *test_labels;  // (test.n_rows,)
};

void hone_task_read(struct hone_task *out, const char *folder);
void hone_task_finish(struct hone_task *task);

/* With all labels, at position 1. Without descriptions labels are known by number only, so
 * that nothing is learnt from their names. */
struct hone_classifier *hone_task_classifier(const struct hone_task *task,
                                             const struct hone_classifier_config *config,
                                             bool descriptions) HONE_MUST_USE;
void hone_task_learn(struct hone_classifier *classifier, const char *text, uint32_t label,
                     uint64_t position);
struct hone_classifier_score hone_task_score(const struct hone_classifier_view *view,
                                             struct hone_classifier_scratch *scratch,
                                             const char *text, uint32_t label);
/* Share of the test set that is answered right. */
double hone_task_accuracy(const struct hone_task *task,
                          struct hone_classifier *classifier);

/* A whole number from the command line, for an option of this name. */
size_t hone_task_number(const char *text, const char *option);

#endif
