#include "tests/support/support.h"

#include "optim/bandit.h"

#include <math.h>
#include <string.h>

#define N 4

static const double utilities[N] = {0.2, 0.5, 0.4, 0.5};

static struct hone_bandit_config config_of(const char *text)
{
    struct hone_error err;
    struct hone_bandit_config config;
    assert_int_equal(hone_bandit_config_parse(&config, hone_span_text(text), &err), 0);
    return config;
}

static void fill(double *p, const char *policy, const double *u, const double *s,
                 size_t n, uint64_t n_rewards)
{
    struct hone_bandit_config config = config_of(policy);
    hone_bandit_probabilities(p, &config, u, s, n, n_rewards);
}

static void follows_hand_worked_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *policy;
        uint64_t n_rewards;
        double p[N];
    } cases[] = {
        {"none", 0, {0.0, 1.0, 0.0, 0.0}},
        {"greedy", 0, {0.0, 0.5, 0.0, 0.5}},
        {"uniform", 0, {0.25, 0.25, 0.25, 0.25}},
        {"epsilon:0.2", 0, {0.05, 0.45, 0.05, 0.45}},
        {"epsilon:0", 0, {0.0, 0.5, 0.0, 0.5}},
        /* 1 / (4 + 10 * gap): gaps .3, .1, 0 */
        {"squarecb:10", 0, {1.0 / 7, 1 - 1.0 / 7 - 1.0 / 5 - 1.0 / 4, 1.0 / 5, 1.0 / 4}},
        /* the same with gamma 5 sqrt(4) */
        {"squarecb:5", 3, {1.0 / 7, 1 - 1.0 / 7 - 1.0 / 5 - 1.0 / 4, 1.0 / 5, 1.0 / 4}},
    };
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        double p[N];
        fill(p, cases[c].policy, utilities, NULL, N, cases[c].n_rewards);
        for (size_t i = 0; i < N; i++) {
            if (fabs(p[i] - cases[c].p[i]) > 4.0 / HONE_BANDIT_TICKETS) {
                fail_msg("%s: p[%zu] is %.9f, not %.9f", cases[c].policy, i, p[i],
                         cases[c].p[i]);
            }
        }
    }
}

/* Two normals: P(A > B) = Phi((a - b) / sqrt(s^2 + t^2)). */
static void thompson_is_the_chance_to_be_the_best(void **state)
{
    (void)state;
    static const double pairs[][4] = {
        {0.5, 0.4, 0.1, 0.1}, {0.5, 0.4, 0.01, 0.3}, {0.9, 0.1, 0.2, 0.25}};
    for (size_t c = 0; c < sizeof(pairs) / sizeof(pairs[0]); c++) {
        const double *q = pairs[c];
        double p[2], spread = sqrt(q[2] * q[2] + q[3] * q[3]);
        fill(p, "thompson", q, q + 2, 2, 0);
        support_near(p[0], 0.5 * erfc(-(q[0] - q[1]) / spread / sqrt(2.0)), 2e-4);
    }
    double p[3], u[3] = {0.3, 0.3, 0.3}, s[3] = {0.1, 0.1, 0.1};
    fill(p, "thompson:2", u, s, 3, 0);
    support_near(p[0], 1.0 / 3.0, 1e-6);
}

