/* Listens at an address and accepts peers: TCP (HOST:PORT) or a Unix socket (a path).
 * Thread: loop. */
#ifndef HONE_SERVER_LISTENER_H
#define HONE_SERVER_LISTENER_H

#include "base/attr.h"
#include "base/error.h"
#include "server/loop.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>

#define HONE_LISTENER_BACKLOG 1024

/* A connection's handle, whatever it runs over; embedded in its owner. */
union hone_peer_handle {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

struct hone_listener {
    union hone_peer_handle handle;
    bool is_unix, is_loopback; /* a Unix socket is both */
    bool started;
    char host[INET6_ADDRSTRLEN];
    uint16_t port;
    void (*on_peer)(struct hone_listener *listener); /* accept it */
    void (*on_closed)(struct hone_listener *listener);
    void *owner;
};

/* address: a path when it has a '/' or begins with "unix:", else HOST:PORT; HOST a numeric
 * address or localhost, port 0 takes a free one. A Unix socket gets mode 0600; a stale one
 * there is replaced. on_peer, on_closed and owner are set by the caller before. With
 * public_ok false, an address that is not a loopback one is HONE_E_DENIED. `started` says
 * afterwards, also of a failure, whether there is something to close. */
int hone_listener_start(struct hone_listener *listener, struct hone_loop *loop,
                        const char *address, bool public_ok,
                        struct hone_error *err) HONE_MUST_USE;
/* Initialises the peer's handle in any case, so that it must be closed; -1 when nobody
 * could be accepted. */
int hone_listener_accept(struct hone_listener *listener,
                         union hone_peer_handle *peer) HONE_MUST_USE;
/* Removes a Unix socket; on_closed follows. */
void hone_listener_close(struct hone_listener *listener);

#endif
