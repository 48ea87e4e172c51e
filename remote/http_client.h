/* A small blocking HTTP client: POST a body, get status and body back, over one
 * connection that is kept alive between requests. Only http and https, no redirects, no
 * cookies, no waiting for "100 Continue".
 *
 * Blocks: never on the loop. A client belongs to one thread. */
#ifndef HONE_REMOTE_HTTP_CLIENT_H
#define HONE_REMOTE_HTTP_CLIENT_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_HTTP_CLIENT_HEADERS_MAX      16
#define HONE_HTTP_CLIENT_CONTENT_TYPE_MAX 128

struct hone_http_client;

struct hone_http_client_options {
    long connect_timeout_ms;
    long timeout_ms;           /* for a whole request */
    size_t response_bytes_max; /* a longer body is HONE_E_LIMIT */
    bool direct;               /* never through a proxy, whatever the environment says */
};

struct hone_http_client_response {
    long status;
    /* "" when the server sent none */
    char content_type[HONE_HTTP_CLIENT_CONTENT_TYPE_MAX];
    char *body; /* NUL-terminated; owned */
    size_t body_len;
};

/* options are copied. HONE_E_NOMEM when the library cannot start, HONE_E_UNSUPPORTED when
 * it is not there. */
int hone_http_client_create(struct hone_http_client **out,
                            const struct hone_http_client_options *options,
                            struct hone_error *err) HONE_MUST_USE;
void hone_http_client_destroy(struct hone_http_client *client); /* accepts NULL */

/* headers are whole lines, "Name: value", at most HONE_HTTP_CLIENT_HEADERS_MAX. Any
 * status is a success here. HONE_E_CLOSED: the server cannot be reached or hung up;
 * HONE_E_AGAIN: no answer in time; HONE_E_LIMIT: body too long; HONE_E_INVALID: not a URL
 * for this client. */
int hone_http_client_post(struct hone_http_client *client, const char *url,
                          const char *const *headers, size_t n_headers,
                          struct hone_span body, struct hone_http_client_response *out,
                          struct hone_error *err) HONE_MUST_USE;
/* response may be zeroed memory. */
void hone_http_client_response_finish(struct hone_http_client_response *response);

#endif
