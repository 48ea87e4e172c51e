#include "tests/unit/skills/trainer_stream.h"

#include "schema/json.h"
#include "schema/schema.h"
#include "skills/kind.h"

#include <sys/stat.h>

struct fixture {
    struct hone_package *package;
    struct hone_trainer *trainer;
    struct hone_snapshot *snapshot;
    void *scratch;
    struct hone_arena arena;
};

static struct fixture *make_fixture(const char *name)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->package = stream_load_package(name);
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
    fixture->scratch = fixture->package->kind->make_scratch();
    hone_arena_init(&fixture->arena, 16 << 20);
    return fixture;
}

static void destroy_fixture(struct fixture *fixture)
{
    hone_arena_finish(&fixture->arena);
    fixture->package->kind->destroy_scratch(fixture->scratch);
    hone_snapshot_unref(fixture->snapshot);
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    free(fixture);
}

static int try_answer(struct fixture *fixture, const json_t *arguments,
                      struct hone_answer *out, struct hone_error *err)
{
    struct hone_call_input given = {.value = arguments};
    return fixture->package->kind->answer(fixture->package, fixture->snapshot->view,
                                          fixture->scratch, &given, &fixture->arena, out,
                                          err);
}

/* The structured answer to the arguments, which are given back. */
static json_t *answer_to(struct fixture *fixture, json_t *arguments,
                         struct hone_answer *out)
{
    struct hone_error err = {0};
    json_t *structured = NULL;
    support_ok(try_answer(fixture, arguments, out, &err), &err);
    support_ok(hone_json_parse(&structured, out->structured, &err), &err);
    json_decref(arguments);
    return structured;
}

static const char *place(const json_t *structured, size_t index)
{
    const json_t *order = json_object_get(structured, "order");
    return json_string_value(json_object_get(json_array_get(order, index), "candidate"));
}

static bool contains(struct hone_span text, const char *part)
{
    char *copy = hone_alloc_bytes(text.data, text.len);
    bool found = strstr(copy, part) != NULL;
    free(copy);
    return found;
}

static void fold(struct fixture *fixture, enum hone_feedback_kind kind, const char *value,
                 json_t *input, const char *output)
{
    struct hone_event event =
        stream_label(hone_trainer_position(fixture->trainer) + 1, input, value, output);
    event.feedback.kind = kind;
    stream_fold(fixture->trainer, &event);
    json_decref(input);
    hone_snapshot_unref(fixture->snapshot);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
}

static void held_candidates_are_ranked_by_words(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("../rank/rank-held");
    struct hone_answer answer;
    json_t *structured = answer_to(
        fixture, json_pack("{s:s}", "text", "certificates expires soon"), &answer);
    assert_string_equal(place(structured, 0), "renew-cert");
    assert_int_equal(json_array_size(json_object_get(structured, "order")), 4);
    assert_true(hone_span_is(answer.output, "renew-cert"));
    assert_true(contains(answer.text, "1. renew-cert (probability 0."));
    assert_true(contains(answer.text, ": Renew a TLS certificate before it expires."));
    assert_int_equal(answer.recorded.len, 0);
    double sum = 0.0;
    for (size_t i = 0; i < 4; i++) {
        const json_t *item = json_array_get(json_object_get(structured, "order"), i);
        sum += json_number_value(json_object_get(item, "probability"));
    }
    support_near(sum, 1.0, 4e-4);
    json_decref(structured);
    structured = answer_to(
        fixture, json_pack("{s:s, s:i}", "text", "roll back the deploy", "n", 1),
        &answer);
    assert_int_equal(json_array_size(json_object_get(structured, "order")), 1);
    assert_string_equal(place(structured, 0), "rollbackDeploy");
    json_decref(structured);
    destroy_fixture(fixture);
}

