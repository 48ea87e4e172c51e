#include "skills/trainer_feedback.h"

#include "skills/trainer_pair.h"

#include <math.h>

static int refuse_event(const struct hone_event *event, const char *what,
                        struct hone_error *err)
{
    return hone_error_set(err, HONE_E_CORRUPT, "log position %llu: %s",
                          (unsigned long long)event->position, what);
}

int hone_trainer_feedback_check(const struct hone_kind *kind,
                                const struct hone_event *event, struct hone_error *err)
{
    const struct hone_feedback *feedback = &event->feedback;
    if (!json_is_object(event->input)) {
        return refuse_event(event, "the call's input is not an object", err);
    }
    if (!(feedback->weight > 0.0 && feedback->weight <= HONE_FEEDBACK_WEIGHT_MAX)) {
        return refuse_event(event, "the weight is out of range", err);
    }
    if (feedback->kind == HONE_FEEDBACK_REWARD &&
        !(isfinite(feedback->reward) &&
          (kind->takes_any_reward || (feedback->reward >= HONE_FEEDBACK_REWARD_MIN &&
                                      feedback->reward <= HONE_FEEDBACK_REWARD_MAX)))) {
        return refuse_event(event, "the reward is out of range", err);
    }
    if (hone_trainer_pair_names_answer(feedback) && feedback->value.len == 0) {
        return refuse_event(event, "the label or value is empty", err);
    }
    return 0;
}

bool hone_trainer_feedback_is_trusted(const struct hone_package *then,
                                      struct hone_span source)
{
    size_t index = 0;
    const json_t *name = NULL;
    json_array_foreach(then->trusted_sources, index, name)
    {
        if (json_is_string(name) && hone_span_is(source, json_string_value(name))) {
            return true;
        }
    }
    return then->trusted_sources == NULL;
}

const char *hone_trainer_feedback_why_ignored(const struct hone_event *event)
{
    if (event->feedback.kind == HONE_FEEDBACK_COMMENT) {
        return "a comment is for people: nothing is learnt from it";
    }
    if (event->feedback.kind == HONE_FEEDBACK_VALUE) {
        return "the skill does not learn from values, or this one is out of its bounds";
    }
    return "the skill has not got this label, or the call's input has none of its fields";
}
