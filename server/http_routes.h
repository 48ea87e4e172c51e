/* Which path answers what.
 *
 *   POST /mcp                 one MCP message
 *   POST /api/v1/feedback     one feedback or an array of up to 1,000
 *   GET  /api/v1/skills       status of all skills
 *   GET  /healthz, /readyz    alive; ready to take calls
 * Everything else is a JSON 404, also the well-known paths that OAuth clients probe.
 * Thread: loop. */
#ifndef HONE_SERVER_HTTP_ROUTES_H
#define HONE_SERVER_HTTP_ROUTES_H

#include "server/http_connection.h"

/* Answers the request that the connection's parser holds, now or later. */
void hone_http_routes_answer(struct hone_http_connection *connection);

/* Answers a request that could not be read. */
void hone_http_routes_refuse(struct hone_http_connection *connection, int status,
                             const char *reason);

#endif
