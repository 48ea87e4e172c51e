/* Messages as POST requests to the program, one connection for all, with the headers that a
 * client of the message's era sends. */
#include "tests/replay/transport.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "tests/replay/child.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX (16U * 1024 * 1024)
#define SESSION_SIZE      128
#define KEY_VERSION       "io.modelcontextprotocol/protocolVersion"

struct transport {
    struct child child;
    FILE *in, *out;             /* the connection, once for each direction */
    char session[SESSION_SIZE]; /* that the server named last, or "" */
};

static void connect_to(struct transport *transport, long port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)(const void *)&address,
                          sizeof(address)) != 0) {
        transport_fail("the server's port cannot be reached");
    }
    transport->out = fdopen(dup(fd), "w");
    transport->in = fdopen(fd, "r");
}

static struct transport *start(const struct transcript *transcript, const char *data)
{
    static const char *const arguments[] = {"--http", "127.0.0.1:0", NULL};
    static const char before[] = "http://127.0.0.1:";
    struct transport *transport = hone_alloc_zeroed(1, sizeof(*transport));
    child_start(&transport->child, transcript, data, arguments);
    const char *url = strstr(transport->child.where, before);
    if (url == NULL) {
        transport_fail("the server did not say where it serves HTTP");
    }
    connect_to(transport, strtol(url + sizeof(before) - 1, NULL, 10));
    return transport;
}

/* ---- the request ---- */

/* A header, unless the transcript says something of it. */
static void add_header(struct hone_buf *out, const struct transcript_step *step,
                       const char *name, const char *value)
{
    for (size_t i = 0; i < step->n_headers; i++) {
        if (strcasecmp(step->headers[i].name, name) == 0) {
            return;
        }
    }
    if (value != NULL) {
        (void)hone_buf_append_format(out, "%s: %s\r\n", name, value);
    }
}

/* What Mcp-Name repeats: a name, or what a method has in its place. */
static const char *name_of(const json_t *params)
{
    static const char *const members[] = {"name", "uri", "taskId"};
    const char *name = NULL;
    for (size_t i = 0; i < 3 && name == NULL; i++) {
        name = json_string_value(json_object_get(params, members[i]));
    }
    return name;
}

/* A legacy client that has no session says which version it speaks: the newest, as clients of
 * the other transports are taken to do before initialize. */
static void add_headers(struct hone_buf *out, const struct transcript_step *step,
                        const char *message, bool has_session)
{
    json_t *root = json_loads(message, 0, NULL);
    const json_t *params = json_object_get(root, "params");
    const char *version =
        json_string_value(json_object_get(json_object_get(params, "_meta"), KEY_VERSION));
    if (version != NULL) {
        add_header(out, step, "MCP-Protocol-Version", version);
        add_header(out, step, "Mcp-Method",
                   json_string_value(json_object_get(root, "method")));
        add_header(out, step, "Mcp-Name", name_of(params));
    } else if (!has_session) {
        add_header(out, step, "MCP-Protocol-Version", "2025-11-25");
    }
    json_decref(root);
}

static void send_request(struct transport *transport, const struct transcript_step *step,
                         const char *message)
{
    struct hone_buf out;
    hone_buf_init(&out, REQUEST_BYTES_MAX);
    (void)hone_buf_append_format(&out,
                                 "POST /mcp HTTP/1.1\r\nHost: localhost\r\n"
                                 "Content-Type: application/json\r\n"
                                 "Accept: application/json, text/event-stream\r\n"
                                 "Content-Length: %zu\r\n",
                                 strlen(message));
    add_headers(&out, step, message, transport->session[0] != '\0');
    add_header(&out, step, "Mcp-Session-Id",
               transport->session[0] != '\0' ? transport->session : NULL);
    for (size_t i = 0; i < step->n_headers; i++) {
        if (step->headers[i].value[0] != '\0') {
            (void)hone_buf_append_format(&out, "%s: %s\r\n", step->headers[i].name,
                                         step->headers[i].value);
        }
    }
    (void)hone_buf_append_format(&out, "\r\n%s", message);
    if (fwrite(out.data, 1, out.len, transport->out) != out.len ||
        fflush(transport->out) != 0) {
        transport_fail("the server does not read from its connection");
    }
    hone_buf_finish(&out);
}

/* ---- the answer ---- */

static char *read_answer(struct transport *transport, int *http_status)
{
    char line[4096];
    unsigned long length = 0;
    if (fgets(line, sizeof(line), transport->in) == NULL ||
        strncmp(line, "HTTP/1.1 ", 9) != 0) {
        transport_fail("the server closed the connection instead of answering");
    }
    *http_status = (int)strtol(line + 9, NULL, 10);
    while (fgets(line, sizeof(line), transport->in) != NULL && line[0] != '\r') {
        if (strncasecmp(line, "content-length:", 15) == 0) {
            length = strtoul(line + 15, NULL, 10);
        } else if (strncasecmp(line, "mcp-session-id: ", 16) == 0) {
            (void)sscanf(line + 16, "%127s", transport->session);
        }
    }
    if (length == 0) {
        return NULL;
    }
    char *body = hone_alloc_zeroed(1, length + 1);
    if (fread(body, 1, length, transport->in) != length) {
        transport_fail("the server closed the connection inside an answer");
    }
    return body;
}

static char *exchange(struct transport *transport, const struct transcript_step *step,
                      const char *message, int *http_status)
{
    send_request(transport, step, message);
    return read_answer(transport, http_status);
}

static bool stop(struct transport *transport)
{
    (void)fclose(transport->in);
    (void)fclose(transport->out);
    bool well = child_stop(&transport->child, SIGTERM);
    free(transport);
    return well;
}

const struct transport_kind transport_http = {"http", start, exchange, stop};
