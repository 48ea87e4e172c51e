/* requestState: what the server must remember between asking a client for input and the
 * retry of the same request, kept by the client. Sealed (HMAC-SHA-256), not encrypted:
 * the client can read it and must not be able to change it, to keep it for longer than
 * it is good for, or to use it for another request or as somebody else.
 *
 * Bound to the principal, the method, and the params but for what a retry may change:
 * inputResponses, requestState and _meta. Until it expires a state may come back more
 * than once, as retries do: what must happen once needs a record of its own.
 * Thread: any. */
#ifndef HONE_PROTOCOL_REQUEST_STATE_H
#define HONE_PROTOCOL_REQUEST_STATE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/span.h"

#include <jansson.h>
#include <stdint.h>

#define HONE_REQUEST_STATE_PAYLOAD_MAX 16384 /* bytes of JSON */
#define HONE_REQUEST_STATE_TEXT_MAX    22016 /* of the largest payload, as text */

/* The request that the state belongs to. All borrowed. */
struct hone_request_state_scope {
    struct hone_span principal; /* who sends it; empty where nobody is told apart */
    struct hone_span method;
    const json_t *params; /* an object, or NULL */
};

/* Appends the text of a state that is good until expires_unix_ms. payload: any JSON.
 * HONE_E_LIMIT when it, or buf, is too small; HONE_E_NOMEM. */
int hone_request_state_seal(struct hone_buf *buf, const struct hone_secret_key *key,
                            const struct hone_request_state_scope *scope,
                            int64_t expires_unix_ms, const json_t *payload,
                            struct hone_error *err) HONE_MUST_USE;
/* *payload is a new reference. HONE_E_INVALID: not the form of a state. HONE_E_DENIED:
 * changed or sealed with another key, expired, of another principal, or for another
 * request; the message says which. HONE_E_NOMEM. */
int hone_request_state_open(json_t **payload, const struct hone_secret_key *key,
                            struct hone_span text,
                            const struct hone_request_state_scope *scope,
                            int64_t now_unix_ms, struct hone_error *err) HONE_MUST_USE;

#endif
