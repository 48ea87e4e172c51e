#include "skills/classify_learner.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "optim/classifier.h"
#include "skills/classify_input.h"
#include "skills/classify_label.h"
#include "skills/classify_learner_internal.h"
#include "skills/label.h"

#include <math.h>
#include <stdlib.h>

struct learner {
    struct hone_classifier *classifier;
    struct hone_classifier_view *view; /* of the state as it is; NULL when not yet made */
};

/* Skills of different names draw different numbers; the same skill always draws the same.
 */
uint64_t hone_classify_learner_seed(const struct hone_package *package)
{
    struct hone_digest digest = hone_digest_of(hone_span_text(package->name));
    uint64_t seed = 0;
    for (int i = 0; i < 8; i++) {
        seed = seed << 8 | digest.bytes[i];
    }
    return seed;
}

/* Options of which at most one is right share the softmax of labels when something is
 * known of each; without descriptions each option is better learnt for itself. */
static enum hone_classifier_rewards rewards_of(const struct hone_package *package)
{
    if (package->multi_label) {
        return HONE_CLASSIFIER_REWARDS_OF_SETS;
    }
    if (!package->kind->takes_any_reward) {
        return HONE_CLASSIFIER_REWARDS_BESIDE_LABELS;
    }
    bool described = package->choose.exclusive;
    for (size_t i = 0; i < package->n_labels && described; i++) {
        described = package->labels[i].description[0] != '\0';
    }
    return described ? HONE_CLASSIFIER_REWARDS_EXCLUSIVE
                     : HONE_CLASSIFIER_REWARDS_INDEPENDENT;
}

static const struct hone_classifier_view *view_of(struct learner *learner)
{
    if (learner->view == NULL) {
        learner->view = hone_classifier_freeze(learner->classifier);
    }
    return learner->view;
}

/* The same for a moment, without the cost of a view that stays. */
static const struct hone_classifier_view *peek(struct learner *learner)
{
    return learner->view != NULL ? learner->view
                                 : hone_classifier_peek(learner->classifier);
}

static void forget_view(struct learner *learner)
{
    hone_classifier_view_unref(learner->view);
    learner->view = NULL;
}

static struct learner *learner_of_take(struct hone_classifier *classifier)
{
    struct learner *learner = hone_alloc_zeroed(1, sizeof(*learner));
    learner->classifier = classifier;
    return learner;
}

int hone_classify_learner_create(void **learner, const struct hone_package *package,
                                 struct hone_error *err)
{
    struct hone_classifier_config config;
    hone_classifier_config_default(&config);
    config.seed = hone_classify_learner_seed(package);
    config.rewards = rewards_of(package);
    struct hone_classifier *classifier = NULL;
    int code = hone_classifier_create(&classifier, &config, err);
    if (code != 0) {
        return code;
    }
    struct learner *made = learner_of_take(classifier);
    code = hone_classify_learner_adapt(made, package, 0, err);
    if (code < 0) {
        hone_classify_learner_destroy(made);
        return code;
    }
    *learner = made;
    return 0;
}

int hone_classify_learner_load(void **learner, const struct hone_package *package,
                               const char *path, char **extra, struct hone_error *err)
{
    struct hone_classifier *classifier = NULL;
    int code = hone_classifier_load(&classifier, path, extra, err);
    if (code != 0) {
        return code;
    }
    struct learner *loaded = learner_of_take(classifier);
    if (hone_classifier_view_is_of_sets(view_of(loaded)) != package->multi_label) {
        hone_classify_learner_destroy(loaded);
        free(*extra);
        *extra = NULL;
        (void)hone_error_set(
            err, HONE_E_INVALID, "%s: the skill has learnt %s, and cannot go on with %s",
            path, package->multi_label ? "one label for each input" : "sets of labels",
            package->multi_label ? "sets" : "single ones");
        return hone_error_hint(err,
                               "change 'multi_label' back, or give the skill with the "
                               "change another name");
    }
    *learner = loaded;
    return 0;
}

