#include "tests/support/support.h"

#include "cli/arguments.h"

#include <stdio.h>
#include <string.h>

static const struct hone_arguments_option options[] = {
    {"label", "LABEL", "a text"},
    {"reward", "NUMBER", "a number"},
    {"wait", NULL, "a flag"},
};

#define N_OPTIONS   (sizeof options / sizeof *options)
#define N_OF(array) ((int)(sizeof(array) / sizeof *(array)))

/* A command line, cut at spaces; what is parsed borrows from it. */
struct line {
    char text[256];
    char *words[16];
    int n;
};

static int parse(struct hone_arguments *out, enum hone_arguments_settings settings,
                 struct line *line, const char *text, struct hone_error *err)
{
    char *rest = NULL;
    line->n = 0;
    (void)snprintf(line->text, sizeof line->text, "%s", text);
    for (char *word = strtok_r(line->text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        line->words[line->n++] = word;
    }
    return hone_arguments_parse(out, options, N_OPTIONS, settings, line->n, line->words,
                                err);
}

static void reads_values_flags_and_words(void **state)
{
    struct hone_arguments arguments;
    struct line line;
    struct hone_error err;
    double reward = 0;
    (void)state;
    support_ok(parse(&arguments, HONE_ARGUMENTS_PLACE, &line,
                     "id --label=refund --wait --reward 0.5 - --json", &err),
               &err);
    assert_string_equal("refund", hone_arguments_value(&arguments, "label"));
    assert_true(hone_arguments_flag(&arguments, "wait"));
    assert_int_equal(1, hone_arguments_number(&reward, &arguments, "reward", 0, 1, &err));
    support_near(0.5, reward, 0);
    assert_int_equal(2, arguments.n_words);
    assert_string_equal("id", arguments.words[0]);
    assert_string_equal("-", arguments.words[1]);
    assert_true(arguments.json);
    assert_false(arguments.help);
    hone_arguments_finish(&arguments);
}

static void takes_all_as_words_after_two_dashes(void **state)
{
    struct hone_arguments arguments;
    struct line line;
    struct hone_error err;
    (void)state;
    support_ok(parse(&arguments, HONE_ARGUMENTS_PLACE, &line, "-- --label -x", &err),
               &err);
    assert_int_equal(2, arguments.n_words);
    assert_string_equal("--label", arguments.words[0]);
    assert_null(hone_arguments_value(&arguments, "label"));
    hone_arguments_finish(&arguments);
}

static void hands_settings_on_with_their_values(void **state)
{
    struct hone_arguments arguments;
    struct line line;
    struct hone_error err;
    (void)state;
    support_ok(parse(&arguments, HONE_ARGUMENTS_PLACE, &line,
                     "--data --odd-name word --skills=here", &err),
               &err);
    assert_int_equal(3, arguments.n_settings);
    assert_string_equal("--data", arguments.settings[0]);
    assert_string_equal("--odd-name", arguments.settings[1]);
    assert_string_equal("--skills=here", arguments.settings[2]);
    assert_int_equal(1, arguments.n_words);
    hone_arguments_finish(&arguments);
}

static void refuses_settings_that_the_command_does_not_take(void **state)
{
    struct hone_arguments arguments;
    struct line line;
    struct hone_error err;
    (void)state;
    assert_int_equal(HONE_E_INVALID,
                     parse(&arguments, HONE_ARGUMENTS_PLACE, &line, "--stdio", &err));
    support_ok(parse(&arguments, HONE_ARGUMENTS_ALL_SETTINGS, &line, "--stdio", &err),
               &err);
    assert_int_equal(1, arguments.n_settings);
    hone_arguments_finish(&arguments);
}

static void names_the_nearest_option(void **state)
{
    static const struct {
        const char *word;
        const char *hint;
    } cases[] = {
        {"--lable", "did you mean --label?"},
        {"--lable=refund", "did you mean --label?"},
        {"--skils", "did you mean --skills?"},
        {"--jsno", "did you mean --json?"},
        {"--zzzzzzzzzz", "--help lists the options"},
    };
    (void)state;
    for (int i = 0; i < N_OF(cases); i++) {
        struct hone_arguments arguments;
        struct line line;
        struct hone_error err;
        assert_int_equal(HONE_E_INVALID, parse(&arguments, HONE_ARGUMENTS_PLACE, &line,
                                               cases[i].word, &err));
        assert_string_equal(cases[i].hint, err.hint);
    }
}

static void refuses_what_makes_no_sense(void **state)
{
    struct hone_arguments arguments;
    struct line line;
    struct hone_error err;
    (void)state;
    assert_int_equal(HONE_E_INVALID,
                     parse(&arguments, HONE_ARGUMENTS_PLACE, &line, "--label", &err));
    assert_non_null(strstr(err.message, "LABEL"));
    assert_int_equal(HONE_E_INVALID,
                     parse(&arguments, HONE_ARGUMENTS_PLACE, &line, "--data", &err));
    assert_int_equal(HONE_E_INVALID, parse(&arguments, HONE_ARGUMENTS_PLACE, &line,
                                           "--label a --label b", &err));
    assert_int_equal(HONE_E_INVALID,
                     parse(&arguments, HONE_ARGUMENTS_PLACE, &line, "--wait=yes", &err));
    assert_int_equal(HONE_E_INVALID,
                     parse(&arguments, HONE_ARGUMENTS_PLACE, &line, "-q", &err));
}

static void refuses_numbers_outside_their_range(void **state)
{
    static const char *const wrong[] = {"--reward=1.5", "--reward=-0.1", "--reward=nan",
                                        "--reward=inf", "--reward=",     "--reward=0.5x"};
    (void)state;
    for (int i = 0; i < N_OF(wrong); i++) {
        struct hone_arguments arguments;
        struct line line;
        struct hone_error err;
        double value = 7;
        support_ok(parse(&arguments, HONE_ARGUMENTS_PLACE, &line, wrong[i], &err), &err);
        assert_int_equal(HONE_E_INVALID,
                         hone_arguments_number(&value, &arguments, "reward", 0, 1, &err));
        support_near(7, value, 0);
        hone_arguments_finish(&arguments);
    }
}

static void refuses_numbers_that_are_not_whole(void **state)
{
    static const char *const wrong[] = {"--reward=1.5", "--reward=0",
                                        "--reward=99999999999999999999999", "--reward=x",
                                        "--reward=10"};
    (void)state;
    for (int i = 0; i < N_OF(wrong); i++) {
        struct hone_arguments arguments;
        struct line line;
        struct hone_error err;
        long value = 7;
        support_ok(parse(&arguments, HONE_ARGUMENTS_PLACE, &line, wrong[i], &err), &err);
        assert_int_equal(HONE_E_INVALID, hone_arguments_integer(&value, &arguments,
                                                                "reward", 1, 9, &err));
        assert_int_equal(7, value);
        hone_arguments_finish(&arguments);
    }
}

static void counts_plain_words(void **state)
{
    struct hone_arguments arguments;
    struct line line;
    struct hone_error err;
    (void)state;
    support_ok(parse(&arguments, HONE_ARGUMENTS_PLACE, &line, "a b", &err), &err);
    support_ok(hone_arguments_check_words(&arguments, 1, 2, "hone x A [B]", &err), &err);
    assert_int_equal(HONE_E_INVALID,
                     hone_arguments_check_words(&arguments, 3, 4, "hone x", &err));
    assert_int_equal(HONE_E_INVALID,
                     hone_arguments_check_words(&arguments, 0, 1, "hone x [A]", &err));
    assert_string_equal("unexpected argument \"b\"", err.message);
    assert_string_equal("usage: hone x [A]", err.hint);
    hone_arguments_finish(&arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_values_flags_and_words),
        cmocka_unit_test(takes_all_as_words_after_two_dashes),
        cmocka_unit_test(hands_settings_on_with_their_values),
        cmocka_unit_test(refuses_settings_that_the_command_does_not_take),
        cmocka_unit_test(names_the_nearest_option),
        cmocka_unit_test(refuses_what_makes_no_sense),
        cmocka_unit_test(refuses_numbers_outside_their_range),
        cmocka_unit_test(refuses_numbers_that_are_not_whole),
        cmocka_unit_test(counts_plain_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
