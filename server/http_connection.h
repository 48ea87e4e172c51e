/* One HTTP connection: bytes to requests, one at a time, and answers back.
 * Thread: loop. */
#ifndef HONE_SERVER_HTTP_CONNECTION_H
#define HONE_SERVER_HTTP_CONNECTION_H

#include "base/buf.h"
#include "base/list.h"
#include "protocol/http1.h"
#include "server/session.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define HONE_HTTP_CONNECTION_UNREAD_MAX                                                  \
    (1024U * 1024) /* of output: nothing more is taken */

enum hone_http_connection_state {
    HONE_HTTP_CONNECTION_READING,   /* a request, or waiting for one */
    HONE_HTTP_CONNECTION_ANSWERING, /* a request is with its handler; reading is paused */
    HONE_HTTP_CONNECTION_CLOSING,   /* the last answer is being written */
    HONE_HTTP_CONNECTION_CLOSED,
};

struct hone_http_connection {
    struct hone_list link;
    struct hone_app *app;
    uv_tcp_t tcp;
    struct hone_http1_parser *parser;
    struct hone_session *session; /* also what late answers hold */
    enum hone_http_connection_state state;
    struct hone_buf pending; /* bytes behind the request that is being answered */
    struct hone_buf output;
    bool keep_alive, parsing, paused;
    bool is_head;        /* of the request that is answered: the body is left out */
    const char *allow;   /* method for the Allow header of a 405, or NULL */
    uint64_t active_ms;  /* loop time of the last progress */
    uint64_t request_ms; /* loop time of the present request's first byte, or 0 */
    void (*on_closed)(void *owner, struct hone_http_connection *connection);
    void *owner;
};

struct hone_http_connection *hone_http_connection_create(struct hone_app *app,
                                                         void *owner) HONE_MUST_USE;
/* After uv_accept into connection->tcp. */
void hone_http_connection_start(struct hone_http_connection *connection);
void hone_http_connection_close(struct hone_http_connection *connection);
/* Closes once the answers that are being made or written are out; nothing more is read. */
void hone_http_connection_end(struct hone_http_connection *connection);

/* Answers the present request. content_type NULL and an empty body: status alone. */
void hone_http_connection_reply(struct hone_http_connection *connection, int status,
                                const char *content_type, struct hone_span body);

#endif
