#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/match_head.h"
#include "tensor/kernels.h"

#include <math.h>

#define N 7

static void fill(float *scores, uint64_t seed)
{
    struct hone_rng rng = hone_rng_at(seed, 1);
    for (size_t c = 0; c < N; c++) {
        scores[c] = (float)hone_rng_below(&rng, 2000) / 500.0F - 2.0F;
    }
}

/* The loss as its definition says, in nats: a softmax over what each stage leaves. */
static double order_loss(const float *scores, size_t n, const uint32_t *order,
                         size_t n_order, double smoothing)
{
    bool placed[N] = {false};
    double loss = 0.0;
    for (size_t j = 0; j < n_order && j + 1 < n; j++) {
        double sum = 0.0, share = smoothing / (double)(n - j);
        for (size_t c = 0; c < n; c++) {
            sum += placed[c] ? 0.0 : exp((double)scores[c]);
        }
        for (size_t c = 0; c < n; c++) {
            double target = share + (c == order[j] ? 1.0 - smoothing : 0.0);
            loss += placed[c]
                        ? 0.0
                        : target * (log(sum) - (double)scores[c]) / log2((double)j + 2.0);
        }
        placed[order[j]] = true;
    }
    return loss;
}

static double loss_at(const float *scores, const uint32_t *order, size_t n_order,
                      size_t moved, float by)
{
    float changed[N];
    for (size_t c = 0; c < N; c++) {
        changed[c] = scores[c] + (c == moved ? by : 0.0F);
    }
    return order_loss(changed, N, order, n_order, (double)HONE_MATCH_HEAD_SMOOTHING);
}

static void check_gradient(const uint32_t *order, size_t n_order, uint64_t seed)
{
    const float step = 0.01F;
    float scores[N], g[N], work[N];
    fill(scores, seed);
    hone_match_head_order_gradient(g, scores, N, order, n_order,
                                   HONE_MATCH_HEAD_SMOOTHING, work);
    for (size_t c = 0; c < N; c++) {
        double slope = (loss_at(scores, order, n_order, c, step) -
                        loss_at(scores, order, n_order, c, -step)) /
                       (2.0 * (double)step);
        support_near((double)g[c], slope, 2e-4);
    }
}

static void order_gradient_is_that_of_the_loss(void **state)
{
    (void)state;
    static const uint32_t choice[] = {3}, partial[] = {5, 0, 2},
                          full[] = {6, 1, 4, 0, 2, 5, 3};
    for (uint64_t seed = 1; seed <= 5; seed++) {
        check_gradient(choice, 1, seed);
        check_gradient(partial, 3, seed);
        check_gradient(full, N, seed);
    }
}

/* Two equal candidates, one chosen: p = 1/2 each, targets .95 and .05. */
static void choice_is_worked_by_hand(void **state)
{
    (void)state;
    static const uint32_t first[] = {0};
    float scores[2] = {1.0F, 1.0F}, g[2], work[2];
    hone_match_head_order_gradient(g, scores, 2, first, 1, 0.1F, work);
    support_near((double)g[0], -0.45, 1e-6);
    support_near((double)g[1], 0.45, 1e-6);
    support_near(order_loss(scores, 2, first, 1, 0.1), log(2.0), 1e-6);
    support_near((double)hone_match_head_step(-0.45F, 1.0F), 0.9, 1e-6);
    support_near((double)hone_match_head_step(-0.45F, 100.0F), 9.0, 1e-5);
    assert_true(hone_match_head_step(0.0019F, 1.0F) == 0.0F);
}

/* Three equal candidates, the full order 2, 0, 1, no smoothing: stages 1/3 each, then 1/2
 * each with weight 1 / log2(3); the third has no choice left. */
static void full_order_is_worked_by_hand(void **state)
{
    (void)state;
    static const uint32_t order[] = {2, 0, 1};
    float scores[3] = {0.0F, 0.0F, 0.0F}, g[3], work[3];
    double second = 1.0 / log2(3.0);
    hone_match_head_order_gradient(g, scores, 3, order, 3, 0.0F, work);
    support_near((double)g[2], -2.0 / 3.0, 1e-6);
    support_near((double)g[0], 1.0 / 3.0 - second / 2.0, 1e-6);
    support_near((double)g[1], 1.0 / 3.0 + second / 2.0, 1e-6);
    support_near(order_loss(scores, 3, order, 3, 0.0), log(3.0) + second * log(2.0),
                 1e-6);
}

static void reward_one_is_a_choice_and_zero_pushes_down(void **state)
{
    (void)state;
    static const uint32_t order[] = {4};
    float scores[N], p[N], chosen[N], g[N], work[N];
    fill(scores, 9);
    hone_softmax(p, scores, N);
    hone_match_head_order_gradient(chosen, scores, N, order, 1, 0.1F, work);
    hone_match_head_reward_gradient(g, p, N, 4, 0.1F, 1.0F);
    for (size_t c = 0; c < N; c++) {
        support_near((double)g[c], (double)chosen[c], 1e-6);
    }
    hone_match_head_reward_gradient(g, p, N, 4, 0.1F, 0.0F);
    double q = (double)p[4] / (1.0 - (double)p[4] + 0.05);
    for (size_t c = 0; c < N; c++) {
        support_near((double)g[c], c == 4 ? (double)p[4] : -q * (double)p[c], 1e-6);
    }
}

static void tau_grows_with_the_logarithm(void **state)
{
    (void)state;
    support_near((double)hone_match_head_tau(4), 8.0, 1e-6);
    support_near((double)hone_match_head_tau(199), 4.0 * log(199.0), 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_gradient_is_that_of_the_loss),
        cmocka_unit_test(choice_is_worked_by_hand),
        cmocka_unit_test(full_order_is_worked_by_hand),
        cmocka_unit_test(reward_one_is_a_choice_and_zero_pushes_down),
        cmocka_unit_test(tau_grows_with_the_logarithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
