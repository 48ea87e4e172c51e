#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "server/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HASH "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" /* of x */

struct place {
    char *folder, *path;
    struct hone_error err;
};

static int set_up(void **state)
{
    struct place *place = hone_alloc_zeroed(1, sizeof(*place));
    place->folder = support_make_folder();
    place->path = hone_alloc_format("%s/tokens", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    support_remove_folder(place->folder);
    free(place->folder);
    free(place->path);
    free(place);
    return 0;
}

static void add(struct place *place, const char *name, unsigned roles,
                char token[HONE_TOKENS_TEXT_LEN + 1])
{
    support_ok(hone_tokens_add(place->path, name, roles, token, &place->err),
               &place->err);
}

static struct hone_tokens *load(struct place *place)
{
    struct hone_tokens *tokens = NULL;
    support_ok(hone_tokens_load(&tokens, place->path, &place->err), &place->err);
    return tokens;
}

static bool find(const struct hone_tokens *tokens, const char *token, const char *name,
                 unsigned roles)
{
    struct hone_principal principal;
    if (!hone_tokens_find(&principal, tokens, hone_span_text(token))) {
        return false;
    }
    assert_string_equal(principal.name, name);
    assert_int_equal(principal.roles, roles);
    return true;
}

static void knows_whose_a_token_is(void **state)
{
    struct place *place = *state;
    char ci[HONE_TOKENS_TEXT_LEN + 1], ops[HONE_TOKENS_TEXT_LEN + 1];
    add(place, "ci", HONE_ROLE_CALL | HONE_ROLE_FEEDBACK, ci);
    add(place, "ops", HONE_ROLE_ADMIN, ops);
    assert_int_equal(strlen(ci), HONE_TOKENS_TEXT_LEN);
    assert_int_equal(strncmp(ci, "hone_", 5), 0);
    assert_string_not_equal(ci, ops);
    struct hone_tokens *tokens = load(place);
    assert_int_equal(hone_tokens_count(tokens), 2);
    assert_string_equal(hone_tokens_at(tokens, 0)->name, "ci");
    assert_true(find(tokens, ci, "ci", HONE_ROLE_CALL | HONE_ROLE_FEEDBACK));
    assert_true(find(tokens, ops, "ops", HONE_ROLE_ADMIN));
    assert_false(find(tokens, "", NULL, 0));
    assert_false(find(tokens, "hone_", NULL, 0));
    ci[10] = ci[10] == 'A' ? 'B' : 'A';
    assert_false(find(tokens, ci, NULL, 0));
    hone_tokens_destroy(tokens);
    hone_tokens_destroy(NULL);
}

static void the_file_is_private_and_holds_no_token(void **state)
{
    struct place *place = *state;
    char token[HONE_TOKENS_TEXT_LEN + 1];
    char *text = NULL;
    struct stat st;
    add(place, "ci", HONE_ROLE_CALL, token);
    assert_int_equal(stat(place->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    support_ok(hone_file_read(&text, NULL, place->path, 10000, &place->err), &place->err);
    assert_null(strstr(text, token));
    assert_null(strstr(text, token + 5));
    free(text);
}

static void refuses_a_file_that_others_can_open(void **state)
{
    struct place *place = *state;
    char token[HONE_TOKENS_TEXT_LEN + 1];
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0644, 0666, 0610};
    struct hone_tokens *tokens = NULL;
    add(place, "ci", HONE_ROLE_CALL, token);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(chmod(place->path, modes[i]), 0);
        assert_int_equal(hone_tokens_load(&tokens, place->path, &place->err),
                         HONE_E_DENIED);
        assert_non_null(strstr(place->err.hint, "chmod 600 "));
        assert_int_equal(
            hone_tokens_add(place->path, "b", HONE_ROLE_CALL, token, &place->err),
            HONE_E_DENIED);
        assert_int_equal(hone_tokens_revoke(place->path, "ci", &place->err),
                         HONE_E_DENIED);
    }
    assert_int_equal(chmod(place->path, 0400), 0);
    tokens = load(place);
    hone_tokens_destroy(tokens);
}

static void says_that_the_file_is_not_there(void **state)
{
    struct place *place = *state;
    struct hone_tokens *tokens = NULL;
    assert_int_equal(hone_tokens_load(&tokens, place->path, &place->err),
                     HONE_E_NOT_FOUND);
    assert_non_null(strstr(place->err.hint, "hone token add"));
    assert_int_equal(hone_tokens_revoke(place->path, "a", &place->err), HONE_E_NOT_FOUND);
}

static void a_name_has_one_token(void **state)
{
    struct place *place = *state;
    char token[HONE_TOKENS_TEXT_LEN + 1], other[HONE_TOKENS_TEXT_LEN + 1] = "kept";
    add(place, "ci", HONE_ROLE_CALL, token);
    assert_int_equal(
        hone_tokens_add(place->path, "ci", HONE_ROLE_ADMIN, other, &place->err),
        HONE_E_EXISTS);
    assert_string_equal(other, ""); /* a token that is not in force is not told */
    struct hone_tokens *tokens = load(place);
    assert_true(find(tokens, token, "ci", HONE_ROLE_CALL));
    hone_tokens_destroy(tokens);
}

static void revoking_ends_a_token(void **state)
{
    struct place *place = *state;
    char a[HONE_TOKENS_TEXT_LEN + 1], b[HONE_TOKENS_TEXT_LEN + 1];
    add(place, "a", HONE_ROLE_CALL, a);
    add(place, "b", HONE_ROLE_CALL, b);
    struct hone_tokens *tokens = load(place);
    assert_false(hone_tokens_has_changed(tokens));
    support_ok(hone_tokens_revoke(place->path, "a", &place->err), &place->err);
    assert_true(hone_tokens_has_changed(tokens));
    assert_true(find(tokens, a, "a", HONE_ROLE_CALL)); /* until it is read again */
    hone_tokens_destroy(tokens);
    tokens = load(place);
    assert_false(hone_tokens_has_changed(tokens));
    assert_false(find(tokens, a, NULL, 0));
    assert_true(find(tokens, b, "b", HONE_ROLE_CALL));
    assert_int_equal(hone_tokens_revoke(place->path, "a", &place->err), HONE_E_NOT_FOUND);
    hone_tokens_destroy(tokens);
}

static void refuses_what_is_no_file_of_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "f:1: the first line must be"},
        {"format 2\n", "f:1: the first line must be"},
        {"format 1\r\n", "f:1: the first line must be"},
        {"format 1\na call " HASH "\n", "f:2: a line is"},
        {"format 1\na call " HASH " now x\n", "f:2: a line is"},
        {"format 1\na call  " HASH " now\n", "f:2: a line is"},
        {"format 1\n# x\n\na call " HASH " now\na call " HASH " now\n",
         "f:5: there is a token named a already"},
        {"format 1\n-a call " HASH " now\n", "f:2: a name has"},
        {"format 1\nlocal call " HASH " now\n", "f:2: local is the name"},
        {"format 1\ntrain call " HASH " now\n", "f:2: train is the source"},
        {"format 1\na\xc3\xa9 call " HASH " now\n", "f:2: a name has"},
        {"format 1\na root " HASH " now\n", "f:2: \"root\" is no role"},
        {"format 1\na call,,admin " HASH " now\n", "f:2: \"\" is no role"},
        {"format 1\na call, " HASH " now\n", "f:2: \"\" is no role"},
        {"format 1\na  " HASH " now\n", "f:2: \"\" is no role"},
        {"format 1\na call 2d71 now\n", "f:2: the SHA-256"},
        {"format 1\na call " HASH "0 now\n", "f:2: the SHA-256"},
        {"format 1\na call " HASH " now\r\n", "f:2: this is no time"},
        {"format 1\na call " HASH " 2026-01-01T00:00:00.000Z-and-more-than-that\n",
         "f:2: this is no time"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hone_tokens *tokens = NULL;
        struct hone_error err = {0};
        int code = hone_tokens_parse(&tokens, hone_span_text(rows[i].text), "f", &err);
        if (code != HONE_E_INVALID ||
            strncmp(err.message, rows[i].message, strlen(rows[i].message)) != 0) {
            fail_msg("%s: %d, %s", rows[i].text, code, err.message);
        }
    }
}

