#include "tests/support/support.h"

#include "base/alloc.h"
#include "remote/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX 8192

/* A server that reads one request after the other on its connections and answers each
 * with the next of its answers; after the last it hangs up. */
struct server {
    pthread_t thread;
    int listener;
    int port;
    const char *const *answers; /* NULL behind the last */
    char requests[4][REQUEST_BYTES_MAX];
    int n_connections;
};

static bool read_request(int connection, char *out)
{
    size_t len = 0;
    for (;;) {
        ssize_t n = recv(connection, out + len, REQUEST_BYTES_MAX - 1 - len, 0);
        if (n <= 0) {
            return false;
        }
        len += (size_t)n;
        out[len] = '\0';
        const char *body = strstr(out, "\r\n\r\n");
        const char *length = strstr(out, "Content-Length: ");
        if (body != NULL && length != NULL &&
            strlen(body + 4) >= (size_t)atoi(length + strlen("Content-Length: "))) {
            return true;
        }
    }
}

static void *run_server(void *owner)
{
    struct server *server = owner;
    int n = 0;
    while (server->answers[n] != NULL) {
        int connection = accept(server->listener, NULL, NULL);
        if (connection < 0) {
            break;
        }
        server->n_connections++;
        while (server->answers[n] != NULL &&
               read_request(connection, server->requests[n])) {
            const char *answer = server->answers[n++];
            if (send(connection, answer, strlen(answer), MSG_NOSIGNAL) < 0) {
                break;
            }
        }
        close(connection);
    }
    return NULL;
}

static void start_server(struct server *server, const char *const *answers)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    memset(server, 0, sizeof *server);
    server->answers = answers;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(server->listener >= 0);
    assert_int_equal(0,
                     bind(server->listener, (struct sockaddr *)&address, sizeof address));
    assert_int_equal(0, listen(server->listener, 4));
    assert_int_equal(0, getsockname(server->listener, (struct sockaddr *)&address, &len));
    server->port = ntohs(address.sin_port);
    assert_int_equal(0, pthread_create(&server->thread, NULL, run_server, server));
}

/* Unblocks an accept that waits for nobody. */
static void stop_server(struct server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    close(server->listener);
}

static char *url_of(const struct server *server)
{
    return hone_alloc_format("http://127.0.0.1:%d/mcp", server->port);
}

static struct hone_http_client *make_client(size_t response_bytes_max, long timeout_ms)
{
    struct hone_http_client *client = NULL;
    struct hone_error err;
    struct hone_http_client_options options = {
        .connect_timeout_ms = 5000,
        .timeout_ms = timeout_ms,
        .response_bytes_max = response_bytes_max,
        .direct = true,
    };
    support_ok(hone_http_client_create(&client, &options, &err), &err);
    return client;
}

static int post_text(struct hone_http_client *client, const char *url, const char *body,
                     struct hone_http_client_response *out, struct hone_error *err)
{
    const char *headers[] = {"Content-Type: application/json", "X-Probe: 7"};
    return hone_http_client_post(client, url, headers, 2, hone_span_text(body), out, err);
}

static void sends_body_and_headers_and_reads_the_answer(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        "8\r\n\r\n{\"a\":12}",
        NULL};
    struct server server;
    struct hone_error err;
    struct hone_http_client_response response = {0};
    (void)state;
    start_server(&server, answers);
    char *url = url_of(&server);
    struct hone_http_client *client = make_client(1000, 5000);
    support_ok(post_text(client, url, "{\"q\":1}", &response, &err), &err);
    assert_int_equal(200, response.status);
    assert_string_equal("application/json", response.content_type);
    assert_string_equal("{\"a\":12}", response.body);
    assert_int_equal(8, response.body_len);
    hone_http_client_response_finish(&response);
    hone_http_client_destroy(client);
    stop_server(&server);
    assert_memory_equal("POST /mcp HTTP/1.1\r\n", server.requests[0], 20);
    assert_non_null(strstr(server.requests[0], "\r\nX-Probe: 7\r\n"));
    assert_null(strstr(server.requests[0], "Expect:"));
    assert_non_null(strstr(server.requests[0], "\r\n\r\n{\"q\":1}"));
    free(url);
}

static void keeps_the_connection_between_requests(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n2",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", NULL};
    static const long statuses[] = {200, 404, 202};
    static const char *const bodies[] = {"1", "2", ""};
    struct server server;
    struct hone_error err;
    (void)state;
    start_server(&server, answers);
    char *url = url_of(&server);
    struct hone_http_client *client = make_client(1000, 5000);
    for (int i = 0; i < 3; i++) {
        struct hone_http_client_response response = {0};
        support_ok(post_text(client, url, "x", &response, &err), &err);
        assert_int_equal(statuses[i], response.status);
        assert_string_equal(bodies[i], response.body);
        hone_http_client_response_finish(&response);
    }
    hone_http_client_destroy(client);
    stop_server(&server);
    assert_int_equal(1, server.n_connections);
    free(url);
}

static void refuses_an_answer_over_the_limit(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890", NULL};
    struct server server;
    struct hone_error err;
    struct hone_http_client_response response = {0};
    (void)state;
    start_server(&server, answers);
    char *url = url_of(&server);
    struct hone_http_client *client = make_client(10, 5000);
    assert_int_equal(HONE_E_LIMIT, post_text(client, url, "x", &response, &err));
    assert_null(response.body);
    hone_http_client_destroy(client);
    stop_server(&server);
    free(url);
}

static void says_that_nobody_listens(void **state)
{
    static const char *const answers[] = {NULL};
    struct server server;
    struct hone_error err;
    struct hone_http_client_response response = {0};
    (void)state;
    start_server(&server, answers);
    stop_server(&server); /* its port is free now */
    char *url = url_of(&server);
    struct hone_http_client *client = make_client(1000, 5000);
    assert_int_equal(HONE_E_CLOSED, post_text(client, url, "x", &response, &err));
    assert_non_null(strstr(err.message, url));
    hone_http_client_destroy(client);
    free(url);
}

static void gives_up_when_no_answer_comes(void **state)
{
    /* Half an answer, and the connection stays open. */
    static const char *const answers[] = {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1",
                                          "", NULL};
    struct server server;
    struct hone_error err;
    struct hone_http_client_response response = {0};
    (void)state;
    start_server(&server, answers);
    char *url = url_of(&server);
    struct hone_http_client *client = make_client(1000, 50);
    assert_int_equal(HONE_E_AGAIN, post_text(client, url, "x", &response, &err));
    hone_http_client_destroy(client);
    stop_server(&server);
    free(url);
}

static void refuses_other_protocols(void **state)
{
    struct hone_error err;
    struct hone_http_client_response response = {0};
    struct hone_http_client *client = make_client(1000, 5000);
    (void)state;
    assert_int_equal(HONE_E_INVALID,
                     post_text(client, "file:///etc/passwd", "x", &response, &err));
    assert_int_equal(HONE_E_INVALID, post_text(client, "http://", "x", &response, &err));
    hone_http_client_destroy(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_body_and_headers_and_reads_the_answer),
        cmocka_unit_test(keeps_the_connection_between_requests),
        cmocka_unit_test(refuses_an_answer_over_the_limit),
        cmocka_unit_test(says_that_nobody_listens),
        cmocka_unit_test(gives_up_when_no_answer_comes),
        cmocka_unit_test(refuses_other_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
