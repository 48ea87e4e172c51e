#include "server/http_server.h"

#include "base/alloc.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/http_connection.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define BACKLOG  1024
#define SWEEP_MS 1000

struct hone_http_server {
    struct hone_app *app;
    uv_tcp_t listener;
    uv_timer_t sweep; /* closes connections that are too slow or idle */
    struct hone_list connections;
    size_t n_connections;
    size_t n_handles;
    char host[INET6_ADDRSTRLEN];
    uint16_t port;
    bool stopped, destroyed;
};

static void free_if_closed(struct hone_http_server *server)
{
    if (server->destroyed && server->n_handles == 0 && server->n_connections == 0) {
        free(server);
    }
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct hone_http_server *server = handle->data;
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

static void on_connection(uv_stream_t *listener, int status)
{
    struct hone_http_server *server = listener->data;
    if (status != 0) {
        hone_log_warn("transport", "connection not accepted cause=\"%s\"",
                      uv_strerror(status));
        return;
    }
    struct hone_http_connection *connection =
        hone_http_connection_create(server->app, server);
    connection->on_closed = on_connection_closed;
    hone_list_append(&server->connections, &connection->link);
    server->n_connections += 1;
    if (uv_accept(listener, (uv_stream_t *)&connection->tcp) != 0 ||
        server->n_connections > (size_t)server->app->config->connections_max) {
        hone_http_connection_close(connection);
        return;
    }
    hone_http_connection_start(connection);
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
        bool idle = connection->state != HONE_HTTP_CONNECTION_ANSWERING &&
                    now_ms - connection->active_ms > HONE_HTTP_SERVER_IDLE_MS;
        if (slow || idle) {
            hone_http_connection_close(connection);
        }
    }
}

/* The port behind the last colon; -1 for anything else. */
static int parse_port(const char *text)
{
    char *end = NULL;
    long port = strtol(text, &end, 10);
    return end != text && *end == '\0' && port >= 0 && port <= 65535 ? (int)port : -1;
}

/* Copies the host of "HOST:PORT" or "[HOST]:PORT"; localhost becomes its address. */
static int parse_host(char *out, size_t size, const char *address, size_t len)
{
    if (len > 2 && address[0] == '[' && address[len - 1] == ']') {
        address += 1;
        len -= 2;
    }
    if (len == 0 || len >= size) {
        return HONE_E_INVALID;
    }
    memcpy(out, address, len);
    out[len] = '\0';
    if (strcmp(out, "localhost") == 0) {
        memcpy(out, "127.0.0.1", sizeof("127.0.0.1"));
    }
    return 0;
}

/* Splits HOST:PORT and makes the socket address. */
static int parse_address(const char *address, struct sockaddr_storage *out,
                         struct hone_error *err)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(address, ':');
    int port = colon != NULL ? parse_port(colon + 1) : -1;
    if (port < 0 ||
        parse_host(host, sizeof(host), address, (size_t)(colon - address)) != 0) {
        (void)hone_error_set(err, HONE_E_INVALID, "not an address: %s", address);
        return hone_error_hint(err, "write HOST:PORT, for example 127.0.0.1:8765");
    }
    if (uv_ip4_addr(host, port, (struct sockaddr_in *)(void *)out) != 0 &&
        uv_ip6_addr(host, port, (struct sockaddr_in6 *)(void *)out) != 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the host must be a numeric address or localhost: %s",
                              host);
    }
    return 0;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
    }
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static int listen_at(struct hone_http_server *server,
                     const struct sockaddr_storage *address, const char *text,
                     struct hone_error *err)
{
    int status = uv_tcp_bind(&server->listener, (const struct sockaddr *)address, 0);
    if (status == 0) {
        status = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
    }
    if (status != 0) {
        (void)hone_error_set(err, status == UV_EADDRINUSE ? HONE_E_BUSY : HONE_E_IO,
                             "cannot listen at %s: %s", text, uv_strerror(status));
        return hone_error_hint(err, "choose another port, or port 0 for a free one");
    }
    struct sockaddr_storage bound = {0};
    int len = sizeof(bound);
    (void)uv_tcp_getsockname(&server->listener, (struct sockaddr *)&bound, &len);
    (void)uv_ip_name((const struct sockaddr *)&bound, server->host, sizeof(server->host));
    server->port = ntohs(bound.ss_family == AF_INET
                             ? ((struct sockaddr_in *)(void *)&bound)->sin_port
                             : ((struct sockaddr_in6 *)(void *)&bound)->sin6_port);
    return 0;
}

int hone_http_server_start(struct hone_http_server **out, struct hone_app *app,
                           const char *address, struct hone_error *err)
{
    struct sockaddr_storage parsed;
    memset(&parsed, 0, sizeof(parsed));
    int status = parse_address(address, &parsed, err);
    if (status != 0) {
        return status;
    }
    if (!is_loopback((const struct sockaddr *)&parsed)) {
        (void)hone_error_set(err, HONE_E_DENIED, "%s is not a loopback address", address);
        (void)hone_error_hint(err, "listen on 127.0.0.1 and put a reverse proxy with "
                                   "authentication before it");
        return HONE_E_DENIED;
    }
    struct hone_http_server *server = hone_alloc_zeroed(1, sizeof(*server));
    server->app = app;
    hone_list_init(&server->connections);
    (void)uv_tcp_init(&app->loop.uv, &server->listener);
    (void)uv_timer_init(&app->loop.uv, &server->sweep);
    server->listener.data = server->sweep.data = server;
    server->n_handles = 2;
    status = listen_at(server, &parsed, address, err);
    if (status != 0) {
        hone_http_server_destroy(server);
        return status;
    }
    (void)uv_timer_start(&server->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    *out = server;
    return 0;
}

uint16_t hone_http_server_port(const struct hone_http_server *server)
{
    return server->port;
}

const char *hone_http_server_host(const struct hone_http_server *server)
{
    return server->host;
}

void hone_http_server_stop(struct hone_http_server *server)
{
    if (server->stopped) {
        return;
    }
    server->stopped = true;
    uv_close((uv_handle_t *)&server->listener, on_handle_closed);
    uv_close((uv_handle_t *)&server->sweep, on_handle_closed);
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
