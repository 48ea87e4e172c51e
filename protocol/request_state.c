/* The text is base64url of
 *
 *     1 byte    format, 1
 *     8 bytes   expiry, Unix milliseconds, little-endian
 *    32 bytes   SHA-256 of the principal
 *    32 bytes   SHA-256 of method, NUL and canonical params
 *     n bytes   payload, canonical JSON
 *    32 bytes   HMAC-SHA-256 of the purpose (with its NUL) and all of the above
 *
 * The purpose keeps a key that seals other things, too, from making states. */
#include "protocol/request_state.h"

#include "base/base64.h"
#include "schema/json.h"

#include <string.h>

#define FORMAT       1
#define DIGEST_BYTES sizeof(struct hone_digest)
#define HEAD_BYTES   (1 + 8 + 2 * DIGEST_BYTES)
#define EXPIRY_AT    1
#define WHO_AT       9
#define REQUEST_AT   (WHO_AT + DIGEST_BYTES)
#define SEALED_MAX   (HEAD_BYTES + HONE_REQUEST_STATE_PAYLOAD_MAX + DIGEST_BYTES)
/* Params came in a message, whose length the transport has limited. */
#define PARAMS_BYTES_MAX ((size_t)1 << 30)

static const char purpose[] = "hone request state";

_Static_assert((SEALED_MAX + 2) / 3 * 4 <= HONE_REQUEST_STATE_TEXT_MAX,
               "the largest payload has a text");

/* ---- the request ---- */

static int append_params(struct hone_buf *buf, const json_t *params)
{
    static const char *const changing[] = {"_meta", "inputResponses", "requestState"};
    if (params == NULL) {
        return hone_buf_append_text(buf, "{}"); /* absent and empty mean the same */
    }
    json_t *kept = json_copy((json_t *)(uintptr_t)params);
    if (kept == NULL) {
        return HONE_E_NOMEM;
    }
    for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++) {
        (void)json_object_del(kept, changing[i]);
    }
    int code = hone_json_append_canonical(buf, kept);
    json_decref(kept);
    return code;
}

static int digest_request(struct hone_digest *out,
                          const struct hone_request_state_scope *scope,
                          struct hone_error *err)
{
    struct hone_buf text;
    hone_buf_init(&text, PARAMS_BYTES_MAX);
    (void)hone_buf_append_span(&text, scope->method);
    (void)hone_buf_append_char(&text, '\0');
    int code = append_params(&text, scope->params);
    if (code == 0) {
        *out = hone_digest_of(hone_buf_span(&text));
    } else {
        (void)hone_error_set(err, code, "no memory to seal the request's state");
    }
    hone_buf_finish(&text);
    return code;
}

static struct hone_digest mac_of(const struct hone_secret_key *key,
                                 struct hone_span content, struct hone_buf *scratch)
{
    hone_buf_clear(scratch);
    (void)hone_buf_append(scratch, purpose, sizeof(purpose));
    (void)hone_buf_append_span(scratch, content);
    return hone_secret_mac(key, hone_buf_span(scratch));
}

/* ---- sealing ---- */

/* Everything up to the seal. */
static int append_content(struct hone_buf *sealed,
                          const struct hone_request_state_scope *scope,
                          int64_t expires_unix_ms, const json_t *payload,
                          struct hone_error *err)
{
    struct hone_digest request;
    struct hone_digest who = hone_digest_of(scope->principal);
    int code = digest_request(&request, scope, err);
    if (code != 0) {
        return code;
    }
    (void)hone_buf_append_char(sealed, FORMAT);
    (void)hone_buf_append_u64(sealed, (unsigned long long)expires_unix_ms);
    (void)hone_buf_append(sealed, who.bytes, sizeof(who.bytes));
    (void)hone_buf_append(sealed, request.bytes, sizeof(request.bytes));
    code = hone_json_append_canonical(sealed, payload);
    if (code != 0) {
        return hone_error_set(err, code, "the state of a request may have up to %d bytes",
                              HONE_REQUEST_STATE_PAYLOAD_MAX);
    }
    return 0;
}

int hone_request_state_seal(struct hone_buf *buf, const struct hone_secret_key *key,
                            const struct hone_request_state_scope *scope,
                            int64_t expires_unix_ms, const json_t *payload,
                            struct hone_error *err)
{
    struct hone_buf sealed, scratch;
    hone_buf_init(&sealed, SEALED_MAX - DIGEST_BYTES);
    hone_buf_init(&scratch, sizeof(purpose) + SEALED_MAX);
    int code = append_content(&sealed, scope, expires_unix_ms, payload, err);
    if (code == 0) {
        struct hone_digest mac = mac_of(key, hone_buf_span(&sealed), &scratch);
        sealed.ceiling = SEALED_MAX;
        (void)hone_buf_append(&sealed, mac.bytes, sizeof(mac.bytes));
        code = scratch.error != 0 ? scratch.error : sealed.error;
        if (code == 0) {
            code = hone_base64_append(buf, hone_buf_span(&sealed), HONE_BASE64_URL);
        }
        if (code != 0) {
            (void)hone_error_set(err, code, "no room for the request's state");
        }
    }
    hone_buf_finish(&scratch);
    hone_buf_finish(&sealed);
    return code;
}