struct hone_classifier *hone_classify_learner_model(void *learner)
{
    return ((struct learner *)learner)->classifier;
}

const struct hone_classifier_view *hone_classify_learner_view(void *learner)
{
    return view_of(learner);
}

void hone_classify_learner_changed(void *learner)
{
    forget_view(learner);
}

void hone_classify_learner_destroy(void *learner)
{
    if (learner == NULL) {
        return;
    }
    struct learner *self = learner;
    forget_view(self);
    hone_classifier_destroy(self->classifier);
    free(self);
}

void *hone_classify_learner_freeze(void *learner)
{
    (void)view_of(learner);
    return hone_classifier_view_ref(((struct learner *)learner)->view);
}

void *hone_classify_learner_peek(void *learner)
{
    return (void *)(uintptr_t)peek(learner);
}

void *hone_classify_learner_mark_create(void *learner)
{
    return hone_classifier_mark_create(((struct learner *)learner)->classifier);
}

void hone_classify_learner_restore(void *learner, void *mark)
{
    struct learner *self = learner;
    forget_view(self);
    hone_classifier_restore(self->classifier, mark);
}

/* Labels and the package. */

static struct hone_map *declared_labels(const struct hone_package *package)
{
    struct hone_map *declared = hone_map_create();
    for (size_t i = 0; i < package->n_labels; i++) {
        (void)hone_map_set(declared, hone_span_text(package->labels[i].name),
                           &package->labels[i]);
    }
    return declared;
}

static bool is_enabled(const struct hone_classifier_view *view, const char *name)
{
    uint32_t label = 0;
    return hone_classifier_view_find_label(view, hone_span_text(name), &label) == 0 &&
           hone_classifier_view_label_enabled(view, label);
}

static struct hone_calibration_aim aim_of(const struct hone_package *package)
{
    if (package->abstain_error_rate > 0.0F) {
        return (struct hone_calibration_aim){HONE_CALIBRATION_ERROR_RATE,
                                             package->abstain_error_rate};
    }
    if (package->abstain_coverage > 0.0F) {
        return (struct hone_calibration_aim){HONE_CALIBRATION_COVERAGE,
                                             package->abstain_coverage};
    }
    return (struct hone_calibration_aim){HONE_CALIBRATION_NO_AIM, 0.0F};
}

static bool watches_as_declared(const struct learner *learner,
                                const struct hone_package *package)
{
    struct hone_calibration_aim wanted = aim_of(package),
                                aim = hone_classifier_calibration_aimed(
                                    learner->classifier);
    return aim.kind == wanted.kind && aim.value == wanted.value &&
           hone_classifier_drift_is_watched(learner->classifier) !=
               package->ignores_drift;
}

/* Is a label of the view, perhaps in another spelling, one that a declared label was? */
static bool has_former(const struct hone_classifier_view *view,
                       const struct hone_package *package)
{
    uint32_t label = 0;
    bool found = false;
    for (size_t i = 0; i < package->n_labels && !found; i++) {
        struct hone_span names = hone_span_text(package->labels[i].was), former;
        while (!found && hone_label_next_line(&names, &former)) {
            found = hone_classify_label_find(view, former, &label) == 0;
        }
    }
    return found;
}

bool hone_classify_learner_fits(void *learner, const struct hone_package *package)
{
    const struct hone_classifier_view *view = peek(learner);
    for (size_t i = 0; i < package->n_labels; i++) {
        if (!is_enabled(view, package->labels[i].name)) {
            return false;
        }
    }
    return watches_as_declared(learner, package) && !has_former(view, package) &&
           (package->labels_open ||
            hone_classify_label_n_enabled(view) == package->n_labels);
}