static void interface_fits_answers_and_arguments(void **state)
{
    (void)state;
    static const char *const names[] = {"../rank/rank-held", "../rank/rank-given"};
    for (size_t i = 0; i < 2; i++) {
        struct hone_error err = {0};
        struct hone_interface interface = {0};
        struct hone_schema *schema = NULL;
        struct hone_schema_fault fault;
        struct hone_answer answer;
        struct fixture *fixture = make_fixture(names[i]);
        support_ok(
            fixture->package->kind->make_interface(fixture->package, &interface, &err),
            &err);
        json_t *properties = json_object_get(interface.input_schema, "properties");
        assert_int_equal(json_object_get(properties, "candidates") != NULL, i == 1);
        assert_non_null(json_object_get(properties, "n"));
        json_t *arguments = i == 0 ? json_pack("{s:s}", "text", "disk")
                                   : json_pack("{s:s, s:[{s:s}]}", "query", "disk",
                                               "candidates", "id", "disk");
        json_t *structured = answer_to(fixture, arguments, &answer);
        support_ok(hone_schema_compile(&schema, interface.output_schema, &err), &err);
        support_ok(hone_schema_check(schema, structured, &fault, &err), &err);
        hone_schema_destroy(schema);
        json_decref(structured);
        hone_kind_interface_finish(&interface);
        destroy_fixture(fixture);
    }
}

static void learns_from_choices_orders_and_rewards(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("../rank/rank-held");
    struct hone_answer answer;
    fold(fixture, HONE_FEEDBACK_CHOICE, "CLEAR_DISK",
         json_pack("{s:s}", "text", "gremlins again"), "restart_db");
    json_t *structured =
        answer_to(fixture, json_pack("{s:s}", "text", "gremlins again"), &answer);
    assert_string_equal(place(structured, 0), "clear_disk");
    json_decref(structured);
    fold(fixture, HONE_FEEDBACK_ORDER, "rollbackDeploy\nrenew-cert\nrestart_db",
         json_pack("{s:s}", "text", "purple smoke"), "rollbackDeploy");
    structured = answer_to(fixture, json_pack("{s:s}", "text", "purple smoke"), &answer);
    assert_string_equal(place(structured, 0), "rollbackDeploy");
    assert_string_equal(place(structured, 1), "renew-cert");
    assert_string_equal(place(structured, 2), "restart_db");
    json_decref(structured);
    for (int i = 0; i < 5; i++) {
        fold(fixture, HONE_FEEDBACK_REWARD, "",
             json_pack("{s:s}", "text", "purple smoke"), "rollbackDeploy");
    }
    structured = answer_to(fixture, json_pack("{s:s}", "text", "purple smoke"), &answer);
    assert_string_not_equal(place(structured, 0), "rollbackDeploy");
    json_decref(structured);
    struct hone_trainer_progress progress = hone_trainer_progress(fixture->trainer);
    assert_int_equal(progress.n_labelled, 2);
    assert_int_equal(progress.n_right, 1); /* the order's first was the answer */
    assert_int_equal(progress.n_rewards, 5);
    destroy_fixture(fixture);
}

static json_t *given(const char *query, const char *first, const char *second)
{
    return json_pack("{s:s, s:[{s:s}, {s:s, s:s}]}", "query", query, "candidates", "id",
                     first, "id", second, "text", "anything at all");
}

static void expect_refusal(struct fixture *fixture, json_t *arguments, int code,
                           const char *message)
{
    struct hone_error err = {0};
    struct hone_answer answer;
    assert_int_equal(try_answer(fixture, arguments, &answer, &err), code);
    if (strstr(err.message, message) == NULL) {
        fail_msg("'%s' is not in '%s'", message, err.message);
    }
    json_decref(arguments);
}

static json_t *many(size_t n)
{
    json_t *candidates = json_array();
    for (size_t i = 0; i < n; i++) {
        char id[32], text[96];
        (void)snprintf(id, sizeof(id), "c%zu", i + 20000);
        (void)snprintf(text, sizeof(text), "a passage about thing%zu", i * 7);
        (void)json_array_append_new(candidates,
                                    json_pack("{s:s, s:s}", "id", id, "text", text));
    }
    return json_pack("{s:s, s:o}", "query", "thing700", "candidates", candidates);
}

