#include "skills/choose_learner.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "schema/json.h"
#include "skills/choose_view.h"
#include "skills/classify_learner.h"

#include <math.h>
#include <stdlib.h>

struct learner {
    void *model; /* learner of classify */
    struct hone_choose_gain gain;
    struct hone_classifier_scratch *scratch;
    struct hone_choose_view now; /* the last peek; owns nothing */
};

struct mark {
    struct hone_classifier_mark *model;
    struct hone_choose_view *view;
};

static struct learner *learner_of_take(void *model)
{
    struct learner *learner = hone_alloc_zeroed(1, sizeof(*learner));
    learner->model = model;
    learner->scratch = hone_classifier_scratch_create();
    return learner;
}

int hone_choose_learner_create(void **learner, const struct hone_package *package,
                               struct hone_error *err)
{
    void *model = NULL;
    int code = hone_classify_learner_create(&model, package, err);
    if (code == 0) {
        *learner = learner_of_take(model);
    }
    return code;
}

/* Takes the file's metadata apart. */
static int read_metadata(struct hone_choose_gain *gain, char **extra, const char *text,
                         struct hone_error *err)
{
    json_t *root = NULL;
    int code = hone_json_parse(&root, hone_span_text(text), err);
    const json_t *inner = json_object_get(root, "extra");
    if (code == 0 && json_is_object(inner) &&
        hone_choose_gain_unpack(gain, json_object_get(root, "gain"))) {
        *extra = json_dumps(inner, JSON_COMPACT | JSON_REAL_PRECISION(17));
    } else {
        code =
            hone_error_set(err, HONE_E_CORRUPT, "the file does not hold a choose skill");
    }
    json_decref(root);
    return code;
}

int hone_choose_learner_load(void **learner, const struct hone_package *package,
                             const char *path, char **extra, struct hone_error *err)
{
    void *model = NULL;
    char *text = NULL;
    struct hone_choose_gain gain;
    int code = hone_classify_learner_load(&model, package, path, &text, err);
    if (code != 0) {
        return code;
    }
    code = read_metadata(&gain, extra, text, err);
    if (code == 0) {
        struct learner *loaded = learner_of_take(model);
        loaded->gain = gain;
        *learner = loaded;
    } else {
        hone_classify_learner_destroy(model);
    }
    free(text);
    return code;
}

void hone_choose_learner_destroy(void *learner)
{
    if (learner == NULL) {
        return;
    }
    struct learner *self = learner;
    hone_classify_learner_destroy(self->model);
    hone_classifier_scratch_destroy(self->scratch);
    free(self);
}

bool hone_choose_learner_judged(const struct hone_package *package,
                                const struct hone_event *event, size_t *option,
                                double *share)
{
    struct hone_span name = event->output;
    switch (event->feedback.kind) {
    case HONE_FEEDBACK_REWARD:
        *share = hone_choose_settings_share(&package->choose, event->feedback.reward);
        break;
    case HONE_FEEDBACK_LABEL:
    case HONE_FEEDBACK_CORRECTION:
        name = event->feedback.value;
        *share = 1.0;
        break;
    case HONE_FEEDBACK_COMMENT:
    default:
        return false;
    }
    *option = hone_choose_view_find_option(package, name);
    return *option < package->n_labels && isfinite(*share);
}

/* The best of the options that were tried often enough. */
static size_t best_tried(const struct hone_choose_estimates *estimates, size_t given)
{
    size_t best = given;
    for (size_t i = 0; i < estimates->n; i++) {
        if (estimates->weights[i] >= HONE_CHOOSE_GAIN_TRIED_MIN &&
            estimates->utilities[i] > estimates->utilities[best]) {
            best = i;
        }
    }
    return best;
}

