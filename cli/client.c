#include "cli/client.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "schema/json.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_BYTES 65536u

struct hone_client {
    int descriptor;
    json_int_t last_id;
    struct hone_buf in; /* what was read and not yet used */
};

static int connect_error(int errno_value, const char *path, struct hone_error *err)
{
    if (errno_value == ENOENT || errno_value == ECONNREFUSED || errno_value == ENOTDIR) {
        return hone_error_set(err, HONE_E_NOT_FOUND, "no server listens on %s", path);
    }
    return hone_error_set_errno(err, errno_value, "cannot connect to %s", path);
}

int hone_client_dial(int *out, const char *path, struct hone_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        (void)hone_error_set(err, HONE_E_INVALID,
                             "the socket's path %s is longer than %zu bytes", path,
                             sizeof address.sun_path - 1);
        return hone_error_hint(err, "choose a data folder with a shorter path (--data)");
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return hone_error_set_errno(err, errno, "cannot make a socket");
    }
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0) {
        int errno_value = errno;
        close(descriptor);
        return connect_error(errno_value, path, err);
    }
    *out = descriptor;
    return 0;
}

int hone_client_connect(struct hone_client **out, const char *path,
                        struct hone_error *err)
{
    int descriptor = -1;
    int code = hone_client_dial(&descriptor, path, err);
    if (code != 0) {
        return code;
    }
    struct hone_client *client = hone_alloc_zeroed(1, sizeof *client);
    client->descriptor = descriptor;
    hone_buf_init(&client->in, HONE_CLIENT_ANSWER_BYTES_MAX);
    *out = client;
    return 0;
}

void hone_client_destroy(struct hone_client *client)
{
    if (client == NULL) {
        return;
    }
    close(client->descriptor);
    hone_buf_finish(&client->in);
    free(client);
}

static int wait_for(const struct hone_client *client, short events, uint64_t deadline_us,
                    struct hone_error *err)
{
    for (;;) {
        struct pollfd poll_entry = {.fd = client->descriptor, .events = events};
        uint64_t now_us = hone_clock_monotonic_us();
        int left_ms = now_us < deadline_us ? (int)((deadline_us - now_us) / 1000) + 1 : 0;
        int n = poll(&poll_entry, 1, left_ms);
        if (n > 0) {
            return 0;
        }
        if (n == 0) {
            (void)hone_error_set(err, HONE_E_AGAIN, "the server did not answer in time");
            return HONE_E_AGAIN;
        }
        if (errno != EINTR) {
            return hone_error_set_errno(err, errno, "cannot wait for the server");
        }
    }
}

static int lost(struct hone_error *err)
{
    return hone_error_set(err, HONE_E_CLOSED, "the server closed the connection");
}

static int send_all(struct hone_client *client, struct hone_span data,
                    uint64_t deadline_us, struct hone_error *err)
{
    size_t sent = 0;
    while (sent < data.len) {
        int code = wait_for(client, POLLOUT, deadline_us, err);
        if (code != 0) {
            return code;
        }
        ssize_t n = send(client->descriptor, data.data + sent, data.len - sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            sent += (size_t)n;
        } else if (n < 0 && errno != EINTR && errno != EAGAIN) {
            return lost(err);
        }
    }
    return 0;
}

static int read_more(struct hone_client *client, uint64_t deadline_us,
                     struct hone_error *err)
{
    char *place = hone_buf_reserve(&client->in, READ_BYTES);
    if (place == NULL) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "the server's answer is longer than %d bytes",
                              HONE_CLIENT_ANSWER_BYTES_MAX);
    }
    for (;;) {
        int code = wait_for(client, POLLIN, deadline_us, err);
        if (code != 0) {
            return code;
        }
        ssize_t n = recv(client->descriptor, place, READ_BYTES, MSG_DONTWAIT);
        if (n > 0) {
            hone_buf_grow(&client->in, (size_t)n);
            return 0;
        }
        if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
            return lost(err);
        }
    }
}

