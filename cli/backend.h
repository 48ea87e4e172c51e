/* What a command talks to: the server that owns the data folder or, when none runs, the
 * data folder itself, opened in this process. Both answer the same requests.
 *
 * Blocks. One thread. */
#ifndef HONE_CLI_BACKEND_H
#define HONE_CLI_BACKEND_H

#include "base/attr.h"
#include "base/error.h"
#include "cli/arguments.h"

#include <jansson.h>
#include <stdbool.h>

struct hone_backend;
struct hone_store;

int hone_backend_open(struct hone_backend **out, const struct hone_arguments *arguments,
                      struct hone_error *err) HONE_MUST_USE;
/* The same to look at a data folder that may be damaged: without a server the store alone
 * is opened (hone_backend_store), no skill, and requests are not possible. */
int hone_backend_open_to_check(struct hone_backend **out,
                               const struct hone_arguments *arguments,
                               struct hone_error *err) HONE_MUST_USE;
/* Borrowed; NULL when there is a server. */
struct hone_store *hone_backend_store(const struct hone_backend *backend);
void hone_backend_close(struct hone_backend *backend); /* accepts NULL */

/* Is there a server? */
bool hone_backend_is_remote(const struct hone_backend *backend);

/* How long requests that follow may take; a minute without this. */
void hone_backend_set_timeout(struct hone_backend *backend, int timeout_ms);
/* One request; *result is a new reference. params may be NULL. */
int hone_backend_request(struct hone_backend *backend, const char *method,
                         const json_t *params, json_t **result,
                         struct hone_error *err) HONE_MUST_USE;
/* tools/call; a result with isError becomes an error. *result is the
 * whole tool result. */
int hone_backend_call_tool(struct hone_backend *backend, const char *name,
                           const json_t *arguments, json_t **result,
                           struct hone_error *err) HONE_MUST_USE;
/* Does a tool's result say that the call failed? Then fills err from its text and _meta
 * and returns the code. */
int hone_backend_check_tool_result(const json_t *result, struct hone_error *err);
/* All text of a tool's result; free() it. */
char *hone_backend_tool_text(const json_t *result);

/* The exit code that fits the last failure: whether the server answered
 * makes the difference. */
int hone_backend_exit_code(const struct hone_backend *backend, int code);

#endif