static void reads_a_file_without_a_last_newline(void **state)
{
    struct hone_tokens *tokens = NULL;
    struct hone_error err;
    (void)state;
    support_ok(hone_tokens_parse(
                   &tokens, hone_span_text("format 1\n\n# b\nA.b-c_1 call " HASH " now"),
                   "f", &err),
               &err);
    assert_true(find(tokens, "x", "A.b-c_1", HONE_ROLE_CALL));
    hone_tokens_destroy(tokens);
}

static void refuses_bad_names(void **state)
{
    struct place *place = *state;
    char token[HONE_TOKENS_TEXT_LEN + 1];
    static const char *const names[] = {
        "",
        " ",
        "a b",
        "a\nb",
        "-a",
        ".a",
        "_a",
        "a/b",
        "a,b",
        "\xc3\xa9",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(
            hone_tokens_add(place->path, names[i], HONE_ROLE_CALL, token, &place->err),
            HONE_E_INVALID);
    }
    assert_false(hone_file_exists(place->path));
}

static void holds_its_limit(void **state)
{
    struct place *place = *state;
    char token[HONE_TOKENS_TEXT_LEN + 1];
    struct hone_buf text;
    hone_buf_init(&text, HONE_TOKENS_FILE_BYTES_MAX);
    hone_buf_append_text(&text, "format 1\n");
    for (int i = 0; i < HONE_TOKENS_MAX; i++) {
        hone_buf_append_format(&text, "t%d call " HASH " 2026-11-26T00:00:00.000Z\n", i);
    }
    support_ok(hone_file_write(place->path, hone_buf_span(&text), 0600, &place->err),
               &place->err);
    assert_int_equal(
        hone_tokens_add(place->path, "more", HONE_ROLE_CALL, token, &place->err),
        HONE_E_LIMIT);
    hone_buf_finish(&text);
}