/* Switches off what the package does not declare, unless labels are open. */
static void retire_labels(struct learner *learner, const struct hone_package *package,
                          const struct hone_classifier_view *view)
{
    if (package->labels_open) {
        return;
    }
    struct hone_map *declared = declared_labels(package);
    for (uint32_t i = 0; i < hone_classifier_view_n_labels(view); i++) {
        struct hone_span name = hone_classifier_view_label(view, i);
        if (hone_map_find(declared, name) == NULL) {
            hone_classifier_enable_label(learner->classifier, i, false);
        }
    }
    hone_map_destroy(declared);
}

/* The newest of the former names that is switched on, else the newest that is there at all. */
static bool find_former(const struct hone_classifier_view *view,
                        const struct hone_package_label *declared, bool is_on,
                        uint32_t *label)
{
    struct hone_span names = hone_span_text(declared->was), former;
    bool found = false;
    while (!found && hone_label_next_line(&names, &former)) {
        found = is_on ? hone_classify_label_find(view, former, label) == 0
                      : hone_classifier_view_find_label(view, former, label) == 0;
    }
    return found;
}

/* The label whose numbers a declared one takes over: the same word in another spelling, or one
 * of a former name; beside one of the declared name only if more was learnt of it. */
static bool find_heritage(const struct hone_classifier_view *view,
                          const struct hone_package_label *declared, uint32_t *label)
{
    uint32_t own = 0;
    struct hone_span name = hone_span_text(declared->name);
    bool is_there = hone_classifier_view_find_label(view, name, &own) == 0;
    if (is_there && hone_classifier_view_label_enabled(view, own)) {
        return find_former(view, declared, true, label) &&
               hone_classifier_view_label_weight(view, *label) >
                   hone_classifier_view_label_weight(view, own);
    }
    return hone_classify_label_find(view, name, label) == 0 ||
           find_former(view, declared, true, label) ||
           (!is_there && find_former(view, declared, false, label));
}

/* Switches off whatever else is called as the label was. */
static void retire_former(struct learner *learner,
                          const struct hone_package_label *declared)
{
    uint32_t label = 0;
    while (find_former(view_of(learner), declared, true, &label)) {
        hone_classifier_enable_label(learner->classifier, label, false);
        forget_view(learner);
    }
}

static int rename_label(struct learner *learner, uint32_t label, const char *name,
                        struct hone_error *err)
{
    uint32_t other = 0;
    struct hone_span to = hone_span_text(name);
    if (hone_classifier_view_find_label(view_of(learner), to, &other) == 0) {
        hone_classifier_enable_label(learner->classifier, other, false);
    }
    int code = hone_classifier_rename_label(learner->classifier, label, to, err);
    hone_classifier_enable_label(learner->classifier, label, true);
    forget_view(learner);
    return code;
}

/* Gives labels that were learnt under another name, or in another spelling, the declared one. */
static int rename_labels(struct learner *learner, const struct hone_package *package,
                         struct hone_error *err)
{
    int code = 0;
    for (size_t i = 0; i < package->n_labels && code == 0; i++) {
        const struct hone_package_label *declared = &package->labels[i];
        uint32_t label = 0;
        if (find_heritage(view_of(learner), declared, &label)) {
            code = rename_label(learner, label, declared->name, err);
        }
        retire_former(learner, declared);
    }
    return code;
}

/* Switches a label on again if it was there before; otherwise makes room for it. True
 * when it is new. */
static bool is_new_label(struct learner *learner, const struct hone_classifier_view *view,
                         struct hone_span name)
{
    uint32_t label = 0;
    if (hone_classifier_view_find_label(view, name, &label) == 0) {
        hone_classifier_enable_label(learner->classifier, label, true);
        return false;
    }
    return true;
}

/* Enables what the package declares; labels that are new are added together. */
static int ensure_labels(struct learner *learner, const struct hone_package *package,
                         const struct hone_classifier_view *view, uint64_t position,
                         struct hone_error *err)
{
    struct hone_classifier_label *labels =
        hone_alloc_zeroed(package->n_labels + 1, sizeof(*labels));
    size_t n = 0;
    for (size_t i = 0; i < package->n_labels; i++) {
        const struct hone_package_label *label = &package->labels[i];
        struct hone_span name = hone_span_text(label->name);
        if (!is_enabled(view, label->name) && is_new_label(learner, view, name)) {
            labels[n].name = name;
            labels[n++].description = hone_span_text(label->description);
        }
    }
    int code = hone_classifier_add_labels(learner->classifier, labels, n, position, err);
    free(labels);
    return code;
}

