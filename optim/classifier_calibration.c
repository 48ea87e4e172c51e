#include "optim/classifier_internal.h"

#define LIMIT_EVERY 25 /* outputs */

void hone_classifier_calibration_aim(struct hone_classifier *classifier,
                                     struct hone_calibration_aim aim)
{
    classifier->aim = aim;
    classifier->state.limit = hone_calibration_limit(&classifier->calibration, aim);
    hone_classifier_sets_aim(classifier);
}

struct hone_calibration_aim
hone_classifier_calibration_aimed(const struct hone_classifier *classifier)
{
    return classifier->aim;
}

void hone_classifier_calibration_report(const struct hone_classifier *classifier,
                                        struct hone_calibration_report *out)
{
    hone_calibration_report(&classifier->calibration, out);
}

void hone_classifier_calibration_observe(struct hone_classifier *classifier,
                                         uint32_t label)
{
    struct hone_calibration *calibration = &classifier->calibration;
    struct hone_model_state *state = &classifier->state;
    hone_calibration_add(calibration, classifier->scorer.probabilities, state->n_labels,
                         label);
    if (calibration->n % LIMIT_EVERY == 0) {
        state->limit = hone_calibration_limit(calibration, classifier->aim);
    }
}

void hone_classifier_calibration_forget(struct hone_classifier *classifier)
{
    hone_calibration_reset(&classifier->calibration);
    hone_classifier_sets_forget(classifier);
    classifier->state.limit =
        hone_calibration_limit(&classifier->calibration, classifier->aim);
}
