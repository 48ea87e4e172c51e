/* HTTP on TCP or a Unix socket: the MCP endpoint /mcp, the API below /api/v1, health. Host and Origin are
 * checked against the loopback names and the configured host, so that a web page cannot
 * reach it by DNS rebinding. Thread: loop. */
#ifndef HONE_SERVER_HTTP_SERVER_H
#define HONE_SERVER_HTTP_SERVER_H

#include "base/attr.h"
#include "base/error.h"

#include <stdint.h>

struct hone_app;
struct hone_http_server;

#define HONE_HTTP_SERVER_IDLE_MS 120000 /* a connection without a request is closed */

/* address: see server/listener.h. */
int hone_http_server_start(struct hone_http_server **out, struct hone_app *app,
                           const char *address, struct hone_error *err) HONE_MUST_USE;
/* 0 and "" on a Unix socket. */
uint16_t hone_http_server_port(const struct hone_http_server *server);
const char *hone_http_server_host(const struct hone_http_server *server);
/* Stops listening; connections may still get their answers. Accepts
 * NULL. */
void hone_http_server_stop(struct hone_http_server *server);
void hone_http_server_destroy(struct hone_http_server *server); /* accepts NULL */

#endif
