#include "tests/support/support.h"

#include "base/alloc.h"
#include "optim/classifier.h"
#include "optim/nb_head.h"
#include "optim/reward_head.h"

#include <math.h>
#include <stdlib.h>

#define K        4
#define CAPACITY 4
#define N        2

static double loss(const float *scores, uint32_t option, double r)
{
    double q = 1.0 / (1.0 + exp(-(double)scores[option]));
    return -(r * log(q) + (1.0 - r) * log(1.0 - q));
}

static void gradient_is_the_slope(void **state)
{
    (void)state;
    static const double rewards[] = {0.0, 0.3, 1.0};
    float scores[K] = {0.5F, -1.0F, 2.0F, 0.1F};
    for (size_t c = 0; c < 3; c++) {
        float g[K];
        hone_reward_head_estimate(g, scores, K);
        hone_reward_head_gradient(g, g, K, 2, (float)rewards[c]);
        for (size_t k = 0; k < K; k++) {
            float up[K], down[K], h = 1e-2F;
            for (size_t i = 0; i < K; i++) {
                up[i] = scores[i] + (i == k ? h : 0.0F);
                down[i] = scores[i] - (i == k ? h : 0.0F);
            }
            double slope =
                (loss(up, 2, rewards[c]) - loss(down, 2, rewards[c])) / (2.0 * (double)h);
            support_near((double)g[k], slope, 1e-4);
        }
    }
}

static void variance_falls_as_rewards_are_counted(void **state)
{
    (void)state;
    uint32_t ids[N] = {1, 2};
    float values[N] = {0.6F, -0.8F}, variances[K];
    struct hone_encoder_vector x = {.ids = ids, .values = values, .n = N};
    struct hone_row_table *table = hone_row_table_create(10, CAPACITY, 0.0F);
    struct hone_row *rows[N];
    hone_row_table_edit_all(table, ids, N, rows);
    hone_row_table_edit_counts(table, rows, N);
    const struct hone_row *missing[N] = {NULL, NULL};
    hone_reward_head_variance(variances, missing, CAPACITY, x, K);
    support_near((double)variances[3], 1.0, 1e-6);
    hone_reward_head_count(rows, CAPACITY, x, 1, 2.0F);
    hone_reward_head_variance(variances, (const struct hone_row *const *)rows, CAPACITY,
                              x, K);
    support_near((double)variances[0], 1.0, 1e-6);
    /* .36 / (1 + .18) + .64 / (1 + .32) */
    support_near((double)variances[1], 0.36 / 1.18 + 0.64 / 1.32, 1e-6);
    support_near((double)hone_row_logs(rows[1])[1],
                 (double)hone_nb_head_log(hone_row_counts(rows[1], CAPACITY)[1]), 0.0);
    hone_row_table_destroy(table);
}

static struct hone_classifier *make_chooser(enum hone_classifier_rewards rewards)
{
    struct hone_error err = {0};
    struct hone_classifier_config config;
    struct hone_classifier *classifier = NULL;
    const struct hone_classifier_label labels[3] = {
        {.name = hone_span_text("a"), .description = hone_span_text("apples")},
        {.name = hone_span_text("b"), .description = hone_span_text("berries")},
        {.name = hone_span_text("c"), .description = hone_span_text("cherries")}};
    hone_classifier_config_default(&config);
    config.rewards = rewards;
    support_ok(hone_classifier_create(&classifier, &config, &err), &err);
    support_ok(hone_classifier_add_labels(classifier, labels, 3, 0, &err), &err);
    return classifier;
}

static int estimate(struct hone_classifier *classifier, const char *text, double *q,
                    double *deviations, struct hone_error *err)
{
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    const float *estimates = NULL, *spreads = NULL;
    int code =
        hone_classifier_view_estimate(view, &(struct hone_encoder_input){&field, 1},
                                      scratch, &estimates, &spreads, err);
    for (size_t k = 0; k < 3 && code == 0; k++) {
        q[k] = (double)estimates[k];
        deviations[k] = (double)spreads[k];
    }
    hone_classifier_view_unref(view);
    hone_classifier_scratch_destroy(scratch);
    return code;
}

static void learn(struct hone_classifier *classifier, uint32_t option, float reward,
                  uint64_t position)
{
    struct hone_error err = {0};
    struct hone_encoder_field field = {.text = hone_span_text("the same text")};
    support_ok(hone_classifier_learn_reward(classifier,
                                            &(struct hone_encoder_input){&field, 1},
                                            option, reward, 1.0F, position, &err),
               &err);
}

/* Options are learnt for themselves: two may be good at once, and means are found. */
static void independent_rewards_are_estimated_as_means(void **state)
{
    (void)state;
    struct hone_error err = {0};
    double q[3], s[3], before[3], spread_before[3];
    struct hone_classifier *chooser = make_chooser(HONE_CLASSIFIER_REWARDS_INDEPENDENT);
    support_ok(estimate(chooser, "the same text", before, spread_before, &err), &err);
    for (uint64_t i = 0; i < 300; i++) {
        uint32_t option = (uint32_t)(i / 10 % 2);
        learn(chooser, option, i % 10 < (option == 0 ? 8U : 6U) ? 1.0F : 0.0F, i + 1);
    }
    support_ok(estimate(chooser, "the same text", q, s, &err), &err);
    support_near(q[0], 0.8, 0.12);
    support_near(q[1], 0.6, 0.12);
    support_near(q[2], before[2], 0.1);
    assert_true(s[0] < spread_before[0] && s[1] < spread_before[1]);
    assert_true(s[2] > s[0]);
    hone_classifier_destroy(chooser);
}

static void exclusive_rewards_share_one_whole(void **state)
{
    (void)state;
    struct hone_error err = {0};
    double q[3], s[3];
    struct hone_classifier *chooser = make_chooser(HONE_CLASSIFIER_REWARDS_EXCLUSIVE);
    for (uint64_t i = 0; i < 60; i++) {
        learn(chooser, (uint32_t)(i % 3), i % 3 == 1 ? 1.0F : 0.0F, i + 1);
    }
    support_ok(estimate(chooser, "the same text", q, s, &err), &err);
    assert_true(q[1] > 0.7);
    support_near(q[0] + q[1] + q[2], 1.0, 1e-5);
    hone_classifier_destroy(chooser);
}

static void a_classifier_is_no_chooser(void **state)
{
    (void)state;
    struct hone_error err = {0};
    double q[3], s[3];
    struct hone_classifier *classifier =
        make_chooser(HONE_CLASSIFIER_REWARDS_BESIDE_LABELS);
    assert_int_equal(estimate(classifier, "text", q, s, &err), HONE_E_INVALID);
    hone_classifier_destroy(classifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_is_the_slope),
        cmocka_unit_test(variance_falls_as_rewards_are_counted),
        cmocka_unit_test(independent_rewards_are_estimated_as_means),
        cmocka_unit_test(exclusive_rewards_share_one_whole),
        cmocka_unit_test(a_classifier_is_no_chooser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