static bool may(unsigned roles, unsigned role)
{
    const struct hone_principal principal = {.name = "a", .roles = roles};
    return hone_principal_may(&principal, role);
}

static void admin_includes_all_roles(void **state)
{
    (void)state;
    assert_true(may(HONE_ROLE_ADMIN, HONE_ROLE_CALL));
    assert_true(may(HONE_ROLE_ADMIN, HONE_ROLE_FEEDBACK));
    assert_true(may(HONE_ROLE_ADMIN, HONE_ROLE_ADMIN));
    assert_true(may(HONE_ROLE_CALL, HONE_ROLE_CALL));
    assert_false(may(HONE_ROLE_CALL, HONE_ROLE_FEEDBACK));
    assert_false(may(HONE_ROLE_FEEDBACK, HONE_ROLE_CALL));
    assert_false(may(HONE_ROLES_CLIENT, HONE_ROLE_ADMIN));
    assert_false(may(0, HONE_ROLE_CALL));
    assert_true(may(0, 0)); /* what is open to all */
}

static void reads_and_writes_sets_of_roles(void **state)
{
    (void)state;
    char text[HONE_TOKENS_ROLES_SIZE];
    unsigned roles = 0;
    struct hone_error err;
    support_ok(
        hone_tokens_parse_roles(&roles, hone_span_text("feedback,call,call"), &err),
        &err);
    hone_tokens_format_roles(text, roles);
    assert_string_equal(text, "call,feedback");
    hone_tokens_format_roles(text, 7);
    assert_string_equal(text, "admin,call,feedback");
    hone_tokens_format_roles(text, 0);
    assert_string_equal(text, "");
}

static void is_in_the_data_folder_unless_said_otherwise(void **state)
{
    (void)state;
    char data[] = "/data", tokens[] = "/etc/hone/tokens";
    struct hone_config config = {.data = data};
    char *path = hone_tokens_path(&config);
    assert_string_equal(path, "/data/tokens");
    free(path);
    config.http_tokens = tokens;
    path = hone_tokens_path(&config);
    assert_string_equal(path, "/etc/hone/tokens");
    free(path);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(knows_whose_a_token_is),
        TEST(the_file_is_private_and_holds_no_token),
        TEST(refuses_a_file_that_others_can_open),
        TEST(says_that_the_file_is_not_there),
        TEST(a_name_has_one_token),
        TEST(revoking_ends_a_token),
        TEST(refuses_what_is_no_file_of_tokens),
        TEST(reads_a_file_without_a_last_newline),
        TEST(refuses_bad_names),
        TEST(holds_its_limit),
        TEST(admin_includes_all_roles),
        TEST(reads_and_writes_sets_of_roles),
        TEST(is_in_the_data_folder_unless_said_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
