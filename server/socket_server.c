#include "server/socket_server.h"

#include "base/alloc.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/stream.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

struct peer {
    struct hone_list link;
    uv_pipe_t pipe;
    struct hone_stream stream;
    struct hone_socket_server *server;
    bool closing;
};

struct hone_socket_server {
    struct hone_app *app;
    uv_pipe_t listener;
    struct hone_list peers;
    size_t n_handles; /* not yet closed; the server is freed with the last */
    char *path;
    bool control, stopped, destroyed;
};

static void free_if_closed(struct hone_socket_server *server)
{
    if (server->destroyed && server->n_handles == 0) {
        free(server->path);
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
        hone_list_remove(&peer->link);
        hone_stream_finish(&peer->stream);
        uv_close((uv_handle_t *)&peer->pipe, on_peer_closed);
    }
}

static void on_peer_end(struct hone_stream *stream)
{
    peer_close(HONE_LIST_OWNER(stream, struct peer, stream));
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct hone_socket_server *server = listener->data;
    if (status != 0) {
        hone_log_warn("transport", "connection not accepted cause=\"%s\"",
                      uv_strerror(status));
        return;
    }
    struct peer *peer = hone_alloc_zeroed(1, sizeof(*peer));
    hone_list_init(&peer->link);
    peer->server = server;
    (void)uv_pipe_init(&server->app->loop.uv, &peer->pipe, 0);
    server->n_handles += 1;
    hone_list_append(&server->peers, &peer->link);
    hone_stream_init(&peer->stream, server->app, "unix", server->control,
                     (uv_stream_t *)&peer->pipe, (uv_stream_t *)&peer->pipe);
    peer->stream.on_end = on_peer_end;
    peer->pipe.data = &peer->stream;
    if (uv_accept(listener, (uv_stream_t *)&peer->pipe) != 0 ||
        hone_stream_start(&peer->stream) != 0) {
        peer_close(peer);
    }
}

static int bind_path(struct hone_socket_server *server, struct hone_error *err)
{
    struct sockaddr_un address;
    if (strlen(server->path) >= sizeof(address.sun_path)) {
        (void)hone_error_set(err, HONE_E_LIMIT, "the path of the socket is too long: %s",
                             server->path);
        return hone_error_hint(err,
                               "choose a data folder with a shorter path (at most %zu "
                               "characters with the socket's name)",
                               sizeof(address.sun_path) - 1);
    }
    struct stat st;
    if (lstat(server->path, &st) == 0) {
        if (!S_ISSOCK(st.st_mode)) {
            return hone_error_set(err, HONE_E_EXISTS, "%s exists and is not a socket",
                                  server->path);
        }
        (void)unlink(server->path);
    }
    int status = uv_pipe_bind(&server->listener, server->path);
    if (status != 0) {
        return hone_error_set(err, HONE_E_IO, "cannot listen at %s: %s", server->path,
                              uv_strerror(status));
    }
    if (chmod(server->path, 0600) != 0) {
        return hone_error_set(err, HONE_E_IO, "cannot protect %s", server->path);
    }
    return 0;
}

int hone_socket_server_start(struct hone_socket_server **out, struct hone_app *app,
                             const char *path, bool control, struct hone_error *err)
{
    struct hone_socket_server *server = hone_alloc_zeroed(1, sizeof(*server));
    server->app = app;
    server->path = hone_alloc_text(path);
    server->control = control;
    hone_list_init(&server->peers);
    (void)uv_pipe_init(&app->loop.uv, &server->listener, 0);
    server->listener.data = server;
    server->n_handles = 1;
    int status = bind_path(server, err);
    if (status == 0) {
        status = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
        if (status != 0) {
            status = hone_error_set(err, HONE_E_IO, "cannot listen at %s: %s", path,
                                    uv_strerror(status));
        }
    }
    if (status != 0) {
        hone_socket_server_destroy(server);
        return status;
    }
    *out = server;
    return 0;
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct hone_socket_server *server = handle->data;
    server->n_handles -= 1;
    free_if_closed(server);
}

void hone_socket_server_stop(struct hone_socket_server *server)
{
    if (!server->stopped) {
        server->stopped = true;
        uv_close((uv_handle_t *)&server->listener,
                 on_listener_closed); /* unlinks the path */
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
