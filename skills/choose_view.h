/* What calls read of a choose skill: the reward model and the gain so far; and what it
 * makes of one input. Thread: any that holds a reference. */
#ifndef HONE_SKILLS_CHOOSE_VIEW_H
#define HONE_SKILLS_CHOOSE_VIEW_H

#include "base/attr.h"
#include "base/error.h"
#include "optim/classifier.h"
#include "skills/choose_gain.h"
#include "skills/package.h"

#include <jansson.h>
#include <stdatomic.h>

struct hone_choose_view {
    atomic_uint n_refs;
    struct hone_classifier_view *model;
    struct hone_choose_gain gain;
};

/* Takes the reference to model. One reference for the caller. */
struct hone_choose_view *
hone_choose_view_create_take(struct hone_classifier_view *model,
                             const struct hone_choose_gain *gain) HONE_MUST_USE;
struct hone_choose_view *hone_choose_view_ref(struct hone_choose_view *view);
void hone_choose_view_unref(struct hone_choose_view *view); /* accepts NULL */

/* The options of the package under a view, in the order of declaration. */
struct hone_choose_estimates {
    size_t n;
    double shares[HONE_BANDIT_OPTIONS_MAX];     /* expected reward; NaN: not learnt yet */
    double deviations[HONE_BANDIT_OPTIONS_MAX]; /* of the shares */
    double utilities[HONE_BANDIT_OPTIONS_MAX];  /* NaN likewise */
    double weights[HONE_BANDIT_OPTIONS_MAX];    /* rewards learnt of each */
    uint64_t n_rewards;
};

/* Arguments may be those of any call; scratch as for the model. */
int hone_choose_view_estimate(const struct hone_choose_view *view,
                              const struct hone_package *package, const json_t *arguments,
                              struct hone_classifier_scratch *scratch,
                              struct hone_choose_estimates *out,
                              struct hone_error *err) HONE_MUST_USE;

/* Index of the option of that name (hone_label_same); n_labels when there is none. */
size_t hone_choose_view_find_option(const struct hone_package *package,
                                    struct hone_span name);

#endif
