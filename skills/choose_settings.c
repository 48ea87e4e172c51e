#include "skills/choose_settings.h"

#include "base/text.h"
#include "schema/json.h"

#include <math.h>

void hone_choose_settings_default(struct hone_choose_settings *settings)
{
    *settings = (struct hone_choose_settings){.reward_min = 0.0, .reward_max = 1.0};
    hone_bandit_config_default(&settings->explore);
}

static double number_or(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static int read_reward(struct hone_choose_settings *out, const json_t *reward,
                       struct hone_error *err)
{
    out->reward_min = number_or(reward, "min", 0.0);
    out->reward_max = number_or(reward, "max", 1.0);
    out->cost_weight = number_or(reward, "cost_weight", 0.0);
    out->exclusive = json_is_true(json_object_get(reward, "exclusive"));
    if (!(out->reward_min < out->reward_max)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the reward's min %g must be below its max %g",
                              out->reward_min, out->reward_max);
    }
    return 0;
}

/* The schema has seen to names and ranges. */
static void read_explore(struct hone_bandit_config *out, const json_t *explore)
{
    struct hone_span policy = hone_json_text(explore, "policy");
    if (hone_bandit_policy_find(&out->policy, policy) != 0) {
        out->policy = HONE_BANDIT_SQUARECB;
    }
    out->epsilon = number_or(explore, "epsilon", out->epsilon);
    out->gamma = number_or(explore, "gamma", out->gamma);
    out->scale = number_or(explore, "scale", out->scale);
}

static int read_default(struct hone_choose_settings *out, const json_t *root,
                        const char *const *names, size_t n_names, struct hone_error *err)
{
    const char *name = json_string_value(json_object_get(root, "default"));
    out->default_option = n_names;
    if (name == NULL) {
        return 0;
    }
    for (size_t i = 0; i < n_names; i++) {
        if (strcmp(names[i], name) == 0) {
            out->default_option = i;
            return 0;
        }
    }
    (void)hone_error_set(err, HONE_E_INVALID,
                         "the default '%s' is not one of the options", name);
    const char *nearest = hone_text_nearest(name, names, n_names);
    if (nearest != NULL) {
        (void)hone_error_hint(err, "did you mean '%s'?", nearest);
    }
    return HONE_E_INVALID;
}

int hone_choose_settings_read(struct hone_choose_settings *out, const json_t *root,
                              const char *const *names, size_t n_names,
                              const char **pointer, struct hone_error *err)
{
    struct hone_choose_settings read;
    hone_choose_settings_default(&read);
    *pointer = "/reward";
    int code = read_reward(&read, json_object_get(root, "reward"), err);
    if (code == 0) {
        read_explore(&read.explore, json_object_get(root, "explore"));
        read.apprentice = hone_span_is(hone_json_text(root, "mode"), "apprentice");
        *pointer = "/default";
        code = read_default(&read, root, names, n_names, err);
    }
    if (code == 0 && read.default_option < n_names && !read.apprentice) {
        code = hone_error_set(err, HONE_E_INVALID,
                              "'default' is for skills with 'mode: apprentice'");
    }
    if (code == 0) {
        *out = read;
    }
    return code;
}

json_t *hone_choose_settings_pack(const struct hone_choose_settings *settings)
{
    return json_pack("{s:f,s:f,s:f,s:b}", "reward_min", settings->reward_min,
                     "reward_max", settings->reward_max, "cost_weight",
                     settings->cost_weight, "apprentice", (int)settings->apprentice);
}

bool hone_choose_settings_unpack(struct hone_choose_settings *settings,
                                 const json_t *body)
{
    double nothing = (double)NAN;
    double min = number_or(body, "reward_min", nothing);
    double max = number_or(body, "reward_max", nothing);
    double cost_weight = number_or(body, "cost_weight", nothing);
    if (!(min < max) || !isfinite(max - min) || !isfinite(cost_weight)) {
        return false;
    }
    settings->reward_min = min;
    settings->reward_max = max;
    settings->cost_weight = cost_weight;
    settings->apprentice = json_is_true(json_object_get(body, "apprentice"));
    return true;
}

double hone_choose_settings_share(const struct hone_choose_settings *settings,
                                  double reward)
{
    double share =
        (reward - settings->reward_min) / (settings->reward_max - settings->reward_min);
    return isnan(share) ? share : fmin(fmax(share, 0.0), 1.0);
}

double hone_choose_settings_reward(const struct hone_choose_settings *settings,
                                   double share)
{
    return settings->reward_min + share * (settings->reward_max - settings->reward_min);
}

double hone_choose_settings_utility(const struct hone_choose_settings *settings,
                                    double share, double cost)
{
    return share -
           settings->cost_weight * cost / (settings->reward_max - settings->reward_min);
}
