/* floor: the least that a server can do, to tell what the machine allows.
 *
 *   floor stdio [LIST]        floor http PORT [LIST]
 *
 * LIST is a file with the result of tools/list, a JSON object. With port 0 a free one is
 * taken and printed.
 *
 * It answers initialize, ping, tools/list and the tools echo and classify by searching the
 * text of a request. It checks nothing, keeps nothing and learns nothing: no server to use,
 * but one to divide by. One thread, epoll. */
#include "base/buf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES_MAX (64U * 1024 * 1024)
#define READ_BYTES       (64U * 1024)
#define EVENTS_MAX       256

#define SCHEMA                                                                           \
    "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":"           \
    "\"string\"}},"                                                                      \
    "\"required\":[\"text\"]}"

static const char two_tools[] =
    "{\"tools\":[{\"name\":\"echo\",\"description\":\"Return the "
    "text.\"," SCHEMA
    "},{\"name\":\"classify\",\"description\":\"Classify a text.\"," SCHEMA "}]}";
static const char hello[] =
    ",\"result\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{\"tools\":{}},"
    "\"serverInfo\":{\"name\":\"floor\",\"version\":\"1\"}}}";
static const char label[] =
    ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"spam (0.97)\"}],"
    "\"structuredContent\":{\"label\":\"spam\",\"confidence\":0.97}}}";

static struct hone_span tools = {two_tools, sizeof(two_tools) - 1};

/* What follows the first occurrence of a text; NULL when there is none. */
static const char *behind(struct hone_span text, const char *wanted)
{
    size_t len = strlen(wanted);
    const char *at = text.len > 0 ? memmem(text.data, text.len, wanted, len) : NULL;
    return at != NULL ? at + len : NULL;
}

static struct hone_span from(struct hone_span text, const char *at)
{
    return hone_span_of(at, (size_t)(text.data + text.len - at));
}

static void append_echo(struct hone_buf *out, struct hone_span message)
{
    const char *text = behind(message, "\"text\":\"");
    const char *end = text != NULL ? behind(from(message, text), "\"}") : NULL;
    (void)hone_buf_append_text(
        out, ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"");
    if (end != NULL) {
        (void)hone_buf_append(out, text, (size_t)(end - 2 - text));
    }
    (void)hone_buf_append_text(out, "\"}]}}");
}

/* False for what wants no answer. */
static bool answer(struct hone_buf *out, struct hone_span message)
{
    const char *id = behind(message, "\"id\":");
    const char *method = behind(message, "\"method\":\"");
    if (id == NULL || method == NULL) {
        return false;
    }
    (void)hone_buf_append_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    (void)hone_buf_append(out, id, strcspn(id, ",}"));
    if (strncmp(method, "tools/call", 10) == 0) {
        const char *name = behind(message, "\"name\":\"");
        if (name != NULL && *name == 'e') {
            append_echo(out, message);
        } else {
            (void)hone_buf_append_text(out, label);
        }
    } else if (strncmp(method, "tools/list", 10) == 0) {
        (void)hone_buf_append_text(out, ",\"result\":");
        (void)hone_buf_append_span(out, tools);
        (void)hone_buf_append_char(out, '}');
    } else if (strncmp(method, "initialize", 10) == 0) {
        (void)hone_buf_append_text(out, hello);
    } else {
        (void)hone_buf_append_text(out, ",\"result\":{}}");
    }
    return true;
}

/* ---- stdio ---- */

static void answer_lines(struct hone_buf *in, struct hone_buf *out)
{
    size_t used = 0;
    const char *end = NULL;
    while (used < in->len &&
           (end = memchr(in->data + used, '\n', in->len - used)) != NULL) {
        size_t len = (size_t)(end - in->data) - used;
        if (answer(out, hone_span_of(in->data + used, len))) {
            (void)hone_buf_append_char(out, '\n');
        }
        used += len + 1;
    }
    hone_buf_consume(in, used);
}

static ssize_t read_some(int descriptor, struct hone_buf *in)
{
    char *place = hone_buf_reserve(in, READ_BYTES);
    ssize_t n = place != NULL ? read(descriptor, place, READ_BYTES) : -1;
    if (n > 0) {
        hone_buf_grow(in, (size_t)n);
    }
    return n;
}

/* Blocks on a pipe; on a socket it takes for granted that there is room. */
static bool write_all(int descriptor, struct hone_buf *out)
{
    size_t used = 0;
    while (used < out->len) {
        ssize_t n = write(descriptor, out->data + used, out->len - used);
        if (n < 0) {
            return false;
        }
        used += (size_t)n;
    }
    hone_buf_clear(out);
    return true;
}