/* ---- opening ---- */

static int refuse_form(struct hone_error *err)
{
    return hone_error_set(err, HONE_E_INVALID,
                          "requestState is not one that this server has made");
}

static struct hone_digest digest_at(struct hone_span sealed, size_t at)
{
    struct hone_digest digest;
    memcpy(digest.bytes, sealed.data + at, sizeof(digest.bytes));
    return digest;
}

static int64_t expiry_of(struct hone_span sealed)
{
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(value); i++) {
        value |= (uint64_t)(unsigned char)sealed.data[EXPIRY_AT + i] << (8 * i);
    }
    return (int64_t)value;
}

static int check_seal(const struct hone_secret_key *key, struct hone_span sealed,
                      struct hone_error *err)
{
    struct hone_buf scratch;
    hone_buf_init(&scratch, sizeof(purpose) + SEALED_MAX);
    size_t content_len = sealed.len - DIGEST_BYTES;
    struct hone_digest mac =
        mac_of(key, hone_span_of(sealed.data, content_len), &scratch);
    int code = scratch.error;
    hone_buf_finish(&scratch);
    if (code != 0) {
        return hone_error_set(err, code, "no memory to open requestState");
    }
    if (!hone_secret_equal(mac, digest_at(sealed, content_len))) {
        (void)hone_error_set(err, HONE_E_DENIED,
                             "requestState was changed, or sealed by another server");
        (void)hone_error_hint(err, "send it back as it came, or begin anew");
        return HONE_E_DENIED;
    }
    return 0;
}

/* Only after the seal: what stands in a state is true. */
static int check_scope(struct hone_span sealed,
                       const struct hone_request_state_scope *scope, int64_t now_unix_ms,
                       struct hone_error *err)
{
    struct hone_digest request;
    if (now_unix_ms >= expiry_of(sealed)) {
        (void)hone_error_set(err, HONE_E_DENIED, "requestState has expired");
        (void)hone_error_hint(err, "send the request anew, without requestState");
        return HONE_E_DENIED;
    }
    if (!hone_secret_equal(digest_at(sealed, WHO_AT), hone_digest_of(scope->principal))) {
        return hone_error_set(err, HONE_E_DENIED,
                              "requestState belongs to another principal");
    }
    int code = digest_request(&request, scope, err);
    if (code == 0 && !hone_secret_equal(digest_at(sealed, REQUEST_AT), request)) {
        (void)hone_error_set(err, HONE_E_DENIED, "requestState is for another request");
        (void)hone_error_hint(err, "retry with the same method and params");
        return HONE_E_DENIED;
    }
    return code;
}

static int open_sealed(json_t **payload, const struct hone_secret_key *key,
                       struct hone_span sealed,
                       const struct hone_request_state_scope *scope, int64_t now_unix_ms,
                       struct hone_error *err)
{
    if (sealed.len <= HEAD_BYTES + DIGEST_BYTES || sealed.data[0] != FORMAT) {
        return refuse_form(err);
    }
    int code = check_seal(key, sealed, err);
    if (code == 0) {
        code = check_scope(sealed, scope, now_unix_ms, err);
    }
    if (code == 0) {
        code = hone_json_parse(payload,
                               hone_span_of(sealed.data + HEAD_BYTES,
                                            sealed.len - HEAD_BYTES - DIGEST_BYTES),
                               err);
    }
    return code;
}

int hone_request_state_open(json_t **payload, const struct hone_secret_key *key,
                            struct hone_span text,
                            const struct hone_request_state_scope *scope,
                            int64_t now_unix_ms, struct hone_error *err)
{
    struct hone_buf sealed;
    if (text.len > HONE_REQUEST_STATE_TEXT_MAX) {
        return refuse_form(err);
    }
    hone_buf_init(&sealed, SEALED_MAX);
    int code = hone_base64_parse(&sealed, text, HONE_BASE64_URL);
    if (code == HONE_E_NOMEM) {
        (void)hone_error_set(err, code, "no memory to open requestState");
    } else if (code != 0) {
        code = refuse_form(err);
    } else {
        code = open_sealed(payload, key, hone_buf_span(&sealed), scope, now_unix_ms, err);
    }
    hone_buf_finish(&sealed);
    return code;
}
