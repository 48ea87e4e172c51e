/* The two heads and the stack against dense references, finite differences and numbers worked by hand. */
#include "tests/support/support.h"

#include "optim/nb_head.h"
#include "optim/softmax_head.h"
#include "optim/stack.h"
#include "tensor/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define K        5
#define CAPACITY 16
#define N        3

struct fixture {
    struct hone_row_table *table;
    struct hone_row *rows[N];
    uint32_t ids[N];
    float values[N];
    struct hone_encoder_vector x;
    float bias[K];
    uint8_t enabled[K];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->table = hone_row_table_create(10, CAPACITY, hone_nb_head_log(0.0F));
    for (uint32_t i = 0; i < N; i++) {
        f->ids[i] = 100 * i;
        f->values[i] = 0.5F - 0.4F * (float)i;
        f->rows[i] = hone_row_table_edit(f->table, f->ids[i]);
        hone_row_table_edit_counts(f->table, &f->rows[i], 1);
        for (size_t k = 0; k < K; k++) {
            f->rows[i]->values[k] = 0.3F * (float)i - 0.2F * (float)k;
        }
    }
    for (size_t k = 0; k < K; k++) {
        f->bias[k] = 0.1F * (float)k;
        f->enabled[k] = 1;
    }
    f->x = (struct hone_encoder_vector){f->ids, f->values, N};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hone_row_table_destroy(f->table);
    free(f);
    return 0;
}

static const struct hone_row *const *readable(const struct fixture *f)
{
    return (const struct hone_row *const *)f->rows;
}

static void softmax_scores_are_the_dense_product(void **state)
{
    struct fixture *f = *state;
    float scores[K];
    const struct hone_row *rows[N] = {f->rows[0], NULL, f->rows[2]};
    hone_softmax_head_score(scores, f->bias, rows, f->x, K);
    for (size_t k = 0; k < K; k++) {
        double expected = (double)f->bias[k];
        for (size_t i = 0; i < N; i += 2) {
            expected += (double)f->values[i] * (double)f->rows[i]->values[k];
        }
        support_near((double)scores[k], expected, 1e-6);
    }
}

/* Smoothed cross entropy, or its counterpart for a reward of 0, at given scores. */
static double loss_at(const float *scores, uint32_t label, bool away)
{
    double p[K], sum = 0.0, loss = 0.0;
    for (size_t k = 0; k < K; k++) {
        p[k] = exp((double)scores[k]);
        sum += p[k];
    }
    for (size_t k = 0; k < K; k++) {
        loss -= ((k == label ? 0.9 : 0.0) + 0.1 / K) * log(p[k] / sum);
    }
    return away ? -log(1.0 - p[label] / sum) : loss;
}

static void gradients_agree_with_finite_differences(void **state)
{
    struct fixture *f = *state;
    for (uint32_t label = 0; label < K; label++) {
        float scores[K], p[K], g[K];
        hone_softmax_head_score(scores, f->bias, readable(f), f->x, K);
        hone_softmax(p, scores, K);
        hone_softmax_head_gradient(g, p, f->enabled, K, K, label, 0.1F);
        for (size_t k = 0; k < K; k++) {
            float up[K], down[K];
            memcpy(up, scores, sizeof(up));
            memcpy(down, scores, sizeof(down));
            up[k] += 1e-2F;
            down[k] -= 1e-2F;
            double width = (double)up[k] - (double)down[k];
            double slope =
                (loss_at(up, label, false) - loss_at(down, label, false)) / width;
            support_near((double)g[k], slope, 1e-4);
        }
    }
}

