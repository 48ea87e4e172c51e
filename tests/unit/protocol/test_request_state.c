#include "tests/support/support.h"

#include "protocol/request_state.h"
#include "schema/json.h"

#include <string.h>

#define NOW     INT64_C(1790000000000)
#define EXPIRES (NOW + 60000)
#define PARAMS  "{\"name\":\"triage\",\"arguments\":{\"text\":\"hi\",\"n\":1.5}}"

static const struct hone_secret_key key = {"a key for tests"};

static json_t *parse(const char *text)
{
    json_t *value = NULL;
    struct hone_error err;
    support_ok(hone_json_parse(&value, hone_span_text(text), &err), &err);
    return value;
}

/* The state of a tools/call by "ada" with PARAMS, good until EXPIRES. */
static void seal(struct hone_buf *text, const char *payload)
{
    json_t *params = parse(PARAMS), *value = parse(payload);
    struct hone_request_state_scope scope = {hone_span_text("ada"),
                                             hone_span_text("tools/call"), params};
    struct hone_error err;
    hone_buf_init(text, HONE_REQUEST_STATE_TEXT_MAX);
    support_ok(hone_request_state_seal(text, &key, &scope, EXPIRES, value, &err), &err);
    json_decref(params);
    json_decref(value);
}

/* A retry, in parts that a test may change. */
struct retry {
    const char *principal, *method, *params;
    int64_t now;
};

static const struct retry same = {"ada", "tools/call", PARAMS, NOW};

static int open_as(json_t **payload, struct hone_span text, const struct retry *retry,
                   struct hone_error *err)
{
    json_t *params = retry->params != NULL ? parse(retry->params) : NULL;
    struct hone_request_state_scope scope = {hone_span_text(retry->principal),
                                             hone_span_text(retry->method), params};
    int code = hone_request_state_open(payload, &key, text, &scope, retry->now, err);
    json_decref(params);
    return code;
}

static void check_opens(struct hone_span text, const struct retry *retry,
                        const char *payload)
{
    json_t *seen = NULL, *expected = parse(payload);
    struct hone_error err;
    support_ok(open_as(&seen, text, retry, &err), &err);
    assert_true(json_equal(seen, expected));
    json_decref(seen);
    json_decref(expected);
}

static void check_refused(struct hone_span text, const struct retry *retry, int code,
                          const char *message)
{
    json_t *seen = NULL;
    struct hone_error err = {0};
    int status = open_as(&seen, text, retry, &err);
    if (status != code || strstr(err.message, message) == NULL || seen != NULL) {
        fail_msg("%d: %s", status, err.message);
    }
}

static void gives_back_what_was_sealed(void **state)
{
    (void)state;
    static const char *const payloads[] = {"{\"step\":1,\"asked\":[\"a\",\"b\"]}", "{}",
                                           "null", "\"text\"", "17"};
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        struct hone_buf text;
        seal(&text, payloads[i]);
        check_opens(hone_buf_span(&text), &same, payloads[i]);
        hone_buf_finish(&text);
    }
}

static void a_retry_may_change_answers_meta_and_order(void **state)
{
    (void)state;
    struct hone_buf text;
    struct retry retry = same;
    seal(&text, "{\"step\":1}");
    retry.params = "{\"requestState\":\"x\",\"arguments\":{\"n\":1.5,\"text\":\"hi\"},"
                   "\"_meta\":{\"progressToken\":9},\"inputResponses\":{\"a\":{}},"
                   "\"name\":\"triage\"}";
    check_opens(hone_buf_span(&text), &retry, "{\"step\":1}");
    hone_buf_finish(&text);
}

static void absent_params_are_empty_params(void **state)
{
    (void)state;
    struct hone_request_state_scope scope = {hone_span_of(NULL, 0), hone_span_text("m"),
                                             NULL};
    struct hone_error err;
    struct hone_buf text;
    struct retry retry = {"", "m", "{\"_meta\":{}}", NOW};
    json_t *payload = json_object();
    hone_buf_init(&text, HONE_REQUEST_STATE_TEXT_MAX);
    support_ok(hone_request_state_seal(&text, &key, &scope, EXPIRES, payload, &err),
               &err);
    check_opens(hone_buf_span(&text), &retry, "{}");
    json_decref(payload);
    hone_buf_finish(&text);
}

static void is_good_for_one_request_of_one_principal(void **state)
{
    (void)state;
    struct hone_buf text;
    struct retry retry = same;
    seal(&text, "{}");
    retry.principal = "eve";
    check_refused(hone_buf_span(&text), &retry, HONE_E_DENIED, "another principal");
    retry = same;
    retry.method = "prompts/get";
    check_refused(hone_buf_span(&text), &retry, HONE_E_DENIED, "another request");
    static const char *const others[] = {
        "{\"name\":\"triage\",\"arguments\":{\"text\":\"ho\",\"n\":1.5}}",
        "{\"name\":\"triage\",\"arguments\":{\"text\":\"hi\",\"n\":1.5},\"more\":null}",
        "{\"name\":\"triage\"}", "{}", NULL};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        retry = same;
        retry.params = others[i];
        check_refused(hone_buf_span(&text), &retry, HONE_E_DENIED, "another request");
    }
    hone_buf_finish(&text);
}

