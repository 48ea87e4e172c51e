/* Feedback on sets of labels, for a classify skill with multi_label.
 *
 * An answer's output is its labels, each on a line of its own. The value of a label or correction is
 *   a whole set  names each followed by a newline, "\n" for the empty set: these are right, all
 *                others are wrong
 *   one label    a name without a newline: it is right; nothing is said of others
 * A reward with a value is about that label: 1 right, 0 wrong. Without one it is the share of the
 * answer's labels that were right. Thread: any that may read the view; learn: TRAIN lane. */
#ifndef HONE_SKILLS_CLASSIFY_SETS_H
#define HONE_SKILLS_CLASSIFY_SETS_H

#include "base/attr.h"
#include "base/error.h"
#include "optim/classifier.h"
#include "skills/event.h"
#include "skills/package.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool hone_classify_sets_is_whole(struct hone_span value);

/* Labels of a view by names on lines, each once. */
struct hone_classify_sets_labels {
    uint32_t *labels; // (n,)
    size_t n;
    size_t n_unknown; /* names that the view does not know */
};
/* Finish with hone_classify_sets_finish. */
void hone_classify_sets_resolve(struct hone_classify_sets_labels *out,
                                const struct hone_package *package,
                                const struct hone_classifier_view *view,
                                struct hone_span names);
void hone_classify_sets_finish(struct hone_classify_sets_labels *labels);

/* Do both sets of names name the same labels, by what they are called or were called before? */
bool hone_classify_sets_same(const struct hone_package *package, struct hone_span a,
                             struct hone_span b);
/* Is the label one of the names? */
bool hone_classify_sets_has(const struct hone_package *package, struct hone_span names,
                            struct hone_span label);

/* Of a kind's table: as hone_classify_learner_learn. */
int hone_classify_sets_learn(void *learner, const struct hone_package *package,
                             const struct hone_event *event,
                             struct hone_error *err) HONE_MUST_USE;

#endif
