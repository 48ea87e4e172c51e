/* Who may send HTTP requests: the bearer tokens in force, read again when their file
 * changes. Without tokens everybody who reaches the server is "local". Thread: loop. */
#ifndef HONE_SERVER_HTTP_AUTH_H
#define HONE_SERVER_HTTP_AUTH_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "server/principal.h"

#include <stdbool.h>

struct hone_app;
struct hone_http_auth;

/* Reads the file that the configuration means (blocks: before serving). A file that is
 * named but not there is an error. */
int hone_http_auth_create(struct hone_http_auth **out, struct hone_app *app,
                          struct hone_error *err) HONE_MUST_USE;
/* Memory goes with the last close callback. Accepts NULL. */
void hone_http_auth_destroy(struct hone_http_auth *auth);

/* Is there at least one token, so that others may be let in from elsewhere? */
bool hone_http_auth_has_tokens(const struct hone_http_auth *auth);
/* Whose request is this, by its Authorization header? HONE_E_NOT_FOUND: it has none though
 * one is needed; HONE_E_INVALID: not a bearer token; HONE_E_DENIED: not one of ours. */
int hone_http_auth_check(const struct hone_http_auth *auth, struct hone_span header,
                         struct hone_principal *out) HONE_MUST_USE;
/* Would the principal of an earlier request still be let in? */
bool hone_http_auth_knows(const struct hone_http_auth *auth,
                          const struct hone_principal *principal) HONE_MUST_USE;
/* Looks whether the file has changed. Called now and then. */
void hone_http_auth_refresh(struct hone_http_auth *auth);

#endif
