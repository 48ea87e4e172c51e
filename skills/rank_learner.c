#include "skills/rank_learner.h"

#include "base/alloc.h"
#include "optim/ranker.h"

#include <stdlib.h>

struct learner {
    struct hone_ranker *ranker;
    struct hone_ranker_view *view; /* of the state as it is; NULL when not yet made */
};

static struct hone_ranker_view *view_of(struct learner *learner)
{
    if (learner->view == NULL) {
        learner->view = hone_ranker_freeze(learner->ranker);
    }
    return learner->view;
}

/* The same for a moment, without the cost of a view that stays. */
static const struct hone_ranker_view *peek(struct learner *learner)
{
    return learner->view != NULL ? learner->view : hone_ranker_peek(learner->ranker);
}

static void forget_view(struct learner *learner)
{
    hone_ranker_view_unref(learner->view);
    learner->view = NULL;
}

static struct learner *learner_of_take(struct hone_ranker *ranker)
{
    struct learner *learner = hone_alloc_zeroed(1, sizeof(*learner));
    learner->ranker = ranker;
    return learner;
}

int hone_rank_learner_create(void **learner, const struct hone_package *package,
                             struct hone_error *err)
{
    struct learner *made = learner_of_take(hone_ranker_create());
    int code = hone_rank_learner_adapt(made, package, 0, err);
    if (code < 0) {
        hone_rank_learner_destroy(made);
        return code;
    }
    *learner = made;
    return 0;
}

int hone_rank_learner_load(void **learner, const struct hone_package *package,
                           const char *path, char **extra, struct hone_error *err)
{
    (void)package;
    struct hone_ranker *ranker = NULL;
    int code = hone_ranker_load(&ranker, path, extra, err);
    if (code == 0) {
        *learner = learner_of_take(ranker);
    }
    return code;
}

void hone_rank_learner_destroy(void *learner)
{
    if (learner != NULL) {
        struct learner *self = learner;
        forget_view(self);
        hone_ranker_destroy(self->ranker);
        free(self);
    }
}

void *hone_rank_learner_freeze(void *learner)
{
    return hone_ranker_view_ref(view_of(learner));
}

void *hone_rank_learner_peek(void *learner)
{
    return (void *)(uintptr_t)peek(learner);
}

void hone_rank_learner_restore(void *learner, void *mark)
{
    struct learner *self = learner;
    forget_view(self);
    hone_ranker_restore(self->ranker, mark);
}

/* Candidates and the package. */

bool hone_rank_learner_fits(void *learner, const struct hone_package *package)
{
    const struct hone_match_corpus *corpus = hone_ranker_view_corpus(peek(learner));
    bool fits = hone_match_corpus_n(corpus) == package->n_labels;
    for (size_t i = 0; i < package->n_labels && fits; i++) {
        struct hone_match_candidate held = hone_match_corpus_candidate(corpus, i);
        fits = hone_span_is(held.name, package->labels[i].name) &&
               hone_span_is(held.text, package->labels[i].description);
    }
    return fits;
}

int hone_rank_learner_adapt(void *learner, const struct hone_package *package,
                            uint64_t position, struct hone_error *err)
{
    struct learner *self = learner;
    (void)position;
    if (hone_rank_learner_fits(self, package)) {
        return 0;
    }
    if (package->n_labels > HONE_RANKER_CANDIDATES_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "%zu candidates are over the limit of %d",
                              package->n_labels, HONE_RANKER_CANDIDATES_MAX);
    }
    struct hone_match_candidate *candidates =
        hone_alloc_zeroed(package->n_labels + 1, sizeof(*candidates));
    for (size_t i = 0; i < package->n_labels; i++) {
        candidates[i] =
            (struct hone_match_candidate){hone_span_text(package->labels[i].name),
                                          hone_span_text(package->labels[i].description)};
    }
    hone_ranker_hold(self->ranker, candidates, package->n_labels);
    free(candidates);
    forget_view(self);
    return 1;
}

/* Feedback. */

size_t hone_rank_learner_order(const struct hone_rank_input *input,
                               const struct hone_ranker_view *view,
                               const struct hone_feedback *feedback, uint32_t *order)
{
    size_t n = 0;
    struct hone_span rest = feedback->value, id;
    if (feedback->kind == HONE_FEEDBACK_REWARD ||
        feedback->kind == HONE_FEEDBACK_COMMENT) {
        return 0;
    }
    while (n < HONE_RANKER_ORDER_MAX && hone_rank_input_next_id(&rest, &id)) {
        uint32_t index = 0;
        bool is_new = hone_rank_input_find(input, view, id, &index) == 0;
        for (size_t i = 0; i < n && is_new; i++) {
            is_new = order[i] != index;
        }
        if (is_new) {
            order[n++] = index;
        }
    }
    return n;
}

static int learn_reward(struct learner *learner, const struct hone_event *event,
                        const struct hone_rank_input *input, struct hone_error *err)
{
    uint32_t first = 0;
    if (hone_rank_input_find(input, peek(learner), event->output, &first) != 0) {
        return 0;
    }
    return hone_ranker_learn_reward(learner->ranker, &input->query, first,
                                    (float)event->feedback.reward,
                                    (float)event->feedback.weight, event->position, err);
}

static int learn_order(struct learner *learner, const struct hone_event *event,
                       const struct hone_rank_input *input, struct hone_error *err)
{
    uint32_t order[HONE_RANKER_ORDER_MAX];
    size_t n = hone_rank_learner_order(input, peek(learner), &event->feedback, order);
    if (n == 0) {
        return 0;
    }
    return hone_ranker_learn_order(learner->ranker, &input->query, order, n,
                                   (float)event->feedback.weight, event->position, err);
}

int hone_rank_learner_learn(void *learner, const struct hone_package *package,
                            const struct hone_event *event, struct hone_error *err)
{
    struct learner *self = learner;
    struct hone_rank_input input;
    if (event->feedback.kind == HONE_FEEDBACK_COMMENT ||
        hone_rank_input_fill(&input, package, event->input, NULL) != 0) {
        return 0;
    }
    int code = 0;
    if (hone_rank_input_n(&input, peek(self)) > 0) {
        code = event->feedback.kind == HONE_FEEDBACK_REWARD
                   ? learn_reward(self, event, &input, err)
                   : learn_order(self, event, &input, err);
    }
    hone_rank_input_finish(&input);
    if (code == 1) {
        forget_view(self);
    }
    return code;
}
