#include "skills/score_learner.h"

#include "optim/regressor.h"
#include "skills/score_input.h"
#include "skills/score_value.h"

int hone_score_learner_create(void **learner, const struct hone_package *package,
                              struct hone_error *err)
{
    struct hone_score_input input;
    struct hone_regressor *regressor = NULL;
    hone_score_input_fill(&input, package, NULL);
    int code = hone_regressor_create(&regressor, input.fields, input.input.n_fields,
                                     package->target.coverage, err);
    if (code == 0) {
        *learner = regressor;
    }
    return code;
}

int hone_score_learner_load(void **learner, const struct hone_package *package,
                            const char *path, char **extra, struct hone_error *err)
{
    (void)package;
    struct hone_regressor *regressor = NULL;
    int code = hone_regressor_load(&regressor, path, extra, err);
    if (code == 0) {
        *learner = regressor;
    }
    return code;
}

void hone_score_learner_destroy(void *learner)
{
    hone_regressor_destroy(learner);
}

bool hone_score_learner_value(const struct hone_package *package,
                              const struct hone_event *event, double *value)
{
    enum hone_feedback_kind kind = event->feedback.kind;
    return (kind == HONE_FEEDBACK_VALUE || kind == HONE_FEEDBACK_CORRECTION) &&
           hone_score_value_parse(value, event->feedback.value, NULL) == 0 &&
           hone_score_value_check(package, *value, NULL) == 0;
}

int hone_score_learner_learn(void *learner, const struct hone_package *package,
                             const struct hone_event *event, struct hone_error *err)
{
    double value = 0.0;
    struct hone_score_input input;
    if (!hone_score_learner_value(package, event, &value)) {
        return 0;
    }
    hone_score_input_fill(&input, package, event->input);
    struct hone_regressor_target target = hone_score_input_target(package);
    int code = hone_regressor_learn(learner, &input.input, &target, value,
                                    event->feedback.weight, err);
    return code != 0 ? code : 1;
}

int hone_score_learner_adapt(void *learner, const struct hone_package *package,
                             uint64_t position, struct hone_error *err)
{
    (void)position;
    struct hone_score_input input;
    hone_score_input_fill(&input, package, NULL);
    return hone_regressor_adapt(learner, input.fields, input.input.n_fields,
                                package->target.coverage, err);
}

bool hone_score_learner_fits(void *learner, const struct hone_package *package)
{
    struct hone_score_input input;
    hone_score_input_fill(&input, package, NULL);
    return hone_regressor_fits(learner, input.fields, input.input.n_fields,
                               package->target.coverage);
}

void *hone_score_learner_freeze(void *learner)
{
    return hone_regressor_freeze(learner);
}

void *hone_score_learner_peek(void *learner)
{
    return (void *)(uintptr_t)hone_regressor_peek(learner);
}

void hone_score_learner_restore(void *learner, void *mark)
{
    hone_regressor_restore(learner, mark);
}
