/* What skill.yaml says of a choose skill besides fields and options: the reward's range,
 * how costs count, exploration and mode. Part of struct hone_package. Thread: any. */
#ifndef HONE_SKILLS_CHOOSE_SETTINGS_H
#define HONE_SKILLS_CHOOSE_SETTINGS_H

#include "base/attr.h"
#include "base/error.h"
#include "optim/bandit.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define HONE_CHOOSE_SETTINGS_NUMBER_MAX 1e9 /* of rewards, costs and their weight */

struct hone_choose_settings {
    double reward_min, reward_max; /* default 0 and 1 */
    double cost_weight;            /* lambda: utility = reward - lambda cost; default 0 */
    /* At most one option is right for an input; default false. Decides on the model with
     * which a skill begins. */
    bool exclusive;
    bool apprentice; /* always the default option, learning beside it */
    size_t
        default_option; /* of apprentice: index, or n_options when the caller gives it */
    struct hone_bandit_config explore;
};

void hone_choose_settings_default(struct hone_choose_settings *settings);

/* Reads the keys reward, explore, mode and default of a checked skill.yaml, whose option
 * names are given in order. On HONE_E_INVALID *pointer (static) names the key. */
int hone_choose_settings_read(struct hone_choose_settings *out, const json_t *root,
                              const char *const *names, size_t n_names,
                              const char **pointer, struct hone_error *err) HONE_MUST_USE;

/* What learning depends on, for the log: range, weight of costs, mode. New reference. */
json_t *hone_choose_settings_pack(const struct hone_choose_settings *settings);
/* Sets these from what pack made. False: damaged. */
bool hone_choose_settings_unpack(struct hone_choose_settings *settings,
                                 const json_t *body);

/* A reward as a share of the range, in [0, 1]; one outside of it is brought to its end.
 * NaN stays NaN. */
double hone_choose_settings_share(const struct hone_choose_settings *settings,
                                  double reward);
/* Back again. */
double hone_choose_settings_reward(const struct hone_choose_settings *settings,
                                   double share);
/* The utility of a share at a cost, in units of the range and without its offset. */
double hone_choose_settings_utility(const struct hone_choose_settings *settings,
                                    double share, double cost);

#endif