static void reward_gradient_is_the_slope_but_for_its_damping(void **state)
{
    struct fixture *f = *state;
    float scores[K], p[K], g[K], whole[K];
    uint32_t a = 2;
    hone_softmax_head_score(scores, f->bias, readable(f), f->x, K);
    hone_softmax(p, scores, K);
    hone_softmax_head_reward_gradient(g, p, f->enabled, K, K, a, 0.1F, 0.0F, 1.0F);
    double undamped = (1.0 - (double)p[a] + 0.05) / (1.0 - (double)p[a]);
    for (size_t k = 0; k < K; k++) {
        float up[K], down[K];
        memcpy(up, scores, sizeof(up));
        memcpy(down, scores, sizeof(down));
        up[k] += 1e-2F;
        down[k] -= 1e-2F;
        double width = (double)up[k] - (double)down[k];
        double slope = (loss_at(up, a, true) - loss_at(down, a, true)) / width;
        support_near((double)g[k] * (k == a ? 1.0 : undamped), slope, 1e-4);
    }
    hone_softmax_head_gradient(whole, p, f->enabled, K, K, a, 0.1F);
    hone_softmax_head_reward_gradient(g, p, f->enabled, K, K, a, 0.1F, 1.0F, 1.0F);
    assert_memory_equal(g, whole, sizeof(g));
}

static void a_step_moves_weights_by_hand_worked_numbers(void **state)
{
    (void)state;
    struct hone_row_table *table = hone_row_table_create(10, CAPACITY, 0.0F);
    struct hone_row *row = hone_row_table_edit(table, 1);
    uint32_t id = 1;
    float v = 2.0F, bias[2] = {0}, bias_g = 0.0F;
    const float g[2] = {0.6F, -0.8F}; /* gg = 1 */
    struct hone_encoder_vector x = {&id, &v, 1};
    hone_softmax_head_step(&row, bias, &bias_g, x, g, 2, 1.0F);
    support_near((double)row->g, 4.0, 1e-6);
    support_near((double)row->values[0], -0.6, 1e-6); /* 2 / sqrt(4) * 0.6 */
    support_near((double)row->values[1], 0.8, 1e-6);
    support_near((double)bias[0], -0.06, 1e-6);
    hone_softmax_head_step(&row, bias, &bias_g, x, g, 2, 0.5F);
    support_near((double)row->g, 8.0, 1e-6);
    support_near((double)row->values[0], -0.6 - 0.6 / sqrt(8.0), 1e-6);
    support_near((double)bias[1], 0.08 + 0.04 / sqrt(2.0), 1e-6);
    support_near((double)bias_g, 2.0, 1e-6);
    support_near((double)hone_softmax_head_rate(77), 0.877, 1e-3);
    hone_row_table_destroy(table);
}

static void disabled_labels_get_no_gradient(void **state)
{
    struct fixture *f = *state;
    float scores[K], g[K];
    f->enabled[1] = 0;
    hone_softmax_head_score(scores, f->bias, readable(f), f->x, K);
    hone_softmax_head_mask(scores, f->enabled, K);
    hone_softmax(g, scores, K);
    assert_true(g[1] == 0.0F);
    hone_softmax_head_gradient(g, g, f->enabled, K, K - 1, 0, 0.1F);
    assert_true(g[1] == 0.0F);
    support_near((double)(g[0] + g[2] + g[3] + g[4]), 0.0, 1e-6);
}

static void naive_bayes_agrees_with_the_formula(void **state)
{
    struct fixture *f = *state;
    double counts[N][K] = {{0}}, totals[K] = {0};
    float float_totals[K] = {0}, log_totals[K], scores[K];
    for (uint32_t step = 0; step < 20; step++) {
        uint32_t label = step * 3 % K;
        float weight = 0.5F + 0.25F * (float)(step % 3);
        float_totals[label] += hone_nb_head_learn(f->rows, CAPACITY, f->x, label, weight);
        for (size_t i = 0; i < N; i++) {
            counts[i][label] += (double)(weight * fabsf(f->values[i]));
            totals[label] += (double)(weight * fabsf(f->values[i]));
        }
    }
    for (size_t k = 0; k < K; k++) {
        log_totals[k] = hone_nb_head_log_total(float_totals[k]);
    }
    const struct hone_row *rows[N] = {f->rows[0], f->rows[1], NULL};
    hone_nb_head_score(scores, log_totals, rows, f->x, K);
    for (size_t k = 0; k < K; k++) {
        double expected = 0.0;
        for (size_t i = 0; i < N; i++) {
            double count = i < 2 ? counts[i][k] : 0.0;
            expected += (double)fabsf(f->values[i]) *
                        log((count + 0.01) / (totals[k] + 0.01 * 20000.0));
        }
        support_near((double)scores[k], expected, 1e-4);
    }
}

