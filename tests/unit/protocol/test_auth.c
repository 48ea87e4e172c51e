#include "tests/support/support.h"

#include "protocol/auth.h"

#include <stdlib.h>
#include <string.h>

static void check(const char *header, int code, const char *token)
{
    struct hone_span seen = {0};
    int status = hone_auth_parse_bearer(&seen, hone_span_text(header));
    if (status != code || (code == 0 && !hone_span_is(seen, token))) {
        fail_msg("\"%s\": %d, \"%.*s\"", header, status, (int)seen.len, seen.data);
    }
}

static void finds_the_token(void **state)
{
    (void)state;
    check("Bearer abc", 0, "abc");
    check("bearer abc", 0, "abc");
    check("BEARER   abc", 0, "abc");
    check("Bearer a-._~+/9==", 0, "a-._~+/9==");
}

static void tells_other_schemes_from_malformed_ones(void **state)
{
    (void)state;
    check("", HONE_E_NOT_FOUND, NULL);
    check("Basic YTpi", HONE_E_NOT_FOUND, NULL);
    check("Bear abc", HONE_E_NOT_FOUND, NULL);
    check("Bearers abc", HONE_E_NOT_FOUND, NULL);
    check("Bearer", HONE_E_INVALID, NULL);
    check("Bearer ", HONE_E_INVALID, NULL);
    check("Bearer\tabc", HONE_E_INVALID, NULL);
    check("Bearer \tabc", HONE_E_INVALID, NULL);
    check("Bearer:abc", HONE_E_INVALID, NULL);
    check("Bearer abc ", HONE_E_INVALID, NULL);
    check("Bearer abc def", HONE_E_INVALID, NULL);
    check("Bearer abc,Bearer def", HONE_E_INVALID, NULL);
    check("Bearer token=\"abc\"", HONE_E_INVALID, NULL);
    check("Bearer =", HONE_E_INVALID, NULL);
    check("Bearer a=b", HONE_E_INVALID, NULL);
    check("Bearer \xc3\xa9", HONE_E_INVALID, NULL);
    struct hone_span token;
    assert_int_equal(hone_auth_parse_bearer(&token, hone_span_of("Bearer a\0b", 10)),
                     HONE_E_INVALID);
}

static void holds_its_limit(void **state)
{
    (void)state;
    char *header = malloc(HONE_AUTH_TOKEN_BYTES_MAX + 9);
    assert_non_null(header);
    memset(header, 'a', HONE_AUTH_TOKEN_BYTES_MAX + 9);
    memcpy(header, "Bearer ", 7);
    struct hone_span token;
    assert_int_equal(hone_auth_parse_bearer(
                         &token, hone_span_of(header, 7 + HONE_AUTH_TOKEN_BYTES_MAX)),
                     0);
    assert_int_equal(hone_auth_parse_bearer(
                         &token, hone_span_of(header, 8 + HONE_AUTH_TOKEN_BYTES_MAX)),
                     HONE_E_LIMIT);
    free(header);
}

static void writes_challenges(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 1000);
    hone_auth_write_challenge(&buf, &(struct hone_auth_challenge){0});
    assert_string_equal(buf.data, "Bearer");
    hone_buf_clear(&buf);
    hone_auth_write_challenge(&buf, &(struct hone_auth_challenge){
                                        .error = "insufficient_scope",
                                        .scope = "call feedback",
                                    });
    assert_string_equal(buf.data,
                        "Bearer error=\"insufficient_scope\", scope=\"call feedback\"");
    hone_buf_clear(&buf);
    hone_auth_write_challenge(&buf, &(struct hone_auth_challenge){
                                        .description = "a \"b\" \\ c\r\nX: \xc3\xa9"});
    assert_string_equal(buf.data, "Bearer error_description=\"a \\\"b\\\" \\\\ c  X: ?"
                                  "?\"");
    hone_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_token),
        cmocka_unit_test(tells_other_schemes_from_malformed_ones),
        cmocka_unit_test(holds_its_limit),
        cmocka_unit_test(writes_challenges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