int hone_classify_learner_adapt(void *learner, const struct hone_package *package,
                                uint64_t position, struct hone_error *err)
{
    struct learner *self = learner;
    if (hone_classify_learner_fits(self, package)) {
        return 0;
    }
    struct hone_classifier_mark *before = hone_classifier_mark_create(self->classifier);
    hone_classifier_drift_watch(self->classifier, !package->ignores_drift);
    hone_classifier_calibration_aim(self->classifier, aim_of(package));
    int code = rename_labels(self, package, err);
    if (code == 0) {
        const struct hone_classifier_view *view = view_of(self);
        retire_labels(self, package, view);
        code = ensure_labels(self, package, view, position, err);
    }
    if (code != 0) {
        hone_classifier_restore(self->classifier, before);
    }
    forget_view(self);
    hone_classifier_mark_destroy(before);
    return code != 0 ? code : 1;
}

/* Feedback. */

int hone_classify_learner_add_open(void *learner, const struct hone_package *package,
                                   struct hone_span name, uint64_t position,
                                   uint32_t *label, struct hone_error *err)
{
    struct learner *self = learner;
    const struct hone_classifier_view *view = view_of(self);
    char *nfc = NULL;
    if (hone_classify_label_check_new(package, view, name, NULL) != 0 ||
        hone_text_nfc(&nfc, name) != 0) {
        return 0;
    }
    struct hone_classifier_label added = {.name = hone_span_text(nfc)};
    int code = 0;
    if (is_new_label(self, view, added.name)) {
        code = hone_classifier_add_labels(self->classifier, &added, 1, position, err);
    }
    if (code == 0) {
        forget_view(self);
        code = hone_classifier_view_find_label(view_of(self), added.name, label);
    }
    free(nfc);
    return code == 0 ? 1 : code;
}

float hone_classify_learner_weigh(void *learner, const struct hone_package *package,
                                  uint32_t label, double weight)
{
    struct hone_span name = hone_classifier_view_label(peek(learner), label);
    for (size_t i = 0; i < package->n_labels; i++) {
        const struct hone_package_label *declared = &package->labels[i];
        if (declared->weight > 0.0 && hone_span_is(name, declared->name)) {
            return (float)fmin(declared->weight * weight,
                               (double)HONE_CLASSIFIER_WEIGHT_MAX);
        }
    }
    return (float)weight;
}

static int learn_label(struct learner *learner, const struct hone_package *package,
                       const struct hone_event *event,
                       const struct hone_encoder_input *input, struct hone_error *err)
{
    uint32_t label = 0;
    int code = 1;
    struct hone_classifier_mark *before = NULL;
    if (hone_classify_label_find_known(package, peek(learner), event->feedback.value,
                                       &label) != 0) {
        before = hone_classifier_mark_create(learner->classifier);
        code = hone_classify_learner_add_open(learner, package, event->feedback.value,
                                              event->position, &label, err);
    }
    if (code == 1) {
        int learnt = (event->is_repeated ? hone_classifier_learn_again
                                         : hone_classifier_learn)(
            learner->classifier, input, label,
            hone_classify_learner_weigh(learner, package, label, event->feedback.weight),
            event->position, err);
        code = learnt != 0 ? learnt : 1;
    }
    if (code < 0 && before != NULL) {
        hone_classifier_restore(learner->classifier, before);
    }
    hone_classifier_mark_destroy(before);
    return code;
}