static void the_stack_moves_by_hand_worked_numbers(void **state)
{
    (void)state;
    struct hone_stack stack;
    hone_stack_init(&stack, 5);
    assert_true(stack.beta[0] == 0.1F && stack.beta[1] == 1.0F);
    hone_stack_init(&stack, 6);
    stack.beta[0] = 1.0F;
    stack.beta[1] = 0.01F;
    const float first[2] = {-1.0F, -2.0F}, second[2] = {-3.0F, -0.5F},
                p[2] = {0.25F, 0.75F};
    hone_stack_update(&stack, p, first, second, 2, 0);
    /* q = p . L - L_y: first -1.75 + 1 = -0.75, second -1.125 + 3 = 1.875 */
    support_near((double)stack.beta_g[0], 0.01 + 0.5625, 1e-6);
    support_near((double)stack.beta[0], 1.0 + 0.05 * 0.75 / sqrt(0.5725), 1e-6);
    support_near((double)stack.beta[1], 0.0, 0.0); /* held at 0 */
    const float far[2] = {-100.0F, 0.0F};
    hone_stack_update(&stack, p, far, second, 2, 0);
    support_near((double)stack.beta_g[0], 0.5725 + 25.0, 1e-4); /* clipped at 5 */
    float z[2];
    stack.beta[0] = 2.0F;
    stack.beta[1] = 1.0F;
    hone_stack_mix(z, &stack, first, second, 2, 0.0F);
    support_near((double)z[0], -3.0,
                 1e-6); /* the second head's weight goes to the first */
}

static void the_stack_follows_the_slope_of_its_loss(void **state)
{
    (void)state;
    struct hone_stack stack, other;
    const float first[3] = {-1.0F, -1.5F, -0.9F}, second[3] = {-0.5F, -2.0F, -1.3F};
    hone_stack_init(&stack, 10);
    for (size_t m = 0; m < HONE_STACK_HEADS; m++) {
        float z[3], p[3];
        double losses[2];
        for (size_t side = 0; side < 2; side++) {
            other = stack;
            other.beta[m] += side == 0 ? -1e-2F : 1e-2F;
            hone_stack_mix(z, &other, first, second, 3, 1.0F);
            hone_log_softmax(p, z, 3);
            losses[side] = -(double)p[1];
        }
        double slope = (losses[1] - losses[0]) / 2e-2;
        other = stack;
        hone_stack_mix(z, &other, first, second, 3, 1.0F);
        hone_softmax(p, z, 3);
        hone_stack_update(&other, p, first, second, 3, 1);
        double q = sqrt((double)other.beta_g[m] - 1e-2);
        support_near(q, fabs(slope), 1e-3);
        assert_true((other.beta[m] < stack.beta[m]) == (slope > 0.0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(softmax_scores_are_the_dense_product, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(gradients_agree_with_finite_differences, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(reward_gradient_is_the_slope_but_for_its_damping,
                                        set_up, tear_down),
        cmocka_unit_test(a_step_moves_weights_by_hand_worked_numbers),
        cmocka_unit_test_setup_teardown(disabled_labels_get_no_gradient, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(naive_bayes_agrees_with_the_formula, set_up,
                                        tear_down),
        cmocka_unit_test(the_stack_moves_by_hand_worked_numbers),
        cmocka_unit_test(the_stack_follows_the_slope_of_its_loss),
    };
    return cmocka_run_group_tests_name("heads", tests, NULL, NULL);
}
