/* fuzz: protocol - text that was not sealed with the key never opens; what was sealed opens
 * to the same value, and not with any one byte changed; a cursor that is taken is the only
 * text of its value. Input: a byte that says which character to change, then the text. */
#include "protocol/cursor.h"
#include "protocol/request_state.h"

#include "base/check.h"
#include "schema/json.h"

#include <stdint.h>
#include <string.h>

#define NOW     INT64_C(1000)
#define EXPIRES INT64_C(2000)
#define N_ITEMS 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct hone_secret_key key = {"fuzz"};

/* payload serves as the params, too. */
static void seal_and_open(const json_t *payload, size_t change_at)
{
    struct hone_request_state_scope scope = {hone_span_text("who"), hone_span_text("m"),
                                             json_is_object(payload) ? payload : NULL};
    struct hone_error err;
    struct hone_buf text;
    json_t *seen = NULL;
    hone_buf_init(&text, HONE_REQUEST_STATE_TEXT_MAX);
    int code = hone_request_state_seal(&text, &key, &scope, EXPIRES, payload, &err);
    if (code == 0) {
        struct hone_span whole = hone_buf_span(&text);
        HONE_INVARIANT(hone_request_state_open(&seen, &key, whole, &scope, NOW, &err) ==
                       0);
        HONE_INVARIANT(json_equal(seen, payload));
        char *at = text.data + change_at % text.len;
        *at = *at == 'A' ? 'B' : 'A';
        HONE_INVARIANT(hone_request_state_open(&seen, &key, whole, &scope, NOW, &err) !=
                       0);
    }
    json_decref(seen);
    hone_buf_finish(&text);
}

static void check_cursor(struct hone_span text)
{
    struct hone_digest content = hone_digest_of(hone_span_text("content"));
    struct hone_error err;
    size_t offset = 0;
    if (hone_cursor_parse(&offset, text, "list", content, N_ITEMS, &err) == 0) {
        char again[HONE_CURSOR_TEXT_LEN + 1];
        hone_cursor_format(again, "list", content, offset);
        HONE_INVARIANT(text.len == 0 || hone_span_is(text, again));
        HONE_INVARIANT(offset <= N_ITEMS);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_request_state_scope scope = {hone_span_text("who"), hone_span_text("m"),
                                             NULL};
    struct hone_error err;
    json_t *payload = NULL;
    if (size == 0) {
        return 0;
    }
    struct hone_span text = hone_span_of((const char *)data + 1, size - 1);
    HONE_INVARIANT(hone_request_state_open(&payload, &key, text, &scope, NOW, &err) != 0);
    check_cursor(text);
    if (hone_json_parse(&payload, text, &err) == 0) {
        seal_and_open(payload, data[0]);
        json_decref(payload);
    }
    return 0;
}
