#include "skills/feedback_check.h"

#include "base/text.h"

#include <math.h>

#define COMMENT_BYTES_MAX      (16 * 1024)
#define REWARD_PROBABILITY_MIN 1e-6

int hone_feedback_check_comment(const struct hone_feedback *feedback,
                                struct hone_error *err)
{
    if (feedback->comment.len > COMMENT_BYTES_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "a comment of %zu bytes is over the limit of %d",
                              feedback->comment.len, COMMENT_BYTES_MAX);
    }
    if (!hone_text_is_utf8(feedback->comment)) {
        return hone_error_set(err, HONE_E_INVALID, "the comment is not valid UTF-8");
    }
    if (feedback->kind == HONE_FEEDBACK_COMMENT && feedback->comment.len == 0) {
        return hone_error_set(err, HONE_E_INVALID, "the comment is missing");
    }
    return 0;
}

int hone_feedback_check_weight(const struct hone_feedback *feedback,
                               struct hone_error *err)
{
    if (!(feedback->weight > 0.0 && feedback->weight <= HONE_FEEDBACK_WEIGHT_MAX)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "weight must be above 0 and at most %g, got %g",
                              HONE_FEEDBACK_WEIGHT_MAX, feedback->weight);
    }
    return 0;
}

int hone_feedback_check_whole(const struct hone_feedback *feedback,
                              struct hone_error *err)
{
    if (feedback->kind == HONE_FEEDBACK_REWARD && feedback->value.len > 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "a reward for one label is for skills that give sets of "
                              "labels; give either label or reward");
    }
    return 0;
}

static int check_reward(const struct hone_feedback *feedback, struct hone_error *err)
{
    double reward = feedback->reward;
    if (feedback->kind == HONE_FEEDBACK_REWARD &&
        !(reward >= HONE_FEEDBACK_REWARD_MIN && reward <= HONE_FEEDBACK_REWARD_MAX)) {
        return hone_error_set(err, HONE_E_INVALID, "reward must be from %g to %g, got %g",
                              HONE_FEEDBACK_REWARD_MIN, HONE_FEEDBACK_REWARD_MAX, reward);
    }
    return 0;
}

int hone_feedback_check_common(const struct hone_feedback *feedback,
                               struct hone_error *err)
{
    int code = hone_feedback_check_comment(feedback, err);
    if (code == 0) {
        code = hone_feedback_check_weight(feedback, err);
    }
    if (code == 0) {
        code = hone_feedback_check_whole(feedback, err);
    }
    return code != 0 ? code : check_reward(feedback, err);
}

struct hone_kind_score hone_feedback_check_reward_score(double loss_of_answer,
                                                        double reward)
{
    double p = exp(-loss_of_answer);
    p = fmin(fmax(p, REWARD_PROBABILITY_MIN), 1.0 - REWARD_PROBABILITY_MIN);
    return (struct hone_kind_score){
        .loss = -(reward * log(p) + (1.0 - reward) * log(1.0 - p)),
        .right = (p >= 0.5) == (reward >= 0.5),
    };
}
