#include "skills/choose_eval.h"

#include "base/alloc.h"
#include "skills/choose_learner.h"
#include "skills/choose_view.h"

#include <stdlib.h>
#include <string.h>

#define ALWAYS       "always:"
#define QUOTED_BYTES 60

struct hone_choose_eval {
    const struct hone_package *package;
    char *policy;
    struct hone_bandit_config config;
    size_t always; /* an option, or n_labels: config decides */
    enum hone_off_policy_interval interval;
    void *learner;
    struct hone_classifier_scratch *scratch;
    struct hone_off_policy sums;
    uint64_t n_unusable;
    /* Utilities in shares are in [-worst, 1]; off_policy.h wants [0, 1]. */
    double worst;
};

static int read_policy(struct hone_choose_eval *eval, struct hone_span policy,
                       struct hone_error *err)
{
    size_t len = strlen(ALWAYS);
    eval->always = eval->package->n_labels;
    if (policy.len < len || memcmp(policy.data, ALWAYS, len) != 0) {
        int code = hone_bandit_config_parse(&eval->config, policy, err);
        return code == 0 ? 0 : hone_error_hint(err, "or always:OPTION, for one option");
    }
    struct hone_span name = hone_span_of(policy.data + len, policy.len - len);
    eval->always = hone_choose_view_find_option(eval->package, name);
    if (eval->always < eval->package->n_labels) {
        return 0;
    }
    return hone_error_set(err, HONE_E_INVALID, "'%.*s' is not an option of %s",
                          (int)(name.len < QUOTED_BYTES ? name.len : QUOTED_BYTES),
                          name.data, eval->package->name);
}

static double worst_of(const struct hone_package *package)
{
    double worst = 0.0;
    for (size_t i = 0; i < package->n_labels; i++) {
        double lost =
            -hone_choose_settings_utility(&package->choose, 0.0, package->labels[i].cost);
        worst = lost > worst ? lost : worst;
    }
    return worst;
}

int hone_choose_eval_create(struct hone_choose_eval **out,
                            const struct hone_package *package, struct hone_span policy,
                            enum hone_off_policy_interval interval,
                            struct hone_error *err)
{
    if (strcmp(package->kind->name, "choose") != 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "%s is a %s skill: policies are those of choose skills",
                              package->name, package->kind->name);
    }
    struct hone_choose_eval *eval = hone_alloc_zeroed(1, sizeof(*eval));
    eval->package = package;
    eval->policy = hone_alloc_bytes(policy.data, policy.len);
    eval->interval = interval;
    eval->worst = worst_of(package);
    eval->scratch = hone_classifier_scratch_create();
    int code = read_policy(eval, policy, err);
    if (code == 0) {
        code = hone_choose_learner_create(&eval->learner, package, err);
    }
    if (code != 0) {
        hone_choose_eval_destroy(eval);
        return code;
    }
    *out = eval;
    return 0;
}

void hone_choose_eval_destroy(struct hone_choose_eval *eval)
{
    if (eval == NULL) {
        return;
    }
    hone_choose_learner_destroy(eval->learner);
    hone_classifier_scratch_destroy(eval->scratch);
    free(eval->policy);
    free(eval);
}

/* Probabilities of the judged policy. */
static void fill_policy(double *p, const struct hone_choose_eval *eval,
                        const struct hone_choose_estimates *estimates)
{
    if (eval->always == eval->package->n_labels) {
        hone_bandit_probabilities(p, &eval->config, estimates->utilities,
                                  estimates->deviations, estimates->n,
                                  estimates->n_rewards);
        return;
    }
    memset(p, 0, estimates->n * sizeof(*p));
    p[eval->always] = 1.0;
}

static double scaled(const struct hone_choose_eval *eval, double utility)
{
    double value = (utility + eval->worst) / (1.0 + eval->worst);
    return value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value; /* for what rounding adds */
}

static int judge(struct hone_choose_eval *eval, const struct hone_event *event,
                 size_t option, double share, double propensity, struct hone_error *err)
{
    struct hone_choose_estimates estimates;
    double p[HONE_BANDIT_OPTIONS_MAX], value = 0.0;
    struct hone_choose_view *view = hone_choose_learner_freeze(eval->learner);
    int code = hone_choose_view_estimate(view, eval->package, event->input, eval->scratch,
                                         &estimates, err);
    hone_choose_view_unref(view);
    if (code != 0) {
        return code;
    }
    fill_policy(p, eval, &estimates);
    for (size_t i = 0; i < estimates.n; i++) {
        value += p[i] * estimates.utilities[i];
    }
    double cost = eval->package->labels[option].cost;
    struct hone_off_policy_record record = {
        .reward = scaled(
            eval, hone_choose_settings_utility(&eval->package->choose, share, cost)),
        .propensity = propensity,
        .target = p[option],
        .model = scaled(eval, estimates.utilities[option]),
        .model_value = scaled(eval, value),
    };
    (void)hone_off_policy_add(&eval->sums, &record);
    return 0;
}

int hone_choose_eval_add(struct hone_choose_eval *eval, const struct hone_event *event,
                         double propensity, struct hone_error *err)
{
    size_t option = 0;
    double share = 0.0;
    bool is_reward = event->feedback.kind == HONE_FEEDBACK_REWARD;
    if (!json_is_object(event->input) ||
        !(event->feedback.weight > 0.0 &&
          event->feedback.weight <= HONE_FEEDBACK_WEIGHT_MAX) ||
        !hone_choose_learner_judged(eval->package, event, &option, &share)) {
        eval->n_unusable += is_reward ? 1 : 0;
        return 0;
    }
    int code = 0;
    if (is_reward && !event->is_repeated) {
        code = judge(eval, event, option, share, propensity, err);
    }
    if (code == 0) {
        code = hone_choose_learner_learn(eval->learner, eval->package, event, err);
    }
    return code < 0 ? code : 0;
}

/* Back in units of the reward. */
static json_t *value_json(const struct hone_choose_eval *eval,
                          struct hone_off_policy_value value)
{
    const double ends[3] = {value.value, value.low, value.high};
    double out[3];
    for (int i = 0; i < 3; i++) {
        double utility = ends[i] * (1.0 + eval->worst) - eval->worst;
        out[i] = hone_choose_settings_reward(&eval->package->choose, utility);
    }
    return json_pack("{s:f,s:f,s:f}", "value", out[0], "low", out[1], "high", out[2]);
}

json_t *hone_choose_eval_report(const struct hone_choose_eval *eval)
{
    struct hone_off_policy_report report;
    hone_off_policy_judge(&eval->sums, eval->interval, &report);
    json_int_t n_passed_over =
        (json_int_t)report.n_passed_over + (json_int_t)eval->n_unusable;
    return json_pack(
        "{s:s,s:s,s:I,s:I,s:I,s:f,s:o,s:o,s:o,s:o}", "policy", eval->policy, "interval",
        eval->interval == HONE_OFF_POLICY_BERNSTEIN ? "bernstein" : "normal", "records",
        (json_int_t)report.n, "passed_over", n_passed_over, "clipped",
        (json_int_t)report.n_clipped, "effective", report.n_effective, "logged",
        value_json(eval, report.logged), "ips", value_json(eval, report.ips), "snips",
        value_json(eval, report.snips), "dr", value_json(eval, report.dr));
}