/* Evidence of what the model would have earned, before it learns the reward. */
static void add_gain(struct learner *learner, const struct hone_package *package,
                     const struct hone_event *event, size_t given, double share)
{
    struct hone_choose_estimates estimates;
    int code =
        hone_choose_view_estimate(hone_choose_learner_peek(learner), package,
                                  event->input, learner->scratch, &estimates, NULL);
    if (code != 0) {
        return;
    }
    size_t best = best_tried(&estimates, given);
    double earned = hone_choose_settings_utility(&package->choose, share,
                                                 package->labels[given].cost);
    double cautious = estimates.utilities[best] - estimates.deviations[best];
    hone_choose_gain_add(&learner->gain, best != given ? cautious - earned : 0.0);
}

int hone_choose_learner_learn(void *learner, const struct hone_package *package,
                              const struct hone_event *event, struct hone_error *err)
{
    struct learner *self = learner;
    size_t option = 0;
    double share = 0.0;
    if (!hone_choose_learner_judged(package, event, &option, &share)) {
        return 0;
    }
    struct hone_event reward = *event;
    reward.feedback.kind = HONE_FEEDBACK_REWARD;
    reward.feedback.reward = share;
    reward.output = hone_span_text(package->labels[option].name);
    struct hone_choose_gain before = self->gain;
    if (package->choose.apprentice && event->feedback.kind == HONE_FEEDBACK_REWARD &&
        !event->is_repeated && !event->is_demonstration) {
        add_gain(self, package, event, option, share);
    }
    int code = hone_classify_learner_learn(self->model, package, &reward, err);
    if (code != 1) {
        self->gain = before;
    }
    return code;
}

int hone_choose_learner_adapt(void *learner, const struct hone_package *package,
                              uint64_t position, struct hone_error *err)
{
    return hone_classify_learner_adapt(((struct learner *)learner)->model, package,
                                       position, err);
}

size_t hone_choose_learner_memory_bytes(void *learner)
{
    const struct learner *self = learner;
    return hone_classify_learner_memory_bytes(self->model);
}

bool hone_choose_learner_fits(void *learner, const struct hone_package *package)
{
    return hone_classify_learner_fits(((struct learner *)learner)->model, package);
}

void *hone_choose_learner_freeze(void *learner)
{
    struct learner *self = learner;
    return hone_choose_view_create_take(hone_classify_learner_freeze(self->model),
                                        &self->gain);
}

void *hone_choose_learner_peek(void *learner)
{
    struct learner *self = learner;
    self->now.model = hone_classify_learner_peek(self->model);
    self->now.gain = self->gain;
    return &self->now;
}

void *hone_choose_learner_mark_create(void *learner)
{
    struct learner *self = learner;
    struct mark *mark = hone_alloc_zeroed(1, sizeof(*mark));
    mark->model = hone_classify_learner_mark_create(self->model);
    mark->view = hone_choose_view_create_take(
        hone_classifier_view_ref(hone_classifier_mark_view(mark->model)), &self->gain);
    return mark;
}

void hone_choose_learner_mark_destroy(void *mark)
{
    if (mark == NULL) {
        return;
    }
    struct mark *self = mark;
    hone_choose_view_unref(self->view);
    hone_classifier_mark_destroy(self->model);
    free(self);
}

void *hone_choose_learner_mark_view(void *mark)
{
    return ((struct mark *)mark)->view;
}

void hone_choose_learner_restore(void *learner, void *mark)
{
    struct learner *self = learner;
    const struct mark *from = mark;
    hone_classify_learner_restore(self->model, from->model);
    self->gain = from->view->gain;
}

int hone_choose_learner_save_create(void **save, void *mark, const char *path,
                                    struct hone_span extra, struct hone_error *err)
{
    const struct mark *self = mark;
    struct hone_classifier_save *made = NULL;
    json_t *gain = hone_choose_gain_pack(&self->view->gain);
    char *packed = json_dumps(gain, JSON_COMPACT | JSON_REAL_PRECISION(17));
    char *metadata = hone_alloc_format("{\"gain\":%s,\"extra\":%.*s}", packed,
                                       (int)extra.len, extra.data);
    int code = hone_classifier_save_create(&made, self->model, path,
                                           hone_span_text(metadata), err);
    if (code == 0) {
        *save = made;
    }
    free(metadata);
    free(packed);
    json_decref(gain);
    return code;
}
