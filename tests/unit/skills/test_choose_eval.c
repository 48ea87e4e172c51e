#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "schema/json.h"
#include "skills/choose_eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A package whose rewards go from 0 to 10 and whose option c costs 2 of them. */
static const char manifest[] =
    "format: 1\nkind: choose\ninput: {day: {type: string}}\n"
    "options: [a, b, {id: c, cost: 4}]\nreward: {min: 0, max: 10, cost_weight: 0.5}\n";

struct fixture {
    char *folder;
    struct hone_package *package;
};

static int set_up(void **state)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    char *path = hone_alloc_format("%s/demo", fixture->folder);
    assert_int_equal(mkdir(path, 0755), 0);
    support_write_file(path, "SKILL.md",
                       "---\nname: demo\ndescription: Picks one.\n---\n");
    support_write_file(path, "skill.yaml", manifest);
    support_ok(hone_package_load(&fixture->package, path, &err), &err);
    free(path);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    hone_package_destroy(fixture->package);
    support_remove_folder(fixture->folder);
    free(fixture->folder);
    free(fixture);
    return 0;
}

static struct hone_choose_eval *make_eval(const struct fixture *fixture,
                                          const char *policy)
{
    struct hone_error err = {0};
    struct hone_choose_eval *eval = NULL;
    support_ok(hone_choose_eval_create(&eval, fixture->package, hone_span_text(policy),
                                       HONE_OFF_POLICY_NORMAL, &err),
               &err);
    return eval;
}

static const char *const days[2] = {"monday", "sunday"};
static const char *const options[3] = {"a", "b", "c"};
/* Chance of a reward of 10, otherwise 0. */
static const double chances[2][3] = {{0.9, 0.2, 0.5}, {0.1, 0.8, 0.5}};
static const double logging[3] = {0.5, 0.25, 0.25};

/* Utility of an option, averaged over the days. */
static double truth(size_t option)
{
    return 5.0 * (chances[0][option] + chances[1][option]) - (option == 2 ? 2.0 : 0.0);
}

static double uniform(struct hone_rng *rng)
{
    return (double)(hone_rng_next(rng) >> 11) / 9007199254740992.0;
}

static void add_record(struct hone_choose_eval *eval, uint64_t position, size_t day,
                       const char *option, double reward, double propensity,
                       bool is_repeated)
{
    struct hone_error err = {0};
    json_t *input = json_pack("{s:s}", "day", days[day]);
    struct hone_event event = {
        .position = position,
        .kind = HONE_EVENT_FEEDBACK,
        .feedback = {.kind = HONE_FEEDBACK_REWARD, .reward = reward, .weight = 1.0},
        .input = input,
        .output = hone_span_text(option),
        .is_repeated = is_repeated};
    support_ok(hone_choose_eval_add(eval, &event, propensity, &err), &err);
    json_decref(input);
}

static void add_log(struct hone_choose_eval *eval, size_t n)
{
    struct hone_rng rng = hone_rng_at(11, 0);
    for (size_t i = 0; i < n; i++) {
        size_t day = uniform(&rng) < 0.5 ? 0 : 1;
        double ticket = uniform(&rng);
        size_t option = ticket < 0.5 ? 0 : ticket < 0.75 ? 1 : 2;
        double reward = uniform(&rng) < chances[day][option] ? 10.0 : 0.0;
        add_record(eval, i + 1, day, options[option], reward, logging[option], false);
    }
}

static double member(const json_t *report, const char *name, const char *part)
{
    return json_number_value(json_object_get(json_object_get(report, name), part));
}

#define N_RECORDS 700

static void assert_holds(const json_t *report, double value)
{
    static const char *const names[] = {"ips", "snips", "dr"};
    for (size_t i = 0; i < 3; i++) {
        double low = member(report, names[i], "low");
        double high = member(report, names[i], "high");
        if (!(low <= value && value <= high)) {
            fail_msg("%s: %g is not in [%g, %g]", names[i], value, low, high);
        }
    }
}

static void estimates_what_fixed_policies_earn(void **state)
{
    struct fixture *fixture = *state;
    static const char *const policies[] = {"always:a", "always:b", "always:c"};
    double mean = 0.0;
    for (size_t i = 0; i < 3; i++) {
        struct hone_choose_eval *eval = make_eval(fixture, policies[i]);
        add_log(eval, N_RECORDS);
        json_t *report = hone_choose_eval_report(eval);
        assert_holds(report, truth(i));
        assert_int_equal(json_integer_value(json_object_get(report, "records")),
                         N_RECORDS);
        json_decref(report);
        hone_choose_eval_destroy(eval);
        mean += truth(i) / 3.0;
    }
    struct hone_choose_eval *eval = make_eval(fixture, "uniform");
    add_log(eval, N_RECORDS);
    json_t *report = hone_choose_eval_report(eval);
    assert_holds(report, mean);
    json_decref(report);
    hone_choose_eval_destroy(eval);
}

static void a_policy_that_learns_earns_more(void **state)
{
    struct fixture *fixture = *state;
    struct hone_choose_eval *eval = make_eval(fixture, "greedy");
    add_log(eval, N_RECORDS);
    json_t *report = hone_choose_eval_report(eval);
    assert_true(member(report, "dr", "low") > member(report, "logged", "high"));
    assert_true(member(report, "dr", "low") > truth(0));
    /* The best there is: a on mondays, b on sundays. */
    assert_true(member(report, "dr", "value") < 8.5 + 0.7);
    json_decref(report);
    hone_choose_eval_destroy(eval);
}

static void passes_over_what_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_choose_eval *eval = make_eval(fixture, "uniform");
    add_record(eval, 1, 0, "gone", 10.0, 0.5, false); /* an option of another version */
    add_record(eval, 2, 0, "a", 10.0, 0.0, false);    /* an old log */
    add_record(eval, 3, 0, "a", (double)NAN, 0.5, false);
    add_record(eval, 4, 0, "a", 10.0, 0.5, false);
    add_record(eval, 5, 0, "a", 0.0, 0.5, true); /* told again */
    struct hone_event lost = {.position = 6,
                              .kind = HONE_EVENT_FEEDBACK,
                              .feedback = {.kind = HONE_FEEDBACK_REWARD, .weight = 1.0},
                              .output = hone_span_text("a")};
    support_ok(hone_choose_eval_add(eval, &lost, 0.5, &err), &err);
    json_t *report = hone_choose_eval_report(eval);
    assert_int_equal(json_integer_value(json_object_get(report, "records")), 1);
    assert_int_equal(json_integer_value(json_object_get(report, "passed_over")), 4);
    json_decref(report);
    hone_choose_eval_destroy(eval);
}

static void refuses_what_is_not_a_policy(void **state)
{
    struct fixture *fixture = *state;
    static const char *const policies[] = {"", "best", "always:", "always:d", "greedy:2"};
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        struct hone_error err = {0};
        struct hone_choose_eval *eval = NULL;
        assert_int_equal(hone_choose_eval_create(&eval, fixture->package,
                                                 hone_span_text(policies[i]),
                                                 HONE_OFF_POLICY_NORMAL, &err),
                         HONE_E_INVALID);
        assert_null(eval);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_what_fixed_policies_earn),
        cmocka_unit_test(a_policy_that_learns_earns_more),
        cmocka_unit_test(passes_over_what_says_nothing),
        cmocka_unit_test(refuses_what_is_not_a_policy),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
