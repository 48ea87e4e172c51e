/* The owner's end of relays: DATA/mcp.sock, where `hone serve --stdio` processes of the
 * same user pass their clients' messages on. Its sessions are ordinary clients: the
 * hone/... methods of the control socket do not exist on them. Thread: loop. */
#ifndef HONE_SERVER_RELAY_SERVER_H
#define HONE_SERVER_RELAY_SERVER_H

#include "base/attr.h"
#include "base/error.h"

#include <stddef.h>

#define HONE_RELAY_SERVER_PEERS_MAX 1024

struct hone_app;
struct hone_relay_server;

/* Path of the socket for a data folder; free() it. */
char *hone_relay_server_path(const char *data_folder);

/* Listens; in a background process also counts the idle time and stops the app when it is
 * over. */
int hone_relay_server_start(struct hone_relay_server **out, struct hone_app *app,
                            struct hone_error *err) HONE_MUST_USE;
/* Stops listening and removes the socket; peers may still get their answers. */
void hone_relay_server_stop(struct hone_relay_server *server);
/* Drops the peers; memory goes with the last close callback. Accepts NULL. */
void hone_relay_server_destroy(struct hone_relay_server *server);

#endif