static void serve_stdio(void)
{
    struct hone_buf in, out;
    hone_buf_init(&in, BUFFER_BYTES_MAX);
    hone_buf_init(&out, BUFFER_BYTES_MAX);
    while (read_some(STDIN_FILENO, &in) > 0) {
        answer_lines(&in, &out);
        if (!write_all(STDOUT_FILENO, &out)) {
            break;
        }
    }
    hone_buf_finish(&in);
    hone_buf_finish(&out);
}

/* ---- HTTP ---- */

struct connection {
    int socket;
    struct hone_buf in, out, body;
};

static size_t content_length(struct hone_span head)
{
    static const char name[] = "content-length:";
    for (const char *at = behind(head, "\n"); at != NULL;
         at = behind(from(head, at), "\n")) {
        if (strncasecmp(at, name, sizeof(name) - 1) == 0) {
            return strtoul(at + sizeof(name) - 1, NULL, 10);
        }
    }
    return 0;
}

static void answer_posts(struct connection *connection)
{
    struct hone_buf *in = &connection->in, *body = &connection->body;
    const char *end = NULL;
    while ((end = behind(hone_buf_span(in), "\r\n\r\n")) != NULL) {
        size_t head = (size_t)(end - in->data);
        size_t len = content_length(hone_span_of(in->data, head));
        if (in->len < head + len) {
            return;
        }
        hone_buf_clear(body);
        bool answered = answer(body, hone_span_of(end, len));
        (void)hone_buf_append_format(&connection->out,
                                     "HTTP/1.1 %s\r\nContent-Type: "
                                     "application/json\r\nContent-Length: %zu\r\n\r\n",
                                     answered ? "200 OK" : "202 Accepted", body->len);
        (void)hone_buf_append_span(&connection->out, hone_buf_span(body));
        hone_buf_consume(in, head + len);
    }
}

static void accept_one(int listener, int epoll)
{
    int yes = 1;
    int made = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    struct connection *connection = made >= 0 ? calloc(1, sizeof(*connection)) : NULL;
    if (connection == NULL) {
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->socket = made;
    hone_buf_init(&connection->in, BUFFER_BYTES_MAX);
    hone_buf_init(&connection->out, BUFFER_BYTES_MAX);
    hone_buf_init(&connection->body, BUFFER_BYTES_MAX);
    (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    (void)epoll_ctl(epoll, EPOLL_CTL_ADD, made, &event);
}

static void serve_connection(struct connection *connection)
{
    bool open = read_some(connection->socket, &connection->in) > 0;
    if (open) {
        answer_posts(connection);
        open = write_all(connection->socket, &connection->out);
    }
    if (!open) {
        (void)close(connection->socket);
        hone_buf_finish(&connection->in);
        hone_buf_finish(&connection->out);
        hone_buf_finish(&connection->body);
        free(connection);
    }
}

static int print_port(int listener)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    if (getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        return -1;
    }
    (void)printf("%u\n", (unsigned)ntohs(address.sin_port));
    return fflush(stdout);
}

static int serve_http(const char *port)
{
    int yes = 1, epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event events[EVENTS_MAX], event = {.events = EPOLLIN, .data.ptr = NULL};
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
        bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, 1024) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
        perror("floor");
        return 1;
    }
    if (print_port(listener) != 0) {
        return 1;
    }
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL) {
                accept_one(listener, epoll);
            } else {
                serve_connection(events[i].data.ptr);
            }
        }
    }
}

/* Reads the list that is given out, if there is one. */
static int read_list(struct hone_buf *list, const char *path)
{
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    hone_buf_init(list, BUFFER_BYTES_MAX);
    if (path == NULL) {
        return 0;
    }
    if (file == NULL) {
        perror(path);
        return -1;
    }
    for (;;) {
        char *place = hone_buf_reserve(list, READ_BYTES);
        size_t n = place != NULL ? fread(place, 1, READ_BYTES, file) : 0;
        if (n == 0) {
            break;
        }
        hone_buf_grow(list, n);
    }
    (void)fclose(file);
    tools = hone_buf_span(list);
    return list->error;
}

int main(int argc, char **argv)
{
    struct hone_buf list;
    int code = 2;
    (void)signal(SIGPIPE, SIG_IGN);
    bool is_stdio = argc >= 2 && argc <= 3 && strcmp(argv[1], "stdio") == 0;
    bool is_http = argc >= 3 && argc <= 4 && strcmp(argv[1], "http") == 0;
    if (!is_stdio && !is_http) {
        (void)fputs("usage: floor stdio [LIST] | floor http PORT [LIST]\n", stderr);
        return code;
    }
    if (read_list(&list, argv[is_stdio ? 2 : 3]) != 0) {
        return 1;
    }
    if (is_stdio) {
        serve_stdio();
        code = 0;
    } else {
        code = serve_http(argv[2]);
    }
    hone_buf_finish(&list);
    return code;
}
