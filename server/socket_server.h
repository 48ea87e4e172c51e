/* MCP over sockets with newline framing: the control socket of the data folder and, if
 * asked for, a Unix socket and a TCP port for clients. Thread: loop. */
#ifndef HONE_SERVER_SOCKET_SERVER_H
#define HONE_SERVER_SOCKET_SERVER_H

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_app;
struct hone_socket_server;

/* address: a path, or HOST:PORT on loopback (port 0 takes a free one); see
 * server/listener.h. control: its sessions may use the hone/... methods. */
int hone_socket_server_start(struct hone_socket_server **out, struct hone_app *app,
                             const char *address, bool control,
                             struct hone_error *err) HONE_MUST_USE;
uint16_t hone_socket_server_port(const struct hone_socket_server *server);
/* Stops listening and removes the socket; peers may still get their answers. Accepts
 * NULL. */
void hone_socket_server_stop(struct hone_socket_server *server);
/* Drops the peers; memory goes with the last close callback. Accepts NULL. */
void hone_socket_server_destroy(struct hone_socket_server *server);

#endif
