/* Checks of feedback that kinds share. Thread: any. */
#ifndef HONE_SKILLS_FEEDBACK_CHECK_H
#define HONE_SKILLS_FEEDBACK_CHECK_H

#include "base/attr.h"
#include "base/error.h"
#include "skills/event.h"
#include "skills/kind.h"

/* The comment: size, UTF-8, and there when nothing else is. */
int hone_feedback_check_comment(const struct hone_feedback *feedback,
                                struct hone_error *err) HONE_MUST_USE;
int hone_feedback_check_weight(const struct hone_feedback *feedback,
                               struct hone_error *err) HONE_MUST_USE;
/* A reward is for the whole answer, not for one label of it. */
int hone_feedback_check_whole(const struct hone_feedback *feedback,
                              struct hone_error *err) HONE_MUST_USE;
/* Comment, weight and reward, whatever the feedback says beside. */
int hone_feedback_check_common(const struct hone_feedback *feedback,
                               struct hone_error *err) HONE_MUST_USE;

/* A reward r is evidence of "the answer was right" as an event of probability r: with p,
 * the answer's probability, e to the minus loss, the loss is their cross-entropy
 *   -(r ln p + (1 - r) ln(1 - p)),
 * and a state is right when it and the reward are on the same side of one half. */
struct hone_kind_score hone_feedback_check_reward_score(double loss_of_answer,
                                                        double reward);

#endif