static void expires(void **state)
{
    (void)state;
    struct hone_buf text;
    struct retry retry = same;
    seal(&text, "{}");
    retry.now = EXPIRES - 1;
    check_opens(hone_buf_span(&text), &retry, "{}");
    retry.now = EXPIRES;
    check_refused(hone_buf_span(&text), &retry, HONE_E_DENIED, "expired");
    hone_buf_finish(&text);
}

static void refuses_every_change(void **state)
{
    (void)state;
    struct hone_buf text;
    json_t *seen = NULL;
    struct hone_error err;
    seal(&text, "{\"admin\":false}");
    for (size_t i = 0; i < text.len; i++) {
        char before = text.data[i];
        text.data[i] = before == 'A' ? 'B' : 'A';
        int code = open_as(&seen, hone_buf_span(&text), &same, &err);
        assert_true(code == HONE_E_DENIED || code == HONE_E_INVALID);
        text.data[i] = before;
    }
    for (size_t len = 0; len < text.len; len++) {
        int code = open_as(&seen, hone_span_of(text.data, len), &same, &err);
        assert_true(code == HONE_E_DENIED || code == HONE_E_INVALID);
    }
    check_opens(hone_buf_span(&text), &same, "{\"admin\":false}");
    hone_buf_finish(&text);
}

static void refuses_another_key(void **state)
{
    (void)state;
    struct hone_secret_key other = hone_secret_make_key();
    json_t *params = parse(PARAMS), *seen = NULL;
    struct hone_request_state_scope scope = {hone_span_text("ada"),
                                             hone_span_text("tools/call"), params};
    struct hone_buf text;
    struct hone_error err;
    seal(&text, "{}");
    assert_int_equal(
        hone_request_state_open(&seen, &other, hone_buf_span(&text), &scope, NOW, &err),
        HONE_E_DENIED);
    assert_non_null(strstr(err.message, "changed"));
    json_decref(params);
    hone_buf_finish(&text);
}

static void refuses_what_is_no_state(void **state)
{
    (void)state;
    static char long_text[HONE_REQUEST_STATE_TEXT_MAX + 1];
    memset(long_text, 'A', sizeof(long_text));
    static const char *const texts[] = {"",     "x",    "tampered", "{}",
                                        "AAAA", "AQ==", "a b c"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        check_refused(hone_span_text(texts[i]), &same, HONE_E_INVALID, "not one");
    }
    check_refused(hone_span_of(long_text, sizeof(long_text)), &same, HONE_E_INVALID,
                  "not one");
    check_refused(hone_span_of(long_text, HONE_REQUEST_STATE_TEXT_MAX), &same,
                  HONE_E_INVALID, "not one");
    long_text[1] = 'Q'; /* format 1, and nothing true behind it */
    check_refused(hone_span_of(long_text, 1000), &same, HONE_E_DENIED, "changed");
}

static void holds_its_limit(void **state)
{
    (void)state;
    static char filler[HONE_REQUEST_STATE_PAYLOAD_MAX];
    struct hone_request_state_scope scope = {hone_span_text("ada"), hone_span_text("m"),
                                             NULL};
    struct hone_buf text;
    struct hone_error err;
    memset(filler, 'x', sizeof(filler));
    json_t *most = json_stringn(filler, sizeof(filler) - 2);
    json_t *more = json_stringn(filler, sizeof(filler) - 1);
    hone_buf_init(&text, HONE_REQUEST_STATE_TEXT_MAX);
    support_ok(hone_request_state_seal(&text, &key, &scope, EXPIRES, most, &err), &err);
    struct retry retry = {"ada", "m", NULL, NOW};
    json_t *seen = NULL;
    support_ok(open_as(&seen, hone_buf_span(&text), &retry, &err), &err);
    assert_true(json_equal(seen, most));
    hone_buf_clear(&text);
    assert_int_equal(hone_request_state_seal(&text, &key, &scope, EXPIRES, more, &err),
                     HONE_E_LIMIT);
    json_decref(seen);
    json_decref(most);
    json_decref(more);
    hone_buf_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_sealed),
        cmocka_unit_test(a_retry_may_change_answers_meta_and_order),
        cmocka_unit_test(absent_params_are_empty_params),
        cmocka_unit_test(is_good_for_one_request_of_one_principal),
        cmocka_unit_test(expires),
        cmocka_unit_test(refuses_every_change),
        cmocka_unit_test(refuses_another_key),
        cmocka_unit_test(refuses_what_is_no_state),
        cmocka_unit_test(holds_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
