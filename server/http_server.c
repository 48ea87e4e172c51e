#include "server/http_server.h"

#include "base/alloc.h"
#include "server/app_internal.h"
#include "server/http_auth.h"
#include "server/http_connection.h"
#include "server/http_sessions.h"
#include "server/listener.h"

#include <malloc.h>
#include <stdlib.h>

#define SWEEP_MS 1000
/* When half of the connections are gone, and so many at least, their memory is given back
 * to the system. */
#define GIVE_BACK_MIN 256

struct hone_http_server {
    struct hone_app *app;
    struct hone_listener listener;
    uv_timer_t sweep; /* closes connections that are too slow, idle or let in no more */
    struct hone_list connections;
    size_t n_connections;
    size_t n_peak; /* since memory was given back */
    size_t n_handles;
    bool sweeping, stopped, destroyed;
};

static void free_if_closed(struct hone_http_server *server)
{
    if (server->destroyed && server->n_handles == 0 && server->n_connections == 0) {
        free(server);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct hone_http_server *server = handle->data;
    server->n_handles -= 1;
    free_if_closed(server);
}

static void on_listener_closed(struct hone_listener *listener)
{
    struct hone_http_server *server = listener->owner;
    server->n_handles -= 1;
    free_if_closed(server);
}

static void on_connection_closed(void *owner, struct hone_http_connection *connection)
{
    struct hone_http_server *server = owner;
    hone_list_remove(&connection->link);
    server->n_connections -= 1;
    free_if_closed(server);
}

static void on_peer(struct hone_listener *listener)
{
    struct hone_http_server *server = listener->owner;
    struct hone_http_connection *connection =
        hone_http_connection_create(server->app, server);
    connection->on_closed = on_connection_closed;
    connection->is_unix = listener->is_unix;
    hone_list_append(&server->connections, &connection->link);
    server->n_connections += 1;
    if (server->n_connections > server->n_peak) {
        server->n_peak = server->n_connections;
    }
    int status = hone_listener_accept(listener, &connection->handle);
    connection->handle.handle.data = connection;
    if (status != 0 ||
        server->n_connections > (size_t)server->app->config->connections_max) {
        hone_http_connection_close(connection);
        return;
    }
    hone_http_connection_start(connection);
}

static void give_back_memory(struct hone_http_server *server)
{
    size_t n = server->n_connections;
    if (server->n_peak >= n + GIVE_BACK_MIN && server->n_peak / 2 >= n) {
        (void)malloc_trim(0);
        server->n_peak = n;
    }
}

static void on_sweep(uv_timer_t *timer)
{
    struct hone_http_server *server = timer->data;
    uint64_t now_ms = hone_loop_now_ms(&server->app->loop);
    uint64_t request_max_ms = (uint64_t)server->app->config->request_timeout_ms;
    HONE_LIST_EACH(&server->connections, link)
    {
        struct hone_http_connection *connection =
            HONE_LIST_OWNER(link, struct hone_http_connection, link);
        bool slow = connection->state == HONE_HTTP_CONNECTION_READING &&
                    connection->request_ms != 0 &&
                    now_ms - connection->request_ms > request_max_ms;
        bool idle = (connection->state == HONE_HTTP_CONNECTION_READING ||
                     connection->state == HONE_HTTP_CONNECTION_CLOSING) &&
                    now_ms - connection->active_ms > HONE_HTTP_SERVER_IDLE_MS;
        bool lingers = connection->lingering &&
                       now_ms - connection->active_ms > HONE_HTTP_CONNECTION_LINGER_MS;
        bool revoked =
            connection->state == HONE_HTTP_CONNECTION_STREAMING &&
            !hone_http_auth_knows(server->app->http_auth, &connection->principal);
        if (slow || idle || lingers || revoked) {
            hone_http_connection_close(connection);
        } else {
            hone_http_connection_keep_alive(connection, now_ms);
        }
    }
    give_back_memory(server);
    hone_http_auth_refresh(server->app->http_auth);
    hone_http_sessions_sweep(server->app->http_sessions, now_ms);
}

int hone_http_server_start(struct hone_http_server **out, struct hone_app *app,
                           const char *address, struct hone_error *err)
{
    struct hone_http_server *server = hone_alloc_zeroed(1, sizeof(*server));
    server->app = app;
    hone_list_init(&server->connections);
    server->listener = (struct hone_listener){
        .on_peer = on_peer, .on_closed = on_listener_closed, .owner = server};
    int status = hone_listener_start(&server->listener, &app->loop, address,
                                     hone_http_auth_has_tokens(app->http_auth), err);
    server->n_handles = server->listener.started ? 1 : 0;
    if (status != 0) {
        hone_http_server_destroy(server);
        return status;
    }
    (void)uv_timer_init(&app->loop.uv, &server->sweep);
    server->sweep.data = server;
    server->sweeping = true;
    server->n_handles += 1;
    (void)uv_timer_start(&server->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    *out = server;
    return 0;
}

uint16_t hone_http_server_port(const struct hone_http_server *server)
{
    return server->listener.port;
}

const char *hone_http_server_host(const struct hone_http_server *server)
{
    return server->listener.host;
}

void hone_http_server_stop(struct hone_http_server *server)
{
    if (server == NULL || server->stopped) {
        return;
    }
    server->stopped = true;
    if (server->listener.started) {
        hone_listener_close(&server->listener);
    }
    if (server->sweeping) {
        uv_close((uv_handle_t *)&server->sweep, on_timer_closed);
    }
    HONE_LIST_EACH(&server->connections, link)
    {
        hone_http_connection_end(
            HONE_LIST_OWNER(link, struct hone_http_connection, link));
    }
}

void hone_http_server_destroy(struct hone_http_server *server)
{
    if (server == NULL) {
        return;
    }
    server->destroyed = true;
    hone_http_server_stop(server);
    HONE_LIST_EACH(&server->connections, link)
    {
        hone_http_connection_close(
            HONE_LIST_OWNER(link, struct hone_http_connection, link));
    }
    free_if_closed(server); /* when all had closed before */
}
