#include "server/listener.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
#define PATH_SIZE   sizeof(((struct sockaddr_un *)0)->sun_path)

/* ---- addresses ---- */

/* The path of a Unix socket, or NULL. */
static const char *find_path(const char *address)
{
    const size_t prefix_len = strlen(UNIX_PREFIX);
    if (strncmp(address, UNIX_PREFIX, prefix_len) == 0) {
        return address + prefix_len;
    }
    return strchr(address, '/') != NULL ? address : NULL;
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

/* ---- listening ---- */

static void on_connection(uv_stream_t *stream, int status)
{
    struct hone_listener *listener = stream->data;
    if (status != 0) {
        hone_log_warn("transport", "connection not accepted cause=\"%s\"",
                      uv_strerror(status));
        return;
    }
    listener->on_peer(listener);
}

static int listen_now(struct hone_listener *listener, const char *address,
                      struct hone_error *err)
{
    int status =
        uv_listen(&listener->handle.stream, HONE_LISTENER_BACKLOG, on_connection);
    if (status == 0) {
        return 0;
    }
    int code = status == UV_EADDRINUSE ? HONE_E_BUSY : HONE_E_IO;
    (void)hone_error_set(err, code, "cannot listen at %s: %s", address,
                         uv_strerror(status));
    return listener->is_unix
               ? code
               : hone_error_hint(err, "choose another port, or port 0 for a free one");
}

static int bind_tcp(struct hone_listener *listener, const char *address,
                    struct hone_error *err)
{
    struct sockaddr_storage bound;
    memset(&bound, 0, sizeof(bound));
    int status = parse_address(address, &bound, err);
    if (status != 0) {
        return status;
    }
    status = uv_tcp_bind(&listener->handle.tcp, (const struct sockaddr *)&bound, 0);
    if (status == 0) {
        status = listen_now(listener, address, err);
    } else {
        status = hone_error_set(err, HONE_E_IO, "cannot listen at %s: %s", address,
                                uv_strerror(status));
    }
    if (status != 0) {
        return status;
    }
    int len = sizeof(bound);
    (void)uv_tcp_getsockname(&listener->handle.tcp, (struct sockaddr *)&bound, &len);
    (void)uv_ip_name((const struct sockaddr *)&bound, listener->host,
                     sizeof(listener->host));
    listener->port = ntohs(bound.ss_family == AF_INET
                               ? ((struct sockaddr_in *)(void *)&bound)->sin_port
                               : ((struct sockaddr_in6 *)(void *)&bound)->sin6_port);
    return 0;
}

static int check_path(const char *path, struct hone_error *err)
{
    struct stat st;
    if (strlen(path) >= PATH_SIZE) {
        (void)hone_error_set(err, HONE_E_LIMIT, "the path of the socket is too long: %s",
                             path);
        return hone_error_hint(err,
                               "choose a folder with a shorter path (at most %zu "
                               "characters with the socket's name)",
                               PATH_SIZE - 1);
    }
    if (lstat(path, &st) == 0) {
        if (!S_ISSOCK(st.st_mode)) {
            return hone_error_set(err, HONE_E_EXISTS, "%s exists and is not a socket",
                                  path);
        }
        (void)unlink(path);
    }
    return 0;
}

static int bind_unix(struct hone_listener *listener, const char *path,
                     struct hone_error *err)
{
    int status = check_path(path, err);
    if (status != 0) {
        return status;
    }
    status = uv_pipe_bind(&listener->handle.pipe, path);
    if (status != 0) {
        return hone_error_set(err, HONE_E_IO, "cannot listen at %s: %s", path,
                              uv_strerror(status));
    }
    if (chmod(path, 0600) != 0) {
        return hone_error_set(err, HONE_E_IO, "cannot protect %s", path);
    }
    return listen_now(listener, path, err);
}

static int check_public(const char *address, bool *is_local, struct hone_error *err)
{
    struct sockaddr_storage parsed;
    memset(&parsed, 0, sizeof(parsed));
    int status = parse_address(address, &parsed, err);
    if (status == 0) {
        *is_local = is_loopback((const struct sockaddr *)&parsed);
    }
    return status;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct hone_listener *listener = handle->data;
    listener->on_closed(listener);
}

int hone_listener_start(struct hone_listener *listener, struct hone_loop *loop,
                        const char *address, bool public_ok, struct hone_error *err)
{
    const char *path = find_path(address);
    listener->is_unix = listener->is_loopback = path != NULL;
    int status = 0;
    if (path == NULL) {
        status = check_public(address, &listener->is_loopback, err);
        if (status == 0 && !listener->is_loopback && !public_ok) {
            (void)hone_error_set(err, HONE_E_DENIED, "%s is not a loopback address",
                                 address);
            (void)hone_error_hint(err, "listen on 127.0.0.1, or protect HTTP with tokens "
                                       "(hone token add)");
            status = HONE_E_DENIED;
        }
    }
    if (status != 0) {
        return status;
    }
    listener->started = true;
    if (path != NULL) {
        (void)uv_pipe_init(&loop->uv, &listener->handle.pipe, 0);
        listener->handle.handle.data = listener;
        return bind_unix(listener, path, err);
    }
    (void)uv_tcp_init(&loop->uv, &listener->handle.tcp);
    listener->handle.handle.data = listener;
    return bind_tcp(listener, address, err);
}

int hone_listener_accept(struct hone_listener *listener, union hone_peer_handle *peer)
{
    uv_loop_t *loop = listener->handle.handle.loop;
    if (listener->is_unix) {
        (void)uv_pipe_init(loop, &peer->pipe, 0);
    } else {
        (void)uv_tcp_init(loop, &peer->tcp);
    }
    if (uv_accept(&listener->handle.stream, &peer->stream) != 0) {
        return -1;
    }
    if (!listener->is_unix) {
        (void)uv_tcp_nodelay(&peer->tcp, 1);
    }
    return 0;
}

void hone_listener_close(struct hone_listener *listener)
{
    uv_close(&listener->handle.handle, on_handle_closed);
}
