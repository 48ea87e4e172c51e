#include "skills/classify_sets.h"

#include "base/alloc.h"
#include "skills/classify_input.h"
#include "skills/classify_label.h"
#include "skills/classify_learner_internal.h"
#include "skills/label.h"

#include <math.h>
#include <stdlib.h>

bool hone_classify_sets_is_whole(struct hone_span value)
{
    return value.len > 0 && value.data[value.len - 1] == '\n';
}

static size_t n_lines(struct hone_span names)
{
    struct hone_span name;
    size_t n = 0;
    while (hone_label_next_line(&names, &name)) {
        n++;
    }
    return n;
}

static void add_once(struct hone_classify_sets_labels *labels, uint32_t label)
{
    for (size_t i = 0; i < labels->n; i++) {
        if (labels->labels[i] == label) {
            return;
        }
    }
    labels->labels[labels->n++] = label;
}

void hone_classify_sets_resolve(struct hone_classify_sets_labels *out,
                                const struct hone_package *package,
                                const struct hone_classifier_view *view,
                                struct hone_span names)
{
    struct hone_span name;
    uint32_t label = 0;
    *out = (struct hone_classify_sets_labels){
        .labels = hone_alloc_zeroed(n_lines(names) + 1, sizeof(uint32_t))};
    while (hone_label_next_line(&names, &name)) {
        if (name.len == 0) {
            continue;
        }
        if (hone_classify_label_find_known(package, view, name, &label) == 0) {
            add_once(out, label);
        } else {
            out->n_unknown++;
        }
    }
}

void hone_classify_sets_finish(struct hone_classify_sets_labels *labels)
{
    free(labels->labels);
    *labels = (struct hone_classify_sets_labels){0};
}

bool hone_classify_sets_has(const struct hone_package *package, struct hone_span names,
                            struct hone_span label)
{
    struct hone_span name;
    bool found = false;
    while (!found && hone_label_next_line(&names, &name)) {
        found = name.len > 0 && hone_classify_label_same(package, name, label);
    }
    return found;
}

/* Is each name of a in b? */
static bool is_within(const struct hone_package *package, struct hone_span a,
                      struct hone_span b)
{
    struct hone_span name;
    bool within = true;
    while (within && hone_label_next_line(&a, &name)) {
        within = name.len == 0 || hone_classify_sets_has(package, b, name);
    }
    return within;
}

bool hone_classify_sets_same(const struct hone_package *package, struct hone_span a,
                             struct hone_span b)
{
    return is_within(package, a, b) && is_within(package, b, a);
}

/* Learning. */

/* Adds the names that are not there, where the package allows it. */
static int add_open(void *learner, const struct hone_package *package,
                    struct hone_span names, uint64_t position, struct hone_error *err)
{
    struct hone_span name;
    int code = 0;
    while (code >= 0 && hone_label_next_line(&names, &name)) {
        uint32_t label = 0;
        const struct hone_classifier_view *view = hone_classify_learner_view(learner);
        if (name.len > 0 &&
            hone_classify_label_find_known(package, view, name, &label) != 0) {
            code = hone_classify_learner_add_open(learner, package, name, position,
                                                  &label, err);
        }
    }
    return code < 0 ? code : 0;
}

/* Of a set the highest weight of its labels. */
static float weigh(void *learner, const struct hone_package *package,
                   const struct hone_classify_sets_labels *set, double weight)
{
    float highest = 0.0F;
    for (size_t i = 0; i < set->n; i++) {
        highest = fmaxf(highest, hone_classify_learner_weigh(learner, package,
                                                             set->labels[i], weight));
    }
    return set->n > 0 ? highest : (float)weight;
}

static int learn_whole(void *learner, const struct hone_package *package,
                       const struct hone_event *event,
                       const struct hone_encoder_input *input,
                       const struct hone_classify_sets_labels *set,
                       struct hone_error *err)
{
    /* Of a set of labels that are all gone nothing is known any more. */
    if (set->n == 0 && set->n_unknown > 0) {
        return 0;
    }
    int code = hone_classifier_sets_learn(
        hone_classify_learner_model(learner), input, set->labels, set->n,
        weigh(learner, package, set, event->feedback.weight), event->position,
        !event->is_repeated, err);
    return code != 0 ? code : 1;
}

/* Each label for itself, all of them as one example. */
static int learn_each(void *learner, const struct hone_event *event,
                      const struct hone_encoder_input *input,
                      const struct hone_classify_sets_labels *set, double reward,
                      struct hone_error *err)
{
    if (set->n == 0) {
        return 0;
    }
    int code = hone_classifier_sets_reward(
        hone_classify_learner_model(learner), input, set->labels, set->n, (float)reward,
        (float)event->feedback.weight, event->position, err);
    return code != 0 ? code : 1;
}

static int learn(void *learner, const struct hone_package *package,
                 const struct hone_event *event, const struct hone_encoder_input *input,
                 struct hone_error *err)
{
    const struct hone_feedback *feedback = &event->feedback;
    bool is_reward = feedback->kind == HONE_FEEDBACK_REWARD;
    struct hone_span names =
        is_reward && feedback->value.len == 0 ? event->output : feedback->value;
    struct hone_classify_sets_labels set = {0};
    int code = is_reward ? 0 : add_open(learner, package, names, event->position, err);
    if (code == 0) {
        hone_classify_sets_resolve(&set, package, hone_classify_learner_view(learner),
                                   names);
        code = !is_reward && hone_classify_sets_is_whole(names)
                   ? learn_whole(learner, package, event, input, &set, err)
                   : learn_each(learner, event, input, &set,
                                is_reward ? feedback->reward : HONE_FEEDBACK_REWARD_MAX,
                                err);
    }
    hone_classify_sets_finish(&set);
    return code;
}

int hone_classify_sets_learn(void *learner, const struct hone_package *package,
                             const struct hone_event *event, struct hone_error *err)
{
    enum hone_feedback_kind kind = event->feedback.kind;
    if (kind != HONE_FEEDBACK_LABEL && kind != HONE_FEEDBACK_CORRECTION &&
        kind != HONE_FEEDBACK_REWARD) {
        return 0;
    }
    struct hone_classify_input input;
    hone_classify_input_fill(&input, package, event->input);
    if (input.input.n_fields == 0) {
        return 0;
    }
    struct hone_classifier *model = hone_classify_learner_model(learner);
    struct hone_classifier_mark *before = hone_classifier_mark_create(model);
    int code = learn(learner, package, event, &input.input, err);
    if (code < 0) {
        hone_classifier_restore(model, before);
    }
    hone_classify_learner_changed(learner);
    hone_classifier_mark_destroy(before);
    return code;
}
