/* A peer: GREETING -> SERVED -> closed. The first line must be the greeting (server/hello.h);
 * only after it was accepted does a session exist.
 *
 * Leaving when idle, and the peer that comes meanwhile. Greetings are answered and the
 * decision to leave is taken on the loop, one after the other. A peer whose greeting was
 * accepted counts, so there is no leaving. A peer whose greeting was not yet read when the
 * decision falls is not answered any more: the listener closes at once (which removes the
 * socket first), connections that wait in its queue are reset, open ones are closed. A
 * relay sends nothing of its client's before its greeting was accepted, so nothing is
 * lost: it sees the connection end, connects again, finds no socket and starts an owner,
 * which waits for the lock on the data folder. The lock is given back after everything is
 * saved, long after the socket was removed, and a new owner makes its socket only once it
 * has the lock; so no owner removes the socket of its successor. */
#include "server/relay_server.h"

#include "base/alloc.h"
#include "base/log.h"
#include "protocol/framing.h"
#include "server/app_internal.h"
#include "server/hello.h"
#include "server/listener.h"
#include "server/relay_log.h"
#include "server/stream.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_IDLE_MS   2000  /* at least, for whoever started this process to come */
#define LOG_INTERVAL_MS 60000 /* between looks at the size of the log */

struct peer {
    struct hone_list link;
    union hone_peer_handle handle;
    struct hone_stream stream; /* once served */
    struct hone_framing framing;
    struct hone_relay_server *server;
    bool served, closing;
};

struct hone_relay_server {
    struct hone_app *app;
    struct hone_hello_owner owner;
    struct hone_listener listener;
    uv_timer_t idle, log_timer;
    struct hone_list peers;
    size_t n_peers;
    size_t n_handles; /* not yet closed; the server is freed with the last */
    bool had_peer, stopped, destroyed;
};

char *hone_relay_server_path(const char *data_folder)
{
    return hone_alloc_format("%s/mcp.sock", data_folder);
}

static void free_if_closed(struct hone_relay_server *server)
{
    if (server->destroyed && server->n_handles == 0) {
        free(server);
    }
}

/* ---- leaving when idle ---- */

static void restart_idle(struct hone_relay_server *server);

/* A process that serves other transports as well is there for more than its relays. */
static bool can_leave(const struct hone_app *app)
{
    const struct hone_config *config = app->config;
    return config->background && config->idle_timeout_ms > 0 && config->http == NULL &&
           config->http_socket == NULL && config->socket == NULL && config->tcp == NULL;
}

static void on_idle(uv_timer_t *timer)
{
    struct hone_relay_server *server = timer->data;
    struct hone_app *app = server->app;
    if (server->n_peers == 0 && app->n_exchanges == 0 && app->n_feedback_batches == 0) {
        hone_log_info("server", "leaving: no client for %lld ms",
                      (long long)app->config->idle_timeout_ms);
        hone_app_stop(app);
    } else {
        restart_idle(server);
    }
}

static void restart_idle(struct hone_relay_server *server)
{
    uint64_t idle_ms = (uint64_t)server->app->config->idle_timeout_ms;
    if (!server->had_peer && idle_ms < FIRST_IDLE_MS) {
        idle_ms = FIRST_IDLE_MS;
    }
    if (can_leave(server->app) && !server->stopped && server->n_peers == 0) {
        (void)uv_timer_start(&server->idle, on_idle, idle_ms, 0);
    }
}

static void on_log_timer(uv_timer_t *timer)
{
    struct hone_relay_server *server = timer->data;
    hone_relay_log_turn(server->app->config->data);
}

/* ---- a peer's end ---- */

static void on_peer_closed(uv_handle_t *handle)
{
    struct hone_stream *stream = handle->data;
    struct peer *peer = HONE_LIST_OWNER(stream, struct peer, stream);
    struct hone_relay_server *server = peer->server;
    hone_framing_finish(&peer->framing);
    server->n_handles -= 1;
    free(peer);
    free_if_closed(server);
}

static void peer_close(struct peer *peer)
{
    if (peer->closing) {
        return;
    }
    peer->closing = true;
    hone_list_remove(&peer->link);
    peer->server->n_peers -= 1;
    if (peer->served) {
        hone_stream_finish(&peer->stream);
    }
    uv_close(&peer->handle.handle, on_peer_closed);
    restart_idle(peer->server);
}

