#include "tests/support/support.h"

#include "base/alloc.h"
#include "cli/client.h"
#include "cli/place.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A control socket that reads one line and sends its answer. */
struct server {
    pthread_t thread;
    int listener;
    char *folder, *path;
    const char *answer; /* NULL: hangs up instead */
    char request[4096];
};

static void *run_server(void *owner)
{
    struct server *server = owner;
    size_t len = 0;
    int connection = accept(server->listener, NULL, NULL);
    while (connection >= 0 && len < sizeof server->request - 1 &&
           memchr(server->request, '\n', len) == NULL) {
        ssize_t n =
            recv(connection, server->request + len, sizeof server->request - 1 - len, 0);
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
    }
    if (connection >= 0 && server->answer != NULL) {
        (void)send(connection, server->answer, strlen(server->answer), MSG_NOSIGNAL);
        char end = 0;
        (void)recv(connection, &end, 1, 0); /* until the client is done */
    }
    if (connection >= 0) {
        close(connection);
    }
    return NULL;
}

static void start_server(struct server *server, const char *answer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memset(server, 0, sizeof *server);
    server->answer = answer;
    server->folder = support_make_folder();
    server->path = hone_alloc_format("%s/hone.sock", server->folder);
    assert_true(strlen(server->path) < sizeof address.sun_path);
    memcpy(address.sun_path, server->path, strlen(server->path) + 1);
    server->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(0,
                     bind(server->listener, (struct sockaddr *)&address, sizeof address));
    assert_int_equal(0, listen(server->listener, 4));
    assert_int_equal(0, pthread_create(&server->thread, NULL, run_server, server));
}

static void stop_server(struct server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    close(server->listener);
    support_remove_folder(server->folder);
    free(server->folder);
    free(server->path);
}

/* One request to a server that sends answer. */
static int ask(const char *answer, int timeout_ms, json_t **result, bool *answered,
               struct hone_error *err)
{
    struct server server;
    struct hone_client *client = NULL;
    json_t *params = json_pack("{s:s}", "skill", "triage");
    start_server(&server, answer);
    support_ok(hone_client_connect(&client, server.path, err), err);
    int code = hone_client_request(client, "hone/status", params, timeout_ms, result,
                                   answered, err);
    hone_client_destroy(client);
    stop_server(&server);
    assert_string_equal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hone/status\","
                        "\"params\":{\"skill\":\"triage\"}}\n",
                        server.request);
    json_decref(params);
    return code;
}

static void reads_the_result_behind_notifications(void **state)
{
    json_t *result = NULL;
    bool answered = false;
    struct hone_error err;
    (void)state;
    support_ok(ask("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n"
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"n\":3}}\n",
                   5000, &result, &answered, &err),
               &err);
    assert_true(answered);
    assert_int_equal(3, json_integer_value(json_object_get(result, "n")));
    json_decref(result);
}

static void turns_an_error_into_code_message_and_hint(void **state)
{
    json_t *result = NULL;
    bool answered = false;
    struct hone_error err;
    (void)state;
    assert_int_equal(
        HONE_E_NOT_FOUND,
        ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":"
            "\"no skill\",\"data\":{\"code\":\"not_found\",\"hint\":\"look\"}}}\n",
            5000, &result, &answered, &err));
    assert_true(answered);
    assert_string_equal("no skill", err.message);
    assert_string_equal("look", err.hint);
    assert_null(result);
}

static void tells_a_lost_connection_from_an_answer(void **state)
{
    json_t *result = NULL;
    bool answered = true;
    struct hone_error err;
    (void)state;
    assert_int_equal(HONE_E_CLOSED, ask(NULL, 5000, &result, &answered, &err));
    assert_false(answered);
    assert_int_equal(HONE_E_CORRUPT, ask("what?\n", 5000, &result, &answered, &err));
    assert_false(answered);
    assert_int_equal(HONE_E_AGAIN, ask("{\"half\":", 50, &result, &answered, &err));
    assert_false(answered);
}

static void a_socket_that_was_left_behind_is_nobody(void **state)
{
    struct server server;
    struct hone_client *client = NULL;
    struct hone_error err;
    (void)state;
    start_server(&server, NULL);
    (void)shutdown(server.listener, SHUT_RDWR);
    (void)pthread_join(server.thread, NULL);
    close(server.listener);
    assert_int_equal(HONE_E_NOT_FOUND, hone_client_connect(&client, server.path, &err));
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_client_connect(&client, "/nowhere/hone.sock", &err));
    support_remove_folder(server.folder);
    free(server.folder);
    free(server.path);
}

static void refuses_a_path_too_long_for_a_socket(void **state)
{
    char path[300];
    struct hone_client *client = NULL;
    struct hone_error err;
    (void)state;
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(HONE_E_INVALID, hone_client_connect(&client, path, &err));
    assert_non_null(strstr(err.hint, "--data"));
}

static void knows_every_error_name(void **state)
{
    (void)state;
    for (int code = HONE_E_NOMEM; code >= HONE_E_CLOSED; code--) {
        assert_int_equal(code, hone_client_code_of(hone_error_name(code)));
    }
    assert_int_equal(HONE_E_INVALID, hone_client_code_of("no such name"));
}

static void finds_the_data_folder_whose_server_runs(void **state)
{
    struct server server;
    char *found = NULL;
    (void)state;
    start_server(&server, NULL);
    char *slash = strrchr(server.folder, '/');
    char *above = hone_alloc_bytes(server.folder, (size_t)(slash - server.folder));
    /* The folder above may hold folders of other tests, whose servers count too. */
    assert_true(hone_place_count_running(above, &found) >= 1);
    assert_non_null(found);
    free(found);
    stop_server(&server);
    assert_int_equal(0, hone_place_count_running("/nowhere", &found));
    assert_null(found);
    free(above);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_result_behind_notifications),
        cmocka_unit_test(turns_an_error_into_code_message_and_hint),
        cmocka_unit_test(tells_a_lost_connection_from_an_answer),
        cmocka_unit_test(a_socket_that_was_left_behind_is_nobody),
        cmocka_unit_test(refuses_a_path_too_long_for_a_socket),
        cmocka_unit_test(knows_every_error_name),
        cmocka_unit_test(finds_the_data_folder_whose_server_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
