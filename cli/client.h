/* A blocking client of a control socket: JSON-RPC 2.0, one message a line
 * (docs/control.md).
 *
 * Blocks: never on the loop. A client belongs to one thread. */
#ifndef HONE_CLI_CLIENT_H
#define HONE_CLI_CLIENT_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

#define HONE_CLIENT_ANSWER_BYTES_MAX (16 * 1024 * 1024)

struct hone_client;

/* A connected socket, to close() by the caller. HONE_E_NOT_FOUND: nobody listens there
 * (no socket, or one that its owner left behind). HONE_E_DENIED: the socket belongs to
 * another user. HONE_E_INVALID: path too long for a socket. */
int hone_client_dial(int *out, const char *path, struct hone_error *err) HONE_MUST_USE;

/* Errors as of hone_client_dial. */
int hone_client_connect(struct hone_client **out, const char *path,
                        struct hone_error *err) HONE_MUST_USE;
void hone_client_destroy(struct hone_client *client); /* accepts NULL */

/* One request and its answer; notifications that come between are passed over. *result is
 * a new reference. A JSON-RPC error becomes err (code from data.code, hint from
 * data.hint) with *answered true; failures of the connection (HONE_E_CLOSED, HONE_E_AGAIN
 * for the timeout, HONE_E_CORRUPT) leave it false, and the client is of no use
 * afterwards. params may be NULL. */
int hone_client_request(struct hone_client *client, const char *method,
                        const json_t *params, int timeout_ms, json_t **result,
                        bool *answered, struct hone_error *err) HONE_MUST_USE;

/* Fills err from a JSON-RPC error object; returns its code (HONE_E_INVALID for a name
 * that this build does not know). */
int hone_client_read_error(const json_t *error, struct hone_error *err);
/* The code for a name of hone_error_name; HONE_E_INVALID when there is none. */
int hone_client_code_of(const char *name);

#endif
