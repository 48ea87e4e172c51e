/* One HTTP connection: bytes to requests, one at a time, and answers back.
 * Thread: loop. */
#ifndef HONE_SERVER_HTTP_CONNECTION_H
#define HONE_SERVER_HTTP_CONNECTION_H

#include "base/buf.h"
#include "base/list.h"
#include "protocol/http1.h"
#include "server/exchange.h"
#include "server/listener.h"

#include <stdbool.h>
#include <stdint.h>

#define HONE_HTTP_CONNECTION_UNREAD_MAX                                                  \
    (1024U * 1024) /* of output: nothing more is taken */

#define HONE_HTTP_CONNECTION_STREAM_MAX                                                  \
    (16U * 1024 * 1024) /* of an event stream, unread: the peer is dropped */
#define HONE_HTTP_CONNECTION_LINGER_MS 2000 /* for the peer to close */

enum hone_http_connection_state {
    HONE_HTTP_CONNECTION_READING,   /* a request, or waiting for one */
    HONE_HTTP_CONNECTION_ANSWERING, /* a request is with its handler */
    HONE_HTTP_CONNECTION_STREAMING, /* its answer is an event stream, not yet ended */
    HONE_HTTP_CONNECTION_CLOSING,   /* the last answer is being written */
    HONE_HTTP_CONNECTION_CLOSED,
};

struct hone_http_connection {
    struct hone_list link;
    struct hone_app *app;
    union hone_peer_handle handle;
    struct hone_http1_parser *parser;
    struct hone_channel *channel; /* of what is answered here; what late answers hold */
    enum hone_http_connection_state state;
    struct hone_buf pending; /* bytes behind the request that is being answered */
    struct hone_buf output;
    bool keep_alive, parsing, paused;
    bool is_unix;                    /* the peer came through a Unix socket */
    bool chunked;                    /* the peer knows HTTP/1.1 */
    struct hone_principal principal; /* who sent the request that is answered */
    bool cross_origin;               /* it has an Origin, which was let in */
    bool preflight; /* the browser's question before the request itself */
    bool lingering; /* everything is written; the peer has not closed yet */
    uv_shutdown_t shutdown;
    bool is_head;        /* of the request that is answered: the body is left out */
    const char *allow;   /* method for the Allow header of a 405, or NULL */
    const char *session; /* value of Mcp-Session-Id for the answer, or NULL; borrowed */
    const char *authenticate; /* value of WWW-Authenticate for a 401 or 403, or NULL */
    /* Called once when the event stream on this connection ends before its owner ended
     * it; NULL for none. */
    void (*on_stream_lost)(struct hone_http_connection *connection);
    void *stream_owner;
    uint64_t active_ms;  /* loop time of the last progress */
    uint64_t request_ms; /* loop time of the present request's first byte, or 0 */
    void (*on_closed)(void *owner, struct hone_http_connection *connection);
    void *owner;
};

/* The handle is not initialised yet. */
struct hone_http_connection *hone_http_connection_create(struct hone_app *app,
                                                         void *owner) HONE_MUST_USE;
/* After hone_listener_accept into connection->handle. */
void hone_http_connection_start(struct hone_http_connection *connection);
void hone_http_connection_close(struct hone_http_connection *connection);
/* Closes once the answers that are being made or written are out; nothing more is read. */
void hone_http_connection_end(struct hone_http_connection *connection);

/* Answers the present request. content_type NULL and an empty body: status alone. */
void hone_http_connection_reply(struct hone_http_connection *connection, int status,
                                const char *content_type, struct hone_span body);

/* Answers it with an event stream instead: begin, any number of bytes (whole events), end.
 * Bytes that the peer does not read are kept up to STREAM_MAX. */
void hone_http_connection_begin_stream(struct hone_http_connection *connection);
void hone_http_connection_stream(struct hone_http_connection *connection,
                                 struct hone_span bytes);
void hone_http_connection_end_stream(struct hone_http_connection *connection);
/* A comment, if the stream has been silent for http_keepalive_ms. */
void hone_http_connection_keep_alive(struct hone_http_connection *connection,
                                     uint64_t now_ms);

#endif