static void bad_candidates_are_refused(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("../rank/rank-given");
    expect_refusal(fixture, json_pack("{s:s}", "query", "x"), HONE_E_INVALID,
                   "candidates is missing or empty");
    expect_refusal(fixture, json_pack("{s:s, s:[]}", "query", "x", "candidates"),
                   HONE_E_INVALID, "candidates is missing or empty");
    expect_refusal(fixture, given("x", "same", "same"), HONE_E_INVALID,
                   "candidates[1] 'same' is the same word as [0] 'same'");
    expect_refusal(fixture, given("x", "Same", "sAME"), HONE_E_INVALID,
                   "is the same word as");
    /* e with an accent, as one character and as two */
    expect_refusal(fixture, given("x", "caf\xC3\xA9", "cafe\xCC\x81"), HONE_E_INVALID,
                   "is the same word as");
    expect_refusal(fixture, given("x", "", "b"), HONE_E_INVALID, "candidates[0].id");
    expect_refusal(fixture, given("x", "a\nb", "b"), HONE_E_INVALID, "candidates[0].id");
    expect_refusal(fixture, many(HONE_PACKAGE_CANDIDATES_MAX + 1), HONE_E_LIMIT,
                   "10001 candidates are over the limit of 10000");
    destroy_fixture(fixture);
}

static void empty_query_and_missing_text_have_an_answer(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("../rank/rank-given");
    struct hone_answer answer;
    json_t *structured = answer_to(fixture, given("", "b", "a"), &answer);
    assert_true(answer.abstained);
    assert_string_equal(place(structured, 0), "b");
    assert_true(contains(answer.text, "the query has no word to go by"));
    json_decref(structured);
    structured = answer_to(fixture, given("reset password", "other", "x"), &answer);
    json_decref(structured);
    structured =
        answer_to(fixture, given("reset password", "x", "resetPassword"), &answer);
    assert_string_equal(place(structured, 0), "resetPassword");
    json_decref(structured);
    structured = answer_to(fixture,
                           json_pack("{s:s, s:[{s:s}, {s:s}]}", "query", "disk is full",
                                     "candidates", "id", "net", "id", "full-disk"),
                           &answer);
    assert_string_equal(place(structured, 0), "full-disk");
    json_decref(structured);
    destroy_fixture(fixture);
}

/* A call too long to be recorded keeps what it had best, and learns from that. */
static void ten_thousand_candidates_are_ranked_and_recorded(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("../rank/rank-given");
    struct hone_answer answer;
    json_t *structured = answer_to(fixture, many(HONE_PACKAGE_CANDIDATES_MAX), &answer);
    assert_string_equal(place(structured, 0), "c20100");
    assert_true(answer.recorded.len > 0 && answer.recorded.len <= 14 * 1024);
    json_t *record = NULL;
    support_ok(hone_json_parse(&record, answer.recorded, &err), &err);
    assert_true(hone_span_is(hone_json_text(record, "query"), "thing700"));
    const json_t *kept = json_object_get(record, "candidates");
    assert_true(json_array_size(kept) >= 50);
    assert_true(hone_span_is(hone_json_text(json_array_get(kept, 0), "id"), "c20100"));
    const char *second =
        json_string_value(json_object_get(json_array_get(kept, 1), "id"));
    char *choice = hone_alloc_text(second);
    for (int i = 0; i < 10; i++) {
        fold(fixture, HONE_FEEDBACK_CHOICE, choice, json_incref(record), "c20100");
    }
    json_decref(record);
    json_decref(structured);
    structured = answer_to(fixture, many(HONE_PACKAGE_CANDIDATES_MAX), &answer);
    assert_string_equal(place(structured, 0), choice);
    json_decref(structured);
    free(choice);
    destroy_fixture(fixture);
}

