/* A client over TCP on the loop of the program that it talks to: it says texts and waits
 * for what it hears. */
#ifndef HONE_TESTS_UNIT_SERVER_TCP_CLIENT_H
#define HONE_TESTS_UNIT_SERVER_TCP_CLIENT_H

#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "server/loop.h"

#include <stdlib.h>
#include <string.h>

#define TCP_CLIENT_HEARD_BYTES_MAX (1024U * 1024)

struct client {
    struct hone_loop *loop;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    struct hone_buf heard; /* with a NUL behind it */
    const char *awaited;
    bool done, ended;
    char buffer[4096];
};

static inline void client_look(struct client *client)
{
    client->done = client->ended || (client->awaited != NULL && client->heard.len > 0 &&
                                     strstr(client->heard.data, client->awaited) != NULL);
}

static inline void client_on_connect(uv_connect_t *request, int status)
{
    struct client *client = request->data;
    assert_int_equal(status, 0);
    client->done = true;
}

static inline void client_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct client *client = handle->data;
    (void)suggested;
    *buf = uv_buf_init(client->buffer, sizeof(client->buffer));
}

static inline void client_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *client = stream->data;
    if (n < 0) {
        client->ended = true;
    } else {
        assert_int_equal(hone_buf_append(&client->heard, buf->base, (size_t)n), 0);
        assert_int_equal(hone_buf_append_char(&client->heard, '\0'), 0);
        client->heard.len -= 1;
    }
    client_look(client);
}

static inline struct client *client_make(struct hone_loop *loop, uint16_t port)
{
    struct client *client = hone_alloc_zeroed(1, sizeof(*client));
    struct sockaddr_in address;
    client->loop = loop;
    hone_buf_init(&client->heard, TCP_CLIENT_HEARD_BYTES_MAX);
    assert_int_equal(uv_tcp_init(&loop->uv, &client->tcp), 0);
    client->tcp.data = client;
    client->connect.data = client;
    assert_int_equal(uv_ip4_addr("127.0.0.1", port, &address), 0);
    assert_int_equal(uv_tcp_connect(&client->connect, &client->tcp,
                                    (const struct sockaddr *)&address, client_on_connect),
                     0);
    hone_loop_run_until(client->loop, &client->done);
    assert_int_equal(
        uv_read_start((uv_stream_t *)&client->tcp, client_on_alloc, client_on_read), 0);
    return client;
}

static inline void client_on_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    client->done = true;
}

static inline void client_leave(struct client *client)
{
    client->done = false;
    uv_close((uv_handle_t *)&client->tcp, client_on_closed);
    hone_loop_run_until(client->loop, &client->done);
    hone_buf_finish(&client->heard);
    free(client);
}

static inline void client_say(struct client *client, const char *text)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
    assert_int_equal(uv_try_write((uv_stream_t *)&client->tcp, &buf, 1),
                     (int)strlen(text));
}

static inline void client_on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request;
    assert_int_equal(status, 0);
}

static inline void client_say_nothing_more(struct client *client)
{
    assert_int_equal(
        uv_shutdown(&client->shutdown, (uv_stream_t *)&client->tcp, client_on_shutdown),
        0);
}

/* Waits until the client has heard this text since it last waited, or its connection
 * ended. */
static inline void client_await(struct client *client, const char *text)
{
    client->awaited = text;
    client_look(client);
    hone_loop_run_until(client->loop, &client->done);
    if (client->heard.len == 0 || strstr(client->heard.data, text) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", text,
                 client->heard.len > 0 ? client->heard.data : "");
    }
    client->awaited = NULL;
    hone_buf_clear(&client->heard);
}

/* Waits until the other side has closed. */
static inline void client_await_end(struct client *client)
{
    client_look(client);
    hone_loop_run_until(client->loop, &client->done);
    assert_true(client->ended);
}

#endif