static void probabilities_are_tickets_that_sum_to_one(void **state)
{
    (void)state;
    static const char *const names[] = {"none",     "greedy",   "uniform",     "epsilon",
                                        "squarecb", "thompson", "squarecb:1e6"};
    double u[HONE_BANDIT_OPTIONS_MAX], s[HONE_BANDIT_OPTIONS_MAX];
    double p[HONE_BANDIT_OPTIONS_MAX];
    for (size_t i = 0; i < HONE_BANDIT_OPTIONS_MAX; i++) {
        u[i] = (double)(i * 37 % 101) / 101.0;
        s[i] = 0.01 + (double)(i % 7) / 50.0;
    }
    for (size_t c = 0; c < sizeof(names) / sizeof(names[0]); c++) {
        for (size_t n = 1; n <= HONE_BANDIT_OPTIONS_MAX; n += 17) {
            double sum = 0.0;
            fill(p, names[c], u, s, n, 12345);
            for (size_t i = 0; i < n; i++) {
                assert_true(p[i] >= 0.0 && p[i] <= 1.0);
                double tickets = p[i] * HONE_BANDIT_TICKETS;
                assert_true(tickets == floor(tickets));
                assert_true((double)(float)p[i] == p[i]);
                sum += p[i];
            }
            assert_true(sum == 1.0);
        }
    }
}

static void draws_as_often_as_it_says(void **state)
{
    (void)state;
    double p[N];
    size_t counts[N] = {0}, n_draws = 200000;
    fill(p, "squarecb:30", utilities, NULL, N, 0);
    for (size_t i = 0; i < n_draws; i++) {
        size_t drawn = hone_bandit_draw(p, N, 7, i);
        assert_int_equal(drawn, hone_bandit_draw(p, N, 7, i));
        counts[drawn]++;
    }
    for (size_t i = 0; i < N; i++) {
        double se = sqrt(p[i] * (1.0 - p[i]) / (double)n_draws);
        support_near((double)counts[i] / (double)n_draws, p[i], 5.0 * se);
    }
}

static void an_option_without_a_chance_is_never_drawn(void **state)
{
    (void)state;
    double p[N];
    fill(p, "none", utilities, NULL, N, 0);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(hone_bandit_draw(p, N, 1, i), 1);
    }
}

static void utilities_that_are_not_finite_are_the_worst(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "greedy", "squarecb", "thompson"};
    double u[3] = {(double)NAN, 0.1, -(double)INFINITY}, s[3] = {(double)NAN, 0.1, 0.1},
           p[3];
    for (size_t c = 0; c < sizeof(names) / sizeof(names[0]); c++) {
        fill(p, names[c], u, s, 3, 0);
        assert_true(p[1] > 0.99);
    }
    double none[3] = {(double)NAN, (double)INFINITY, (double)NAN};
    fill(p, "greedy", none, s, 3, 0);
    support_near(p[2], 1.0 / 3.0, 1e-6);
    fill(p, "squarecb", none, s, 3, 0);
    support_near(p[2], 1.0 / 3.0, 1e-6);
    fill(p, "thompson", none, s, 3, 0);
    assert_true(p[0] > 0.0 && p[1] > 0.0 && p[2] > 0.0);
}

static void refuses_what_is_not_a_policy(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "is not a policy"},
        {"best", "'best' is not a policy"},
        {"greedy:1", "takes no number"},
        {"epsilon:", "must be a number from 0 and at most 1"},
        {"epsilon:1.1", "at most 1"},
        {"epsilon:nan", "must be a number"},
        {"squarecb:0", "above 0"},
        {"squarecb:1e9", "at most"},
        {"thompson:x", "must be a number"},
        {"thompson:0000000000000000000000000000000000001", "must be a number"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hone_error err;
        struct hone_bandit_config config;
        int code = hone_bandit_config_parse(&config, hone_span_text(cases[i].text), &err);
        assert_int_equal(code, HONE_E_INVALID);
        if (strstr(err.message, cases[i].message) == NULL) {
            fail_msg("%s: %s", cases[i].text, err.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_hand_worked_numbers),
        cmocka_unit_test(thompson_is_the_chance_to_be_the_best),
        cmocka_unit_test(probabilities_are_tickets_that_sum_to_one),
        cmocka_unit_test(draws_as_often_as_it_says),
        cmocka_unit_test(an_option_without_a_chance_is_never_drawn),
        cmocka_unit_test(utilities_that_are_not_finite_are_the_worst),
        cmocka_unit_test(refuses_what_is_not_a_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
