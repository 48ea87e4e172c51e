#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/command_help.h"
#include "schema/json.h"
#include "skills/trainer.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 12

/* What one run of the program printed and how it ended. */
struct run {
    char *data, *talk;
    int exit_code;
};

/* Runs "hone WORDS", words cut at spaces. */
static struct run run_words(const char *words)
{
    struct run run = {0};
    size_t data_len = 0;
    size_t talk_len = 0;
    char program[] = "hone";
    char *args[ARGS_MAX] = {program};
    int n_args = 1;
    char *copy = hone_alloc_text(words);
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_true(n_args < ARGS_MAX);
        args[n_args++] = word;
    }
    FILE *data = open_memstream(&run.data, &data_len);
    FILE *talk = open_memstream(&run.talk, &talk_len);
    assert_true(data != NULL && talk != NULL);
    run.exit_code = hone_command_main(n_args, args, data, talk);
    (void)fclose(data);
    (void)fclose(talk);
    free(copy);
    return run;
}

static void run_finish(struct run *run)
{
    free(run->data);
    free(run->talk);
}

static void expect(const char *words, int exit_code, const char *talk)
{
    struct run run = run_words(words);
    if (run.exit_code != exit_code || strstr(run.talk, talk) == NULL) {
        fail_msg("hone %s: exit %d, \"%s\"", words, run.exit_code, run.talk);
    }
    run_finish(&run);
}

static void table_is_sorted_and_complete(void **state)
{
    size_t n = 0;
    const struct hone_command *table = hone_command_table(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || strcmp(table[i - 1].name, table[i].name) < 0);
        assert_ptr_equal(&table[i], hone_command_find(table[i].name));
        for (size_t j = 1; j < table[i].n_options; j++) {
            assert_true(strcmp(table[i].options[j - 1].name, table[i].options[j].name) <
                        0);
        }
    }
    assert_null(hone_command_find("nothing"));
}

static void wrong_usage_is_exit_2_with_cause_and_fix(void **state)
{
    (void)state;
    expect("", 2, "Usage: hone COMMAND");
    expect("statu", 2,
           "error: unknown command \"statu\"\n  hint: did you mean \"status\"?\n");
    expect("qqqqqqq", 2, "hint: \"hone help\" lists the commands");
    expect("call --jsn", 2,
           "error: unknown option --jsn\n  hint: did you mean --json?\n");
    expect("call", 2, "hint: usage: hone call SKILL [JSON|TEXT|-]");
    expect("versions a b", 2, "error: unexpected argument \"b\"");
    expect("feedback id", 2, "error: the feedback says nothing");
    expect("feedback id --label a --choice b", 2,
           "only one of --label, --labels, --value");
    expect("feedback id --labels a,b --reward 1", 2, "only one of --label, --labels");
    expect("feedback id --value 1 --reward 1", 2,
           "only one of --label, --labels, --value");
    expect("feedback id --value much", 2, "--value");
    expect("feedback id --reward 2e9", 2, "--reward wants a number from");
    expect("rollback triage --to first", 2, "--to wants a whole number");
    expect("call triage {oops", 2, "error: the arguments are not a JSON object: ");
    expect("connect claud", 2, "hint: did you mean \"claude\"?");
    expect("help servr", 2, "hint: did you mean \"hone help serve\"?");
}

static void what_does_not_exist_is_exit_7(void **state)
{
    (void)state;
    expect("validate /nowhere/at/all", 7, "error: ");
    expect("demo --skills /nowhere/at/all --once", 7, "/nowhere/at/all");
    expect("demo nothing --skills /tmp --once", 7, "no skills folder has nothing/data");
}

static void error_is_one_json_document_when_asked(void **state)
{
    struct run run = run_words("call --json --nope");
    struct hone_error err;
    json_t *document = NULL;
    (void)state;
    assert_int_equal(2, run.exit_code);
    support_ok(hone_json_parse(&document, hone_span_text(run.data), &err), &err);
    const json_t *error = json_object_get(document, "error");
    assert_string_equal("invalid", json_string_value(json_object_get(error, "code")));
    assert_string_equal("unknown option --nope",
                        json_string_value(json_object_get(error, "message")));
    assert_int_equal(2, json_integer_value(json_object_get(error, "exit")));
    json_decref(document);
    run_finish(&run);
}

