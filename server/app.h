/* The program as one object: loop, lanes, store, registry, sessions, transports.
 * Everything shared hangs off struct hone_app; several apps can live in one process.
 *
 * Thread: the one that runs the loop. */
#ifndef HONE_SERVER_APP_H
#define HONE_SERVER_APP_H

#include "base/attr.h"
#include "base/error.h"
#include "server/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_app;
struct hone_stdio_ends;

/* Opens the data folder, loads the skills, makes the lanes; nothing is listened on yet.
 * config is borrowed for the app's life. HONE_E_BUSY: another process owns the data
 * folder. With need_skills, having none at all is HONE_E_NOT_FOUND. */
int hone_app_create(struct hone_app **out, const struct hone_config *config,
                    bool need_skills, struct hone_error *err) HONE_MUST_USE;
/* Starts the transports that the configuration names, the control socket DATA/hone.sock
 * and the relays' socket DATA/mcp.sock. ends: in stdio mode, else not looked at. */
int hone_app_listen(struct hone_app *app, const struct hone_stdio_ends *ends,
                    struct hone_error *err) HONE_MUST_USE;
/* Runs until a signal, the end of stdin in stdio mode, or hone_app_stop; finishes what is
 * in flight. */
void hone_app_run(struct hone_app *app);
/* Asks the loop to stop: what is in flight gets stop_timeout_ms. Loop thread. */
void hone_app_stop(struct hone_app *app);
/* The same with less time; may follow hone_app_stop. */
void hone_app_stop_within(struct hone_app *app, uint64_t timeout_ms);
/* Accepts NULL. Stops first if needed; saves what must be saved. */
void hone_app_destroy(struct hone_app *app);

/* Runs the loop until every skill has learnt what its log held when this was called, for
 * commands that open the data folder themselves. HONE_E_AGAIN after timeout_ms. */
int hone_app_settle(struct hone_app *app, uint64_t timeout_ms,
                    struct hone_error *err) HONE_MUST_USE;

/* One request through the same code that sockets use, for commands that work on the data
 * folder itself when no server runs: runs the loop until the answer is there. *result is
 * a new reference: the JSON-RPC result, or on HONE_E_INVALID the error object. */
int hone_app_request(struct hone_app *app, const char *method, const json_t *params,
                     json_t **result, struct hone_error *err) HONE_MUST_USE;

/* URL of the MCP endpoint, "http://127.0.0.1:PORT/mcp", or NULL without HTTP. Borrowed.
 */
const char *hone_app_http_url(const struct hone_app *app);
/* Port of the socket that `tcp` asks for, 0 without one. */
uint16_t hone_app_tcp_port(const struct hone_app *app);
/* Path of the control socket for a data folder; free() it. */
char *hone_app_control_path(const char *data_folder);

#endif
