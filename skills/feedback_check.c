#include "skills/feedback_check.h"

#include "base/text.h"

#include <math.h>

#define COMMENT_BYTES_MAX      (16 * 1024)
#define WEIGHT_MAX             100.0
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

static int check_numbers(const struct hone_feedback *feedback, struct hone_error *err)
{
    double weight = feedback->weight, reward = feedback->reward;
    if (!(weight > 0.0 && weight <= WEIGHT_MAX)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "weight must be above 0 and at most %g, got %g", WEIGHT_MAX,
                              weight);
    }
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
    return code != 0 ? code : check_numbers(feedback, err);
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