static int learn_reward(struct learner *learner, const struct hone_package *package,
                        const struct hone_event *event,
                        const struct hone_encoder_input *input, struct hone_error *err)
{
    uint32_t label = 0;
    if (hone_classify_label_find_known(package, peek(learner), event->output, &label) !=
        0) {
        return 0;
    }
    int code = hone_classifier_learn_reward(
        learner->classifier, input, label, (float)event->feedback.reward,
        (float)event->feedback.weight, event->position, err);
    return code != 0 ? code : 1;
}

int hone_classify_learner_learn(void *learner, const struct hone_package *package,
                                const struct hone_event *event, struct hone_error *err)
{
    struct learner *self = learner;
    if (event->feedback.kind == HONE_FEEDBACK_COMMENT ||
        event->feedback.kind == HONE_FEEDBACK_VALUE) {
        return 0;
    }
    struct hone_classify_input input;
    hone_classify_input_fill(&input, package, event->input);
    if (input.input.n_fields == 0) {
        return 0;
    }
    int code = event->feedback.kind == HONE_FEEDBACK_REWARD
                   ? learn_reward(self, package, event, &input.input, err)
                   : learn_label(self, package, event, &input.input, err);
    forget_view(self);
    return code;
}

bool hone_classify_learner_drifted(void *learner)
{
    return hone_classifier_drift_found(((struct learner *)learner)->classifier);
}

size_t hone_classify_learner_memory_bytes(void *learner)
{
    const struct learner *self = learner;
    struct hone_classifier_stats stats;
    hone_classifier_stats(self->classifier, &stats);
    return (size_t)(stats.table_bytes + stats.replay_bytes);
}

json_t *hone_classify_learner_measure(void *learner)
{
    struct hone_calibration_report report;
    hone_classifier_calibration_report(((struct learner *)learner)->classifier, &report);
    json_t *table = json_array();
    for (size_t b = 0; b < HONE_CALIBRATION_BINS; b++) {
        const struct hone_calibration_bin *bin = &report.bins[b];
        if (bin->n > 0) {
            (void)json_array_append_new(
                table, json_pack("{s:I,s:f,s:f}", "n", (json_int_t)bin->n, "confidence",
                                 bin->confidence, "accuracy", bin->accuracy));
        }
    }
    return json_pack(
        "{s:{s:I,s:o,s:o,s:f,s:o}}", "calibration", "outputs", (json_int_t)report.n,
        "ece", report.n > 0 ? json_real(report.ece) : json_null(), "temperature",
        report.temperature > 0.0 ? json_real(report.temperature) : json_null(), "limit",
        (double)hone_classifier_view_limit(peek(learner)), "table", table);
}

/* The rest of the table: those of optim/ without their types. */

void *hone_classify_learner_make_scratch(void)
{
    return hone_classifier_scratch_create();
}

void hone_classify_learner_destroy_scratch(void *scratch)
{
    hone_classifier_scratch_destroy(scratch);
}

void *hone_classify_learner_view_ref(void *view)
{
    return hone_classifier_view_ref(view);
}

void hone_classify_learner_view_unref(void *view)
{
    hone_classifier_view_unref(view);
}

void hone_classify_learner_mark_destroy(void *mark)
{
    hone_classifier_mark_destroy(mark);
}

void *hone_classify_learner_mark_view(void *mark)
{
    return hone_classifier_mark_view(mark);
}

int hone_classify_learner_save_create(void **save, void *mark, const char *path,
                                      struct hone_span extra, struct hone_error *err)
{
    struct hone_classifier_save *made = NULL;
    int code = hone_classifier_save_create(&made, mark, path, extra, err);
    if (code == 0) {
        *save = made;
    }
    return code;
}

int hone_classify_learner_save_step(void *save, size_t max_bytes, struct hone_error *err)
{
    return hone_classifier_save_step(save, max_bytes, err);
}

void hone_classify_learner_save_result(const void *save, struct hone_digest *digest,
                                       uint64_t *size_bytes)
{
    hone_classifier_save_result(save, digest, size_bytes);
}

void hone_classify_learner_save_destroy(void *save)
{
    hone_classifier_save_destroy(save);
}
