#include "tests/support/support.h"

#include "base/alloc.h"
#include "optim/sigmoid_head.h"
#include "optim/softmax_head.h"

#include <math.h>
#include <stdlib.h>

#define K 5

static const uint8_t enabled[K] = {1, 1, 0, 1, 1};
static const uint32_t right[2] = {1, 4};
static const float y[K] = {0.0F, 1.0F, 0.0F, 0.0F, 1.0F};

/* The log loss of the set, written another way. */
static double loss(const float *scores)
{
    double sum = 0.0;
    for (size_t k = 0; k < K; k++) {
        double sign = y[k] > 0.0F ? -1.0 : 1.0;
        sum += enabled[k] != 0 ? log1p(exp(sign * (double)scores[k])) : 0.0;
    }
    return sum;
}

static void gradient_is_the_slope_of_the_loss(void **state)
{
    (void)state;
    const float scores[K] = {0.5F, -1.0F, 3.0F, -2.5F, 1.5F};
    float g[K], p[K];
    hone_sigmoid_head_probabilities(p, scores, K, 1.0F);
    hone_sigmoid_head_gradient(g, p, enabled, K, right, 2);
    support_near(hone_sigmoid_head_loss(p, y, enabled, K), loss(scores), 1e-5);
    for (size_t k = 0; k < K; k++) {
        float up[K], down[K], h = 1e-2F;
        for (size_t i = 0; i < K; i++) {
            up[i] = scores[i] + (i == k ? h : 0.0F);
            down[i] = scores[i] - (i == k ? h : 0.0F);
        }
        support_near((double)g[k], (loss(up) - loss(down)) / (2.0 * (double)h), 1e-4);
    }
}

static void labels_that_are_off_have_no_probability_and_no_gradient(void **state)
{
    (void)state;
    float scores[K] = {0.0F, 0.0F, 9.0F, 0.0F, 0.0F}, g[K];
    const uint32_t off[1] = {2};
    hone_softmax_head_mask(scores, enabled, K);
    hone_sigmoid_head_probabilities(g, scores, K, 0.25F);
    support_near((double)g[2], 0.0, 0.0);
    hone_sigmoid_head_gradient(g, g, enabled, K, off, 1);
    support_near((double)g[2], 0.0, 0.0);
    support_near((double)g[0], 0.5, 0.0);
}

static void only_judged_labels_have_a_gradient_of_rewards(void **state)
{
    (void)state;
    float g[K] = {0.25F, 0.0F, 0.75F, 0.5F, 1.0F};
    const uint32_t judged[4] = {0, 1, 2, 4};
    assert_false(enabled[2] != 0);
    hone_sigmoid_head_reward_gradient(g, g, enabled, K, judged, 4, 0.5F);
    const double expected[K] = {-0.25, -0.5, 0.0, 0.0, 0.5};
    for (size_t k = 0; k < K; k++) {
        support_near((double)g[k], expected[k], 0.0);
    }
}

static void the_scale_moves_as_worked_by_hand(void **state)
{
    (void)state;
    const float scores[2] = {2.0F, -1.0F}, p[2] = {0.9F, 0.4F},
                is_right[2] = {0.0F, 0.0F};
    const uint8_t both[2] = {1, 1};
    float scale = 1.0F, scale_g = 0.01F;
    hone_sigmoid_head_update_scale(&scale, &scale_g, scores, p, is_right, both, 2);
    /* 2 * 0.9 - 0.4 = 1.4 */
    support_near((double)scale_g, 0.01 + 1.96, 1e-6);
    support_near((double)scale, 1.0 - 0.05 * 1.4 / sqrt(1.97), 1e-6);
}

static void the_scale_finds_what_is_too_sure(void **state)
{
    (void)state;
    /* Scores are twice what they should be: of those with 2 ln 3 three in four are right. */
    const float scores[1] = {2.0F * 1.0986123F};
    const uint8_t on[1] = {1};
    float scale = 1.0F, scale_g = 0.01F;
    for (int i = 0; i < 4000; i++) {
        float p[1], is_right[1] = {i % 4 == 0 ? 0.0F : 1.0F};
        hone_sigmoid_head_probabilities(p, scores, 1, scale);
        hone_sigmoid_head_update_scale(&scale, &scale_g, scores, p, is_right, on, 1);
    }
    support_near((double)scale, 0.5, 0.02);
    support_near((double)hone_sigmoid_head_first_bias(1), 0.0, 0.0);
    support_near((double)hone_sigmoid_head_first_bias(10), -log(10.0), 1e-6);
}

