/* What a choose skill would gain over the answers that were given: the running evidence
 * of an apprentice.
 *
 * Per first reward of a call that was answered by option a, before it is learnt: b is the
 * option with the highest utility by the model, of those with TRIED_MIN rewards at least
 * (a when there is none), and
 *   gain = 0                                           for b = a: it would earn the same
 *   gain = u(b) - deviation(b) - what a did earn       for b != a
 * The model's word is taken for what b would have earned, one standard deviation
 * (reward_head.h) to its disadvantage, as b is the best of several estimates. Nothing in
 * an apprentice's log could show more: its answers are no draws, so they have no
 * propensities. Options hardly ever tried count for nothing, as the model knows nothing of
 * them.
 *
 * A skill learns and its gain with it, so sums are halved every WINDOW records. The
 * interval is the normal one of 95 %. Part of a skill's saved state. Pure; thread: any. */
#ifndef HONE_SKILLS_CHOOSE_GAIN_H
#define HONE_SKILLS_CHOOSE_GAIN_H

#include <jansson.h>
#include <stdbool.h>

#define HONE_CHOOSE_GAIN_TRIED_MIN 10
#define HONE_CHOOSE_GAIN_WINDOW    2000
#define HONE_CHOOSE_GAIN_PAIRS_MIN 100

struct hone_choose_gain {
    double n, sum, sum_squared; /* of gains, in shares of the reward's range */
};

struct hone_choose_gain_report {
    double n, mean, low, high;
    bool is_better; /* PAIRS_MIN records at least, and low above 0 */
};

void hone_choose_gain_add(struct hone_choose_gain *gain, double value);
void hone_choose_gain_judge(const struct hone_choose_gain *gain,
                            struct hone_choose_gain_report *out);
json_t *hone_choose_gain_pack(const struct hone_choose_gain *gain); /* new reference */
bool hone_choose_gain_unpack(struct hone_choose_gain *out, const json_t *packed);

#endif
