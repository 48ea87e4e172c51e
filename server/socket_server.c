#include "server/socket_server.h"

#include "base/alloc.h"
#include "server/app_internal.h"
#include "server/listener.h"
#include "server/stream.h"

#include <stdlib.h>

struct peer {
    struct hone_list link;
    union hone_peer_handle handle;
    struct hone_stream stream;
    struct hone_socket_server *server;
    bool closing;
};

struct hone_socket_server {
    struct hone_app *app;
    struct hone_listener listener;
    struct hone_list peers;
    size_t n_handles; /* not yet closed; the server is freed with the last */
    size_t n_peers;
    bool control, stopped, destroyed;
};

static void free_if_closed(struct hone_socket_server *server)
{
    if (server->destroyed && server->n_handles == 0) {
        free(server);
    }
}

static void on_peer_closed(uv_handle_t *handle)
{
    struct hone_stream *stream = handle->data;
    struct peer *peer = HONE_LIST_OWNER(stream, struct peer, stream);
    struct hone_socket_server *server = peer->server;
    server->n_handles -= 1;
    free(peer);
    free_if_closed(server);
}

static void peer_close(struct peer *peer)
{
    if (!peer->closing) {
        peer->closing = true;
        peer->server->n_peers -= 1;
        hone_list_remove(&peer->link);
        hone_stream_finish(&peer->stream);
        uv_close(&peer->handle.handle, on_peer_closed);
    }
}

static void on_peer_end(struct hone_stream *stream)
{
    peer_close(HONE_LIST_OWNER(stream, struct peer, stream));
}

static void on_peer(struct hone_listener *listener)
{
    struct hone_socket_server *server = listener->owner;
    struct peer *peer = hone_alloc_zeroed(1, sizeof(*peer));
    hone_list_init(&peer->link);
    peer->server = server;
    int status = hone_listener_accept(listener, &peer->handle);
    server->n_handles += 1;
    server->n_peers += 1;
    hone_list_append(&server->peers, &peer->link);
    hone_stream_init(&peer->stream, server->app, listener->is_unix ? "unix" : "tcp",
                     server->control, &peer->handle.stream, &peer->handle.stream);
    peer->stream.on_end = on_peer_end;
    peer->handle.handle.data = &peer->stream;
    if (status != 0 || server->n_peers > (size_t)server->app->config->connections_max ||
        hone_stream_start(&peer->stream) != 0) {
        peer_close(peer);
    }
}

static void on_listener_closed(struct hone_listener *listener)
{
    struct hone_socket_server *server = listener->owner;
    server->n_handles -= 1;
    free_if_closed(server);
}

int hone_socket_server_start(struct hone_socket_server **out, struct hone_app *app,
                             const char *address, bool control, struct hone_error *err)
{
    struct hone_socket_server *server = hone_alloc_zeroed(1, sizeof(*server));
    server->app = app;
    server->control = control;
    hone_list_init(&server->peers);
    server->listener = (struct hone_listener){
        .on_peer = on_peer, .on_closed = on_listener_closed, .owner = server};
    int status = hone_listener_start(&server->listener, &app->loop, address, false, err);
    server->n_handles = server->listener.started ? 1 : 0;
    if (status != 0) {
        hone_socket_server_destroy(server);
        return status;
    }
    *out = server;
    return 0;
}

uint16_t hone_socket_server_port(const struct hone_socket_server *server)
{
    return server->listener.port;
}

void hone_socket_server_stop(struct hone_socket_server *server)
{
    if (server != NULL && !server->stopped) {
        server->stopped = true;
        if (server->listener.started) {
            hone_listener_close(&server->listener);
        }
    }
}

void hone_socket_server_destroy(struct hone_socket_server *server)
{
    if (server == NULL) {
        return;
    }
    server->destroyed = true;
    hone_socket_server_stop(server);
    while (!hone_list_is_empty(&server->peers)) {
        peer_close(HONE_LIST_OWNER(server->peers.next, struct peer, link));
    }
    free_if_closed(server); /* when all had closed before */
}