static void check(struct fixture *fixture, struct hone_feedback feedback, int code,
                  const char *text)
{
    struct hone_error err = {0};
    feedback.weight = 1.0;
    int got = fixture->package->kind->check_feedback(
        fixture->package, fixture->snapshot->view, &feedback, &err);
    assert_int_equal(got, code);
    if (code != 0 && strstr(err.message, text) == NULL &&
        strstr(err.hint, text) == NULL) {
        fail_msg("'%s' is not in '%s' or '%s'", text, err.message, err.hint);
    }
}

static struct hone_feedback saying(enum hone_feedback_kind kind, const char *value,
                                   const char *call_input)
{
    return (struct hone_feedback){.kind = kind,
                                  .value = hone_span_text(value),
                                  .call_input = hone_span_text(call_input)};
}

static void feedback_is_checked_against_the_candidates(void **state)
{
    (void)state;
    const char *input = "{\"query\":\"q\",\"candidates\":[{\"id\":\"north\"},"
                        "{\"id\":\"south\"}]}";
    struct fixture *held = make_fixture("../rank/rank-held");
    check(held, saying(HONE_FEEDBACK_CHOICE, "Restart_DB", ""), 0, "");
    check(held, saying(HONE_FEEDBACK_LABEL, "restart_db", ""), 0, "");
    check(held, saying(HONE_FEEDBACK_CHOICE, "restart_bd", ""), HONE_E_INVALID,
          "did you mean 'restart_db'?");
    check(held, saying(HONE_FEEDBACK_CHOICE, "", ""), HONE_E_INVALID, "is missing");
    check(held, saying(HONE_FEEDBACK_ORDER, "clear_disk\nrenew-cert", ""), 0, "");
    check(held, saying(HONE_FEEDBACK_ORDER, "clear_disk\nCLEAR_disk", ""), HONE_E_INVALID,
          "is in the order twice");
    check(held, saying(HONE_FEEDBACK_ORDER, "clear_disk\nnone", ""), HONE_E_INVALID,
          "'none' is not one of the 4 candidates of the skill");
    destroy_fixture(held);
    struct fixture *given_ones = make_fixture("../rank/rank-given");
    check(given_ones, saying(HONE_FEEDBACK_CHOICE, "south", input), 0, "");
    check(given_ones, saying(HONE_FEEDBACK_CHOICE, "sooth", input), HONE_E_INVALID,
          "did you mean 'south'?");
    check(given_ones, saying(HONE_FEEDBACK_CHOICE, "south", "{\"query\":\"q\"}"),
          HONE_E_INVALID, "only a reward or a comment is taken");
    destroy_fixture(given_ones);
    struct fixture *other = make_fixture("weather");
    check(other, saying(HONE_FEEDBACK_CHOICE, "rain", ""), HONE_E_INVALID,
          "say the right label with 'label'");
    destroy_fixture(other);
}

/* Feedback on candidates or inputs that are gone changes nothing. */
static void what_is_gone_is_passed_over(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("../rank/rank-held");
    fold(fixture, HONE_FEEDBACK_CHOICE, "long-gone", json_pack("{s:s}", "text", "x y"),
         "restart_db");
    fold(fixture, HONE_FEEDBACK_CHOICE, "restart_db", json_pack("{s:s}", "text", "?"),
         "restart_db");
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, 0);
    fold(fixture, HONE_FEEDBACK_ORDER, "long-gone\nclear_disk",
         json_pack("{s:s}", "text", "x y"), "restart_db");
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, 1);
    destroy_fixture(fixture);
}

static void teach(struct hone_trainer *trainer, uint64_t begin, uint64_t end)
{
    static const char *const ids[] = {"restart_db", "renew-cert", "clear_disk"};
    for (uint64_t i = begin; i < end; i++) {
        json_t *input = stream_input((unsigned)(i % 3), i);
        struct hone_event event =
            stream_label(i + 1, input, ids[i % 3], ids[(i / 2) % 3]);
        event.feedback.kind = i % 5 == 4 ? HONE_FEEDBACK_REWARD : HONE_FEEDBACK_CHOICE;
        event.feedback.reward = i % 3 == (i / 2) % 3 ? 1.0 : 0.0;
        stream_fold(trainer, &event);
        json_decref(input);
    }
}