static void on_peer_end(struct hone_stream *stream)
{
    peer_close(HONE_LIST_OWNER(stream, struct peer, stream));
}

/* ---- the greeting ---- */

/* The socket's buffer is empty and takes these few bytes, or the peer is gone. */
static bool write_line(struct peer *peer, struct hone_buf *line)
{
    (void)hone_buf_append_char(line, '\n');
    uv_buf_t buf = uv_buf_init(line->data, (unsigned)line->len);
    return line->error == 0 &&
           uv_try_write(&peer->handle.stream, &buf, 1) == (int)line->len;
}

/* From now on it is a session like any other. */
static void serve(struct peer *peer)
{
    (void)uv_read_stop(&peer->handle.stream);
    hone_stream_init(&peer->stream, peer->server->app, "unix", false,
                     &peer->handle.stream, &peer->handle.stream);
    peer->stream.on_end = on_peer_end;
    peer->served = true;
    if (hone_stream_start(&peer->stream) != 0) {
        peer_close(peer);
    }
}

static void answer_hello(struct peer *peer, struct hone_jsonrpc_message *message)
{
    struct hone_relay_server *server = peer->server;
    struct hone_error err = {0};
    struct hone_buf line;
    const json_t *params = hone_jsonrpc_params(message);
    enum hone_hello_verdict verdict = hone_hello_judge(&server->owner, params, &err);
    long pid = (long)json_integer_value(json_object_get(params, "pid"));
    hone_buf_init(&line, HONE_HELLO_BYTES_MAX);
    (void)hone_hello_write_answer(&line, message->id, &server->owner, verdict, &err);
    bool written = write_line(peer, &line);
    if (written && verdict == HONE_HELLO_ACCEPTED) {
        hone_log_debug("relay", "client accepted pid=%ld", pid);
        serve(peer);
    } else if (!written || verdict == HONE_HELLO_REFUSED) {
        hone_log_info("relay", "client refused pid=%ld cause=\"%s\"", pid, err.message);
        peer_close(peer);
    }
    hone_buf_finish(&line);
}

static void make_room(struct peer *peer)
{
    if (peer->server->owner.may_leave) {
        hone_log_info("relay", "leaving: a newer build, or edited skills, take over");
        hone_app_stop(peer->server->app);
    }
    peer_close(peer);
}

static void on_line(void *user, struct hone_span line, int code)
{
    struct peer *peer = user;
    struct hone_jsonrpc_message message = {0};
    struct hone_jsonrpc_problem problem = {0};
    struct hone_arena arena;
    if (peer->closing || peer->served) {
        return;
    }
    hone_arena_init(&arena, HONE_HELLO_BYTES_MAX);
    bool asks = code == 0 && hone_jsonrpc_parse(&message, line, &arena, &problem) == 0 &&
                message.kind == HONE_JSONRPC_REQUEST;
    if (asks && hone_span_is(message.method, HONE_HELLO_METHOD)) {
        answer_hello(peer, &message);
    } else if (asks && hone_span_is(message.method, HONE_HELLO_LEAVE)) {
        make_room(peer);
    } else {
        hone_log_warn("relay", "connection closed: it does not begin with a greeting");
        peer_close(peer);
    }
    json_decref(problem.data);
    hone_jsonrpc_finish(&message);
    hone_arena_finish(&arena);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct hone_stream *stream = handle->data;
    struct peer *peer = HONE_LIST_OWNER(stream, struct peer, stream);
    (void)suggested;
    *buf = uv_buf_init(peer->server->app->read_buffer, HONE_STREAM_READ_BYTES);
}

static void on_read(uv_stream_t *in, ssize_t n, const uv_buf_t *buf)
{
    struct hone_stream *stream = in->data;
    struct peer *peer = HONE_LIST_OWNER(stream, struct peer, stream);
    if (n > 0) {
        hone_framing_feed(&peer->framing, hone_span_of(buf->base, (size_t)n), on_line,
                          peer);
    } else if (n < 0) {
        peer_close(peer);
    }
}

/* ---- listening ---- */

/* The folder's rights keep others out already; a folder that was opened up does not open
 * this. */
