#include "tests/unit/server/app_world.h"
#include "tests/unit/server/tcp_client.h"

#include "server/app_internal.h"
#include "server/http_auth.h"
#include "server/http_server.h"
#include "server/http_sessions.h"
#include "server/http_sessions_internal.h"

#include <string.h>

struct setting {
    struct world *world;
    struct hone_app *app;
};

static int set_up(void **state)
{
    struct setting *setting = hone_alloc_zeroed(1, sizeof(*setting));
    char *skills = support_source_path("tests/data/skills/guide");
    setting->world = make_world(skills);
    free(skills);
    set_option(setting->world, "conformance", "true");
    open_app(setting->world);
    setting->app = setting->world->app;
    struct hone_error *err = &setting->world->err;
    support_ok(hone_http_auth_create(&setting->app->http_auth, setting->app, err), err);
    support_ok(
        hone_http_server_start(&setting->app->http, setting->app, "127.0.0.1:0", err),
        err);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;
    destroy_world(setting->world);
    free(setting);
    return 0;
}

static struct client *make_client(struct setting *setting)
{
    return client_make(&setting->app->loop, hone_http_server_port(setting->app->http));
}

static void client_post(struct client *client, const char *session, const char *body)
{
    char *text = hone_alloc_format("POST /mcp HTTP/1.1\r\nHost: localhost\r\n"
                                   "Content-Type: application/json\r\n%s%s%s"
                                   "Content-Length: %zu\r\n\r\n%s",
                                   session != NULL ? "Mcp-Session-Id: " : "",
                                   session != NULL ? session : "",
                                   session != NULL ? "\r\n" : "", strlen(body), body);
    client_say(client, text);
    free(text);
}

/* A request without a body, in the session. */
static void client_ask(struct client *client, const char *method, const char *session)
{
    char *text = hone_alloc_format("%s /mcp HTTP/1.1\r\nHost: localhost\r\n"
                                   "Mcp-Session-Id: %s\r\n\r\n",
                                   method, session);
    client_say(client, text);
    free(text);
}

/* The id of a new session; the caller's. */
static char *open_session(struct setting *setting, struct client *client)
{
    static const char header[] = "Mcp-Session-Id: ";
    client_post(
        client, NULL,
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
        "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"elicitation\":{}},"
        "\"clientInfo\":{"
        "\"name\":\"old\",\"version\":\"1\"}}}");
    client->awaited = "\"serverInfo\"";
    client->done = false;
    hone_loop_run_until(&setting->app->loop, &client->done);
    const char *found = strstr(client->heard.data, header);
    assert_non_null(found);
    found += sizeof(header) - 1;
    char *id = hone_alloc_bytes(found, strcspn(found, "\r"));
    hone_buf_clear(&client->heard);
    return id;
}

/* ---- tests ---- */

/* The end of the session is asked for on the connection that carries its stream, behind
 * it, and so comes when another connection takes the stream over. */
static void takes_a_stream_over_from_a_connection_that_ends_the_session(void **state)
{
    struct setting *setting = *state;
    struct client *former = make_client(setting), *latter = make_client(setting);
    char *id = open_session(setting, former);
    client_ask(former, "GET", id);
    client_await(former, "text/event-stream");
    client_ask(former, "DELETE", id);
    client_ask(latter, "GET", id);
    client_await(latter, "text/event-stream");
    client_await(former, "HTTP/1.1 200");
    assert_int_equal(hone_http_sessions_n(setting->app->http_sessions), 0);
    client_leave(former);
    client_leave(latter);
    free(id);
}

static void resumes_a_stream_of_a_connection_that_ends_the_session(void **state)
{
    struct setting *setting = *state;
    struct client *former = make_client(setting), *latter = make_client(setting);
    char *id = open_session(setting, former);
    client_ask(former, "GET", id);
    client_await(former, "id: 1-0");
    client_ask(former, "DELETE", id);
    char *text = hone_alloc_format("GET /mcp HTTP/1.1\r\nHost: localhost\r\n"
                                   "Mcp-Session-Id: %s\r\nLast-Event-ID: 1-0\r\n\r\n",
                                   id);
    client_say(latter, text);
    free(text);
    client_await(latter, "text/event-stream");
    client_await(former, "HTTP/1.1 200");
    assert_int_equal(hone_http_sessions_n(setting->app->http_sessions), 0);
    client_leave(former);
    client_leave(latter);
    free(id);
}

static void forgets_a_session_whose_client_never_answers(void **state)
{
    struct setting *setting = *state;
    struct client *client = make_client(setting);
    char *id = open_session(setting, client);
    client_post(client, id,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
                "\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"who?\"}}}");
    client_await(client, "elicitation/create");
    client_leave(client);
    struct hone_http_sessions *sessions = setting->app->http_sessions;
    uint64_t now_ms = hone_loop_now_ms(&setting->app->loop);
    hone_http_sessions_sweep(sessions, now_ms);
    assert_int_equal(hone_http_sessions_n(sessions), 1);
    /* The server has noticed the closing when it has answered somebody who came later. */
    client = make_client(setting);
    client_ask(client, "GET", "none");
    client_await(client, "HTTP/1.1 404");
    client_leave(client);
    hone_http_sessions_sweep(sessions, now_ms + 2 * HONE_HTTP_SESSIONS_IDLE_MS);
    assert_int_equal(hone_http_sessions_n(sessions), 0);
    assert_int_equal(setting->app->n_exchanges, 0);
    free(id);
}

static void takes_over_the_roles_of_a_request(void **state)
{
    struct setting *setting = *state;
    struct hone_http_sessions *sessions = setting->app->http_sessions;
    struct hone_principal may = {.name = "ci", .roles = HONE_ROLES_CLIENT};
    struct hone_principal may_less = {.name = "ci", .roles = HONE_ROLE_CALL};
    struct hone_session *session = hone_http_sessions_open(sessions, may);
    struct hone_span id = hone_span_text(hone_http_sessions_id(session));
    assert_ptr_equal(hone_http_sessions_find(sessions, id, may_less), session);
    assert_int_equal(session->principal.roles, HONE_ROLE_CALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            takes_a_stream_over_from_a_connection_that_ends_the_session, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            resumes_a_stream_of_a_connection_that_ends_the_session, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_a_session_whose_client_never_answers,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_over_the_roles_of_a_request, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