/* The next line as a JSON value. */
static int read_message(struct hone_client *client, uint64_t deadline_us, json_t **out,
                        struct hone_error *err)
{
    size_t searched = 0;
    for (;;) {
        char *data = client->in.data;
        char *end = client->in.len > searched
                        ? memchr(data + searched, '\n', client->in.len - searched)
                        : NULL;
        if (end != NULL) {
            size_t len = (size_t)(end - data);
            int code = hone_json_parse(out, hone_span_of(data, len), err);
            hone_buf_consume(&client->in, len + 1);
            if (code != 0) {
                hone_error_prefix(err, "the server's answer is not JSON");
                return HONE_E_CORRUPT;
            }
            return 0;
        }
        searched = client->in.len;
        int code = read_more(client, deadline_us, err);
        if (code != 0) {
            return code;
        }
    }
}

static int send_request(struct hone_client *client, const char *method,
                        const json_t *params, uint64_t deadline_us,
                        struct hone_error *err)
{
    json_t *request = json_pack("{s:s, s:I, s:s}", "jsonrpc", "2.0", "id",
                                ++client->last_id, "method", method);
    struct hone_buf line;
    hone_buf_init(&line, HONE_CLIENT_ANSWER_BYTES_MAX);
    if (params != NULL) {
        json_object_set_new(request, "params", json_deep_copy(params));
    }
    int code = hone_json_append(&line, request);
    if (code == 0) {
        code = hone_buf_append_char(&line, '\n');
    }
    if (code != 0) {
        (void)hone_error_set(err, code, "the request is longer than %d bytes",
                             HONE_CLIENT_ANSWER_BYTES_MAX);
    } else {
        code = send_all(client, hone_buf_span(&line), deadline_us, err);
    }
    hone_buf_finish(&line);
    json_decref(request);
    return code;
}

int hone_client_request(struct hone_client *client, const char *method,
                        const json_t *params, int timeout_ms, json_t **result,
                        bool *answered, struct hone_error *err)
{
    uint64_t deadline_us = hone_clock_monotonic_us() + (uint64_t)timeout_ms * 1000;
    *answered = false;
    int code = send_request(client, method, params, deadline_us, err);
    while (code == 0) {
        json_t *message = NULL;
        code = read_message(client, deadline_us, &message, err);
        if (code != 0) {
            break;
        }
        const json_t *id = json_object_get(message, "id");
        const json_t *error = json_object_get(message, "error");
        json_t *value = json_object_get(message, "result");
        bool ours = json_is_integer(id) && json_integer_value(id) == client->last_id;
        if (ours && error != NULL) {
            *answered = true;
            code = hone_client_read_error(error, err);
        } else if (ours && value != NULL) {
            *answered = true;
            *result = json_incref(value);
        } else if (ours) {
            code =
                hone_error_set(err, HONE_E_CORRUPT, "the server's answer has no result");
        }
        json_decref(message);
        if (ours) {
            break;
        }
    }
    return code;
}

int hone_client_code_of(const char *name)
{
    for (int code = HONE_E_NOMEM; code >= HONE_E_CLOSED; code--) {
        if (strcmp(hone_error_name(code), name) == 0) {
            return code;
        }
    }
    return HONE_E_INVALID;
}

int hone_client_read_error(const json_t *error, struct hone_error *err)
{
    const json_t *data = json_object_get(error, "data");
    const char *message = json_string_value(json_object_get(error, "message"));
    const char *name = json_string_value(json_object_get(data, "code"));
    const char *hint = json_string_value(json_object_get(data, "hint"));
    int code = name != NULL ? hone_client_code_of(name) : HONE_E_INVALID;
    (void)hone_error_set(err, code, "%s",
                         message != NULL ? message : "the request failed");
    if (hint != NULL && hint[0] != '\0') {
        (void)hone_error_hint(err, "%s", hint);
    }
    return code;
}