static void data_goes_to_stdout_and_nothing_else(void **state)
{
    struct run run = run_words("version");
    (void)state;
    assert_int_equal(0, run.exit_code);
    assert_string_equal("hone " HONE_VERSION "\n", run.data);
    assert_string_equal("", run.talk);
    run_finish(&run);
    run = run_words("--version --json");
    struct hone_error err;
    json_t *document = NULL;
    support_ok(hone_json_parse(&document, hone_span_text(run.data), &err), &err);
    assert_string_equal(HONE_VERSION,
                        json_string_value(json_object_get(document, "version")));
    json_decref(document);
    run_finish(&run);
}

static void help_names_every_command_and_option(void **state)
{
    size_t n = 0;
    const struct hone_command *table = hone_command_table(&n);
    struct run all = run_words("help");
    (void)state;
    assert_int_equal(0, all.exit_code);
    for (size_t i = 0; i < n; i++) {
        char *words = hone_alloc_format("%s --help", table[i].name);
        struct run one = run_words(words);
        assert_int_equal(0, one.exit_code);
        assert_non_null(strstr(all.data, table[i].name));
        assert_non_null(strstr(one.data, table[i].sentence));
        for (size_t j = 0; j < table[i].n_options; j++) {
            assert_non_null(strstr(one.data, table[i].options[j].sentence));
        }
        run_finish(&one);
        free(words);
    }
    run_finish(&all);
}

static void validate_shows_the_examples_as_good(void **state)
{
    char *examples = support_source_path("examples");
    char *words = hone_alloc_format("validate %s --json", examples);
    struct run run = run_words(words);
    struct hone_error err;
    json_t *document = NULL;
    (void)state;
    assert_int_equal(0, run.exit_code);
    support_ok(hone_json_parse(&document, hone_span_text(run.data), &err), &err);
    assert_true(json_array_size(json_object_get(document, "skills")) >= 2);
    assert_int_equal(0, json_array_size(json_object_get(document, "failures")));
    json_decref(document);
    run_finish(&run);
    free(words);
    free(examples);
}

static void validate_points_at_a_broken_package(void **state)
{
    char *root = support_make_folder();
    char *folder = hone_alloc_format("%s/broken", root);
    struct hone_error err;
    (void)state;
    support_ok(hone_file_make_folder(folder, 0700, &err), &err);
    support_write_file(folder, "SKILL.md",
                       "---\nname: broken\ndescription: Sorts.\n---\nText.\n");
    support_write_file(folder, "skill.yaml", "format: 1\nkind: clasify\n");
    char *words = hone_alloc_format("validate %s", folder);
    expect(words, 2, "skill.yaml:2");
    free(words);
    support_remove_folder(root);
    free(root);
    free(folder);
}

static void commands_work_on_a_data_folder_without_a_server(void **state)
{
    char *folder = support_make_folder();
    char *examples = support_source_path("examples");
    char *place = hone_alloc_format("--skills %s --data %s/data", examples, folder);
    char *words = hone_alloc_format("call triage {\"text\":\"refund\"} --json %s", place);
    struct hone_error err;
    json_t *answer = NULL;
    (void)state;
    struct run run = run_words(words);
    assert_int_equal(0, run.exit_code);
    support_ok(hone_json_parse(&answer, hone_span_text(run.data), &err), &err);
    run_finish(&run);
    free(words);
    words =
        hone_alloc_format("feedback %s --label refund --wait --json %s",
                          json_string_value(json_object_get(answer, "call_id")), place);
    run = run_words(words);
    assert_int_equal(0, run.exit_code);
    assert_non_null(strstr(run.data, "\"learned\": true"));
    run_finish(&run);
    free(words);
    words = hone_alloc_format("status triage --json %s", place);
    run = run_words(words);
    assert_int_equal(0, run.exit_code);
    assert_non_null(strstr(run.data, "\"learned_through\": 1"));
    run_finish(&run);
    free(words);
    words = hone_alloc_format("versions triag %s", place);
    expect(words, 7, "hint: did you mean triage?");
    free(words);
    json_decref(answer);
    free(place);
    free(examples);
    support_remove_folder(folder);
    free(folder);
}