#define FEATURES 3
#define ROW      (sizeof(struct hone_row) + 3 * K * sizeof(float))

/* The whole head in double precision and plain loops. */
struct reference {
    double w[FEATURES][K], g[FEATURES], bias[K], bias_g;
};

static void learn_slowly(struct reference *head, const float *x, const uint32_t *set,
                         size_t n_set, double rate)
{
    double g[K], gg = 0.0;
    for (size_t k = 0; k < K; k++) {
        double s = head->bias[k], is_right = 0.0;
        for (size_t f = 0; f < FEATURES; f++) {
            s += (double)x[f] * head->w[f][k];
        }
        for (size_t i = 0; i < n_set; i++) {
            is_right = set[i] == k ? 1.0 : is_right;
        }
        g[k] = enabled[k] != 0 ? 1.0 / (1.0 + exp(-s)) - is_right : 0.0;
        gg += g[k] * g[k];
    }
    head->bias_g += gg;
    for (size_t k = 0; k < K; k++) {
        for (size_t f = 0; f < FEATURES; f++) {
            double v = (double)x[f], sum = head->g[f] + v * v * gg;
            head->w[f][k] -= rate * v / sqrt(sum + 1e-8) * g[k];
        }
        head->bias[k] -= 0.1 * rate * g[k] / sqrt(head->bias_g + 1e-8);
    }
    for (size_t f = 0; f < FEATURES; f++) {
        head->g[f] += (double)(x[f] * x[f]) * gg;
    }
}

static void learns_as_a_slow_reference_does(void **state)
{
    (void)state;
    static const uint32_t ids[FEATURES] = {1, 2, 3};
    struct reference slow = {0};
    struct hone_row *rows[FEATURES];
    float bias[K] = {0.0F}, bias_g = 0.0F, rate = hone_sigmoid_head_rate(4);
    for (size_t f = 0; f < FEATURES; f++) {
        rows[f] = hone_alloc_zeroed(1, ROW);
    }
    for (uint32_t i = 0; i < 60; i++) {
        const float values[FEATURES] = {0.6F, i % 2 == 0 ? -0.5F : 0.5F,
                                        i % 3 == 0 ? 0.4F : -0.1F};
        const uint32_t set[2] = {i % 2 == 0 ? 0 : 4, 3};
        size_t n_set = i % 3;
        struct hone_encoder_vector x = {ids, values, FEATURES};
        float g[K];
        hone_softmax_head_score(g, bias, (const struct hone_row *const *)rows, x, K);
        hone_softmax_head_mask(g, enabled, K);
        hone_sigmoid_head_probabilities(g, g, K, 1.0F);
        hone_sigmoid_head_gradient(g, g, enabled, K, set, n_set);
        hone_softmax_head_step(rows, bias, &bias_g, x, g, K, rate);
        learn_slowly(&slow, values, set, n_set, (double)rate);
    }
    for (size_t k = 0; k < K; k++) {
        support_near((double)bias[k], slow.bias[k], 1e-4);
        for (size_t f = 0; f < FEATURES; f++) {
            support_near((double)hone_row_weights(rows[f])[k], slow.w[f][k], 1e-4);
        }
    }
    for (size_t f = 0; f < FEATURES; f++) {
        free(rows[f]);
    }
}

static void a_loss_has_a_limit(void **state)
{
    (void)state;
    const float p[2] = {0.0F, 1.0F}, is_right[2] = {1.0F, 0.0F};
    const uint8_t both[2] = {1, 1}, one[2] = {1, 0};
    support_near(hone_sigmoid_head_loss(p, is_right, both, 2),
                 2.0 * HONE_SIGMOID_HEAD_LOSS_MAX, 0.0);
    support_near(hone_sigmoid_head_loss(p, is_right, one, 2), HONE_SIGMOID_HEAD_LOSS_MAX,
                 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_is_the_slope_of_the_loss),
        cmocka_unit_test(labels_that_are_off_have_no_probability_and_no_gradient),
        cmocka_unit_test(only_judged_labels_have_a_gradient_of_rewards),
        cmocka_unit_test(the_scale_moves_as_worked_by_hand),
        cmocka_unit_test(the_scale_finds_what_is_too_sure),
        cmocka_unit_test(learns_as_a_slow_reference_does),
        cmocka_unit_test(a_loss_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