static bool is_same_user(union hone_peer_handle *peer)
{
    uv_os_fd_t fd = -1;
    struct ucred user = {0};
    socklen_t len = sizeof user;
    return uv_fileno(&peer->handle, &fd) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &len) == 0 &&
           user.uid == geteuid();
}

static bool is_welcome(struct peer *peer)
{
    if (!is_same_user(&peer->handle)) {
        hone_log_warn("relay", "connection of another user closed");
        return false;
    }
    if (peer->server->n_peers > HONE_RELAY_SERVER_PEERS_MAX) {
        hone_log_warn("relay", "connection closed: there are %d",
                      HONE_RELAY_SERVER_PEERS_MAX);
        return false;
    }
    return true;
}

static struct peer *add_peer(struct hone_relay_server *server)
{
    struct peer *peer = hone_alloc_zeroed(1, sizeof *peer);
    hone_list_init(&peer->link);
    peer->server = server;
    hone_framing_init(&peer->framing, HONE_HELLO_BYTES_MAX);
    hone_list_append(&server->peers, &peer->link);
    server->n_handles += 1;
    server->n_peers += 1;
    server->had_peer = true;
    (void)uv_timer_stop(&server->idle);
    return peer;
}

static void on_peer(struct hone_listener *listener)
{
    struct hone_relay_server *server = listener->owner;
    struct peer *peer = add_peer(server);
    int status = hone_listener_accept(listener, &peer->handle);
    peer->handle.handle.data = &peer->stream;
    if (status != 0 || !is_welcome(peer) ||
        uv_read_start(&peer->handle.stream, on_alloc, on_read) != 0) {
        peer_close(peer);
    }
}

static void start_timers(struct hone_relay_server *server)
{
    (void)uv_timer_init(&server->app->loop.uv, &server->idle);
    (void)uv_timer_init(&server->app->loop.uv, &server->log_timer);
    server->idle.data = server;
    server->log_timer.data = server;
    server->n_handles += 2;
    if (server->app->config->background) {
        (void)uv_timer_start(&server->log_timer, on_log_timer, LOG_INTERVAL_MS,
                             LOG_INTERVAL_MS);
    }
    restart_idle(server);
}

static void on_listener_closed(struct hone_listener *listener)
{
    struct hone_relay_server *server = listener->owner;
    server->n_handles -= 1;
    free_if_closed(server);
}

int hone_relay_server_start(struct hone_relay_server **out, struct hone_app *app,
                            struct hone_error *err)
{
    struct hone_relay_server *server = hone_alloc_zeroed(1, sizeof *server);
    char *path = hone_relay_server_path(app->config->data);
    server->app = app;
    server->owner.config = app->config;
    server->owner.packages = app->packages;
    server->owner.may_leave = app->config->background;
    hone_build_format(server->owner.build);
    hone_list_init(&server->peers);
    server->listener = (struct hone_listener){
        .on_peer = on_peer, .on_closed = on_listener_closed, .owner = server};
    int status = hone_listener_start(&server->listener, &app->loop, path, false, err);
    server->n_handles = server->listener.started ? 1 : 0;
    start_timers(server);
    free(path);
    if (status != 0) {
        hone_relay_server_destroy(server);
        return status;
    }
    *out = server;
    return 0;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct hone_relay_server *server = handle->data;
    server->n_handles -= 1;
    free_if_closed(server);
}

void hone_relay_server_stop(struct hone_relay_server *server)
{
    if (server->stopped) {
        return;
    }
    server->stopped = true;
    if (server->listener.started) {
        hone_listener_close(&server->listener); /* unlinks the path */
    }
    uv_close((uv_handle_t *)&server->idle, on_handle_closed);
    uv_close((uv_handle_t *)&server->log_timer, on_handle_closed);
    HONE_LIST_EACH(&server->peers, link)
    {
        struct peer *peer = HONE_LIST_OWNER(link, struct peer, link);
        if (!peer->served) {
            peer_close(peer);
        }
    }
}

void hone_relay_server_destroy(struct hone_relay_server *server)
{
    if (server == NULL) {
        return;
    }
    server->destroyed = true;
    hone_relay_server_stop(server);
    while (!hone_list_is_empty(&server->peers)) {
        peer_close(HONE_LIST_OWNER(server->peers.next, struct peer, link));
    }
    free_if_closed(server); /* when all had closed before */
}