/* Evidence grows and decides, and a trainer that is loaded goes on to the same bytes. */
static void gate_decides_and_resume_is_exact(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_gate_report report;
    uint64_t position = 0;
    char *folder = support_make_folder();
    char *anchor = hone_alloc_format("%s/v1", folder);
    char *checkpoint = hone_alloc_format("%s/c", folder);
    struct hone_package *package = stream_load_package("../rank/rank-held");
    struct hone_trainer *whole = NULL, *loaded = NULL;
    support_ok(hone_trainer_create(&whole, package, &err), &err);
    (void)stream_save(whole, HONE_TRAINER_ANCHOR, anchor);
    teach(whole, 0, 15);
    assert_int_equal(hone_trainer_evidence(whole)->n_pairs, 15);
    (void)stream_save(whole, HONE_TRAINER_SERVED, checkpoint);
    stream_check_head(checkpoint, whole);
    teach(whole, 15, 18);
    struct hone_digest expected = stream_digest(whole, folder);
    support_ok(hone_trainer_load(&loaded, package, 1, 0, anchor, checkpoint, &err), &err);
    teach(loaded, 15, 18);
    assert_true(hone_digest_equal(stream_digest(loaded, folder), expected));
    teach(loaded, 18, 60);
    assert_true(hone_trainer_due(loaded, &report, &position));
    assert_int_equal(report.verdict, HONE_GATE_PROMOTED);
    hone_trainer_destroy(whole);
    hone_trainer_destroy(loaded);
    hone_package_destroy(package);
    support_remove_folder(folder);
    free(anchor);
    free(checkpoint);
    free(folder);
}

static void expect_bad_package(const char *yaml, const char *message)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    char *folder = support_make_folder();
    char *inner = hone_alloc_format("%s/finder", folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    support_write_file(inner, "SKILL.md",
                       "---\nname: finder\ndescription: Finds.\n---\n");
    support_write_file(inner, "skill.yaml", yaml);
    assert_true(hone_package_load(&package, inner, &err) < 0);
    if (strstr(err.message, message) == NULL) {
        fail_msg("'%s' is not in '%s'", message, err.message);
    }
    support_remove_folder(folder);
    free(inner);
    free(folder);
}

static void bad_manifests_are_refused(void **state)
{
    (void)state;
    expect_bad_package(
        "format: 1\nkind: rank\ncandidates:\n  - {id: Ab}\n  - {id: aB}\n",
        "skill.yaml:5: the candidate 'aB' is the same word as 'Ab' (line 4)");
    expect_bad_package("format: 1\nkind: rank\ncandidates: []\n", "skill.yaml:3");
    expect_bad_package("format: 1\nkind: rank\ncandidates:\n  - {text: no id}\n", "id");
    expect_bad_package("format: 1\nkind: rank\nlabels: [a, b]\n",
                       "a rank skill has 'candidates'");
    expect_bad_package(
        "format: 1\nkind: classify\nlabels: [a, b]\ncandidates:\n  - {id: a}\n",
        "a classify skill has 'labels'");
    expect_bad_package("format: 1\nkind: rank\ninput: {n: {type: integer}}\n",
                       "'n' is an argument of every rank skill");
    expect_bad_package("format: 1\nkind: rank\noptions: {labels: open}\n",
                       "belong to a classify skill");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_candidates_are_ranked_by_words),
        cmocka_unit_test(interface_fits_answers_and_arguments),
        cmocka_unit_test(learns_from_choices_orders_and_rewards),
        cmocka_unit_test(bad_candidates_are_refused),
        cmocka_unit_test(empty_query_and_missing_text_have_an_answer),
        cmocka_unit_test(ten_thousand_candidates_are_ranked_and_recorded),
        cmocka_unit_test(feedback_is_checked_against_the_candidates),
        cmocka_unit_test(what_is_gone_is_passed_over),
        cmocka_unit_test(gate_decides_and_resume_is_exact),
        cmocka_unit_test(bad_manifests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