/* A verdict on version 1 of triage, stored as the trainer words it. */
static void store_verdict(const char *folder)
{
    struct hone_store *store = NULL;
    struct hone_store_skill skill;
    struct hone_error err;
    uint64_t token = 0;
    int64_t now_ms = hone_clock_unix_ms();
    struct hone_gate_report report = {
        .verdict = HONE_GATE_INCONCLUSIVE, .n_pairs = 40, .mean_gain = 0.125};
    struct hone_buf evidence;
    json_t *body = hone_trainer_verdict_body(&report, 1, 0);
    hone_buf_init(&evidence, 4096);
    assert_int_equal(0, hone_json_append(&evidence, json_object_get(body, "report")));
    support_ok(hone_store_open(&store, folder, now_ms, &err), &err);
    support_ok(hone_store_begin(store, &err), &err);
    support_ok(hone_store_open_skill(store, hone_span_text("triage"),
                                     (struct hone_digest){{0}}, (struct hone_digest){{0}},
                                     now_ms, &skill, &err),
               &err);
    support_ok(hone_store_take_lease(store, skill.id, hone_span_text("test"),
                                     now_ms + 3600000, 1, &token, &err),
               &err);
    struct hone_store_version version = {.parent = skill.live_version,
                                         .status = HONE_STORE_INCONCLUSIVE,
                                         .package = skill.package,
                                         .created_unix_ms = now_ms,
                                         .evidence = hone_buf_span(&evidence)};
    struct hone_store_transition transition = {.skill_id = skill.id,
                                               .lease_token = token,
                                               .expected_live = skill.live_version,
                                               .new_version = &version,
                                               .live = skill.live_version,
                                               .time_unix_ms = now_ms,
                                               .actor = hone_span_text("gate"),
                                               .action = hone_span_text("inconclusive")};
    support_ok(hone_store_apply_transition(store, &transition, NULL, NULL, &err), &err);
    support_ok(hone_store_commit(store, &err), &err);
    hone_store_close(store);
    hone_buf_finish(&evidence);
    json_decref(body);
}

static void versions_tell_what_the_gate_saw(void **state)
{
    char *folder = support_make_folder();
    char *data = hone_alloc_format("%s/data", folder);
    char *examples = support_source_path("examples");
    char *words = hone_alloc_format(
        "call triage {\"text\":\"refund\"} --skills %s --data %s", examples, data);
    (void)state;
    struct run run = run_words(words);
    assert_int_equal(0, run.exit_code);
    run_finish(&run);
    free(words);
    store_verdict(data);
    words = hone_alloc_format("versions triage --skills %s --data %s", examples, data);
    run = run_words(words);
    assert_int_equal(0, run.exit_code);
    assert_non_null(strstr(run.data, "gain 0.125 nats on 40 pairs\n"));
    run_finish(&run);
    free(words);
    free(examples);
    free(data);
    support_remove_folder(folder);
    free(folder);
}

static void reference_is_what_the_table_says(void **state)
{
    struct hone_buf text;
    struct hone_error err;
    char *written = NULL;
    char *path = support_source_path("docs/cli.md");
    (void)state;
    hone_buf_init(&text, 1 << 20);
    hone_command_help_markdown(&text);
    support_ok(hone_file_read(&written, NULL, path, 1 << 20, &err), &err);
    /* To renew it: hone help --markdown >docs/cli.md */
    assert_string_equal(text.data, written);
    hone_buf_finish(&text);
    free(written);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sorted_and_complete),
        cmocka_unit_test(wrong_usage_is_exit_2_with_cause_and_fix),
        cmocka_unit_test(what_does_not_exist_is_exit_7),
        cmocka_unit_test(error_is_one_json_document_when_asked),
        cmocka_unit_test(data_goes_to_stdout_and_nothing_else),
        cmocka_unit_test(help_names_every_command_and_option),
        cmocka_unit_test(validate_shows_the_examples_as_good),
        cmocka_unit_test(validate_points_at_a_broken_package),
        cmocka_unit_test(commands_work_on_a_data_folder_without_a_server),
        cmocka_unit_test(versions_tell_what_the_gate_saw),
        cmocka_unit_test(reference_is_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
