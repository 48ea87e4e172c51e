/* MCP over Unix sockets with newline framing: the control socket of the data folder and,
 * if asked for, another one for clients. Thread: loop. */
#ifndef HONE_SERVER_SOCKET_SERVER_H
#define HONE_SERVER_SOCKET_SERVER_H

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>

struct hone_app;
struct hone_socket_server;

/* Listens at path with mode 0600; a stale socket there is replaced (the caller owns the
 * data folder or was asked for the path). control: its sessions may use the hone/...
 * methods. */
int hone_socket_server_start(struct hone_socket_server **out, struct hone_app *app,
                             const char *path, bool control,
                             struct hone_error *err) HONE_MUST_USE;
/* Stops listening and removes the socket; peers may still get their answers. */
void hone_socket_server_stop(struct hone_socket_server *server);
/* Drops the peers; memory goes with the last close callback. Accepts NULL. */
void hone_socket_server_destroy(struct hone_socket_server *server);

#endif
