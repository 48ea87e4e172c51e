#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/command.h"
#include "schema/json.h"
#include "server/tokens.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 12

struct place {
    char *folder, *file;
    char *data, *talk; /* of the last run */
    int exit_code;
};

static void forget_run(struct place *place)
{
    free(place->data);
    free(place->talk);
    place->data = place->talk = NULL;
}

static int set_up(void **state)
{
    struct place *place = hone_alloc_zeroed(1, sizeof(*place));
    place->folder = support_make_folder();
    place->file = hone_alloc_format("%s/tokens", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    forget_run(place);
    support_remove_folder(place->folder);
    free(place->folder);
    free(place->file);
    free(place);
    return 0;
}

/* Runs "hone token WORDS OPTION VALUE", words cut at spaces. */
static void run_with(struct place *place, const char *words, const char *option,
                     char *value)
{
    size_t data_len = 0, talk_len = 0;
    char *line = hone_alloc_format("hone token %s %s", words, option);
    char *args[ARGS_MAX], *rest = NULL;
    int n_args = 0;
    for (char *word = strtok_r(line, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_true(n_args < ARGS_MAX - 1);
        args[n_args++] = word;
    }
    args[n_args++] = value;
    forget_run(place);
    FILE *data = open_memstream(&place->data, &data_len);
    FILE *talk = open_memstream(&place->talk, &talk_len);
    assert_true(data != NULL && talk != NULL);
    place->exit_code = hone_command_main(n_args, args, data, talk);
    (void)fclose(data);
    (void)fclose(talk);
    free(line);
}

static void run(struct place *place, const char *words)
{
    run_with(place, words, "--tokens", place->file);
}

static void expect(struct place *place, const char *words, int exit_code,
                   const char *talk)
{
    run(place, words);
    if (place->exit_code != exit_code || strstr(place->talk, talk) == NULL) {
        fail_msg("%s: exit %d, \"%s\"", words, place->exit_code, place->talk);
    }
}

static bool is_good(struct place *place, const char *token, const char *name)
{
    struct hone_tokens *tokens = NULL;
    struct hone_principal principal;
    struct hone_error err;
    support_ok(hone_tokens_load(&tokens, place->file, &err), &err);
    bool found = hone_tokens_find(&principal, tokens, hone_span_text(token));
    if (found) {
        assert_string_equal(principal.name, name);
    }
    hone_tokens_destroy(tokens);
    return found;
}

static void add_prints_the_token_alone_on_stdout(void **state)
{
    struct place *place = *state;
    expect(place, "add ci --role call,feedback", 0, "token of ci (call,feedback)");
    assert_int_equal(strlen(place->data), HONE_TOKENS_TEXT_LEN + 1);
    place->data[HONE_TOKENS_TEXT_LEN] = '\0';
    assert_true(is_good(place, place->data, "ci"));
    assert_null(strstr(place->talk, place->data));
}

static void revoke_ends_it(void **state)
{
    struct place *place = *state;
    char token[HONE_TOKENS_TEXT_LEN + 1];
    run(place, "add ci --role admin");
    memcpy(token, place->data, HONE_TOKENS_TEXT_LEN);
    token[HONE_TOKENS_TEXT_LEN] = '\0';
    assert_true(is_good(place, token, "ci"));
    expect(place, "revoke ci", 0, "");
    assert_string_equal("revoked ci\n", place->data);
    assert_false(is_good(place, token, "ci"));
    expect(place, "revoke ci", 7, "there is no token named \"ci\"");
}

static void list_shows_names_and_roles_but_no_secrets(void **state)
{
    struct place *place = *state;
    run(place, "add ci --role feedback,call");
    char *token = hone_alloc_bytes(place->data, HONE_TOKENS_TEXT_LEN);
    run(place, "add ops --role admin");
    expect(place, "list", 0, "");
    assert_non_null(strstr(place->data, "ci "));
    assert_non_null(strstr(place->data, "call,feedback"));
    assert_non_null(strstr(place->data, "ops "));
    assert_null(strstr(place->data, token));
    free(token);
}

static json_t *parse_data(struct place *place)
{
    json_t *document = NULL;
    struct hone_error err;
    support_ok(hone_json_parse(&document, hone_span_text(place->data), &err), &err);
    return document;
}

static void answers_are_documents_when_asked(void **state)
{
    struct place *place = *state;
    run(place, "add ci --role feedback,call --json");
    json_t *document = parse_data(place);
    assert_string_equal("ci", json_string_value(json_object_get(document, "name")));
    assert_int_equal(2, json_array_size(json_object_get(document, "roles")));
    assert_true(
        is_good(place, json_string_value(json_object_get(document, "token")), "ci"));
    json_decref(document);
    run(place, "list --json");
    document = parse_data(place);
    const json_t *tokens = json_object_get(document, "tokens");
    assert_int_equal(1, json_array_size(tokens));
    assert_int_equal(3, json_object_size(json_array_get(tokens, 0)));
    json_decref(document);
    run(place, "revoke ci --json");
    document = parse_data(place);
    assert_string_equal("ci", json_string_value(json_object_get(document, "revoked")));
    json_decref(document);
}

static void wrong_usage_says_what_is_right(void **state)
{
    struct place *place = *state;
    expect(place, "", 2, "usage: hone token add|list|revoke [NAME]");
    expect(place, "ad ci", 2, "did you mean \"add\"?");
    expect(place, "show", 2, "hone token cannot \"show\"");
    expect(place, "add", 2, "usage: ");
    expect(place, "revoke", 2, "usage: ");
    expect(place, "list ci", 2, "unexpected argument \"ci\"");
    expect(place, "add ci", 2, "hint: --role call");
    expect(place, "add ci --role root", 2, "\"root\" is no role");
    expect(place, "add ci/cd --role call", 2, "not \"ci/cd\"");
    expect(place, "list", 7, "hint: hone token add");
    assert_false(hone_file_exists(place->file));
    expect(place, "add ci --role call", 0, "");
    expect(place, "add ci --role call", 1, "there is a token named ci already");
    assert_string_equal("", place->data);
}

static void the_file_is_in_the_data_folder_by_default(void **state)
{
    struct place *place = *state;
    char *folder = hone_alloc_format("%s/new", place->folder);
    char *file = hone_alloc_format("%s/tokens", folder);
    run_with(place, "add ci --role call", "--data", folder);
    assert_int_equal(0, place->exit_code);
    assert_true(hone_file_exists(file));
    free(file);
    free(folder);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(add_prints_the_token_alone_on_stdout),
        TEST(revoke_ends_it),
        TEST(list_shows_names_and_roles_but_no_secrets),
        TEST(answers_are_documents_when_asked),
        TEST(wrong_usage_says_what_is_right),
        TEST(the_file_is_in_the_data_folder_by_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
