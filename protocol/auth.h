/* Who may: the Authorization header of bearer tokens (RFC 6750), the answer to those that
 * lack one. Texts only; which tokens are good is server/tokens.h's business. Thread: any. */
#ifndef HONE_PROTOCOL_AUTH_H
#define HONE_PROTOCOL_AUTH_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <stddef.h>

#define HONE_AUTH_TOKEN_BYTES_MAX 4096

/* The token of "Bearer TOKEN": the scheme in any case, spaces, exactly one token68. *token
 * is borrowed from header. HONE_E_NOT_FOUND: no header, or another scheme;
 * HONE_E_INVALID: not of that form; HONE_E_LIMIT: longer than HONE_AUTH_TOKEN_BYTES_MAX. */
int hone_auth_parse_bearer(struct hone_span *token,
                           struct hone_span header) HONE_MUST_USE;

/* The parts of a challenge, each borrowed, or NULL to leave it out. */
struct hone_auth_challenge {
    const char *error; /* "invalid_token", "insufficient_scope" or "invalid_request"; NULL
                          when no token came */
    const char *description; /* one sentence */
    const char *scope;       /* what would be enough, separated by spaces */
};

/* Appends a value for WWW-Authenticate; returns buf->error. Control characters become
 * spaces and bytes that are not ASCII become '?'. */
int hone_auth_write_challenge(struct hone_buf *buf,
                              const struct hone_auth_challenge *challenge);

#endif
