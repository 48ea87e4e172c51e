/* What the conformance suite itself does not ask of its fixtures: that they need no skills, stop
 * when they are cancelled, and end with the server. */
#include "tests/unit/server/app_world.h"

#include "server/app_internal.h"
#include "server/dispatch.h"

#include <string.h>

/* A client whose messages go straight to the dispatcher. */
struct client {
    struct hone_session *session;
    struct hone_channel *channel;
    json_t *notifications; /* what came before the answer */
    json_t *answer;
    unsigned n_answers;
    bool answered;
};

static void take_answer(struct hone_channel *channel, struct hone_exchange *exchange,
                        int http_status, struct hone_span body)
{
    struct client *client = channel->owner;
    (void)exchange;
    (void)http_status;
    if (body.len > 0) {
        json_decref(client->answer);
        client->answer = json_loadb(body.data, body.len, 0, NULL);
        client->n_answers += 1;
        client->answered = true;
    }
}

static void take_message(struct hone_channel *channel, struct hone_exchange *exchange,
                         struct hone_span body)
{
    struct client *client = channel->owner;
    (void)exchange;
    (void)json_array_append_new(client->notifications,
                                json_loadb(body.data, body.len, 0, NULL));
}

static void connect_client(struct client *client, struct hone_app *app)
{
    static const struct hone_channel_carrier carrier = {
        .name = "test", .reply = take_answer, .send = take_message};
    *client = (struct client){
        .session = hone_session_create(app, carrier.name, true, false),
        .channel = hone_channel_create(&carrier, client, false),
        .notifications = json_array(),
    };
}

static void leave(struct client *client)
{
    hone_session_close(client->session);
    hone_channel_close(client->channel);
    json_decref(client->notifications);
    json_decref(client->answer);
}

static void say(struct client *client, const char *message)
{
    client->answered = false;
    hone_dispatch_message(client->session, client->channel, hone_span_text(message),
                          NULL);
}

static void ask(struct client *client, const char *message)
{
    say(client, message);
    hone_loop_run_until(&client->session->app->loop, &client->answered);
}

static const char *first_text(const struct client *client)
{
    const json_t *content =
        json_object_get(json_object_get(client->answer, "result"), "content");
    return json_string_value(json_object_get(json_array_get(content, 0), "text"));
}

static struct world *make_fixtures(void)
{
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    world->folder = support_make_folder();
    char *data = hone_alloc_format("%s/data", world->folder);
    hone_config_init(&world->config);
    set_option(world, "conformance", "true");
    set_option(world, "data", data);
    support_ok(hone_config_finalize(&world->config, &world->err), &world->err);
    support_ok(hone_app_create(&world->app, &world->config, false, &world->err),
               &world->err);
    free(data);
    return world;
}

static void serves_its_fixtures_without_any_skill(void **state)
{
    (void)state;
    struct world *world = make_fixtures();
    json_t *result = call_tool(world, "test_simple_text", json_object());
    const json_t *block = json_array_get(json_object_get(result, "content"), 0);
    assert_string_equal(text_of(block, "text"),
                        "This is a simple text response for testing.");
    json_decref(result);
    result = call_tool(world, "echo", json_pack("{s:s}", "text", "as it was"));
    block = json_array_get(json_object_get(result, "content"), 0);
    assert_string_equal(text_of(block, "text"), "as it was");
    assert_non_null(
        json_object_get(json_object_get(result, "_meta"), "io.github.hone/call_id"));
    json_decref(result);
    destroy_world(world);
}

static void tells_progress_in_steps(void **state)
{
    (void)state;
    struct world *world = make_fixtures();
    struct client client;
    connect_client(&client, world->app);
    ask(&client,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
        "\"name\":\"test_tool_with_progress\",\"_meta\":{\"progressToken\":\"p\"}}}");
    assert_string_equal(first_text(&client), "Progress was told three times.");
    assert_int_equal(json_array_size(client.notifications), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *params =
            json_object_get(json_array_get(client.notifications, i), "params");
        support_near(json_number_value(json_object_get(params, "progress")),
                     50.0 * (double)i, 0.0);
    }
    leave(&client);
    destroy_world(world);
}

static void stops_when_its_client_cancels(void **state)
{
    (void)state;
    struct world *world = make_fixtures();
    struct client client;
    connect_client(&client, world->app);
    say(&client, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{"
                 "\"name\":\"slow_compute\",\"arguments\":{\"seconds\":3600}}}");
    assert_int_equal(world->app->n_exchanges, 1);
    say(&client, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                 "\"params\":{\"requestId\":7}}");
    assert_int_equal(world->app->n_exchanges, 0);
    assert_int_equal(client.n_answers, 0);
    leave(&client);
    destroy_world(world);
}

static void what_waits_ends_with_the_server(void **state)
{
    (void)state;
    struct world *world = make_fixtures();
    struct client client;
    connect_client(&client, world->app);
    say(&client, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{"
                 "\"name\":\"slow_compute\",\"arguments\":{\"seconds\":3600}}}");
    leave(&client);
    assert_int_equal(world->app->n_exchanges, 1);
    destroy_world(world); /* with the timer: the sanitizer knows */
}

static bool lists_changing_tool(struct client *client)
{
    size_t index = 0;
    json_t *tool = NULL;
    bool found = false;
    ask(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
    const json_t *tools =
        json_object_get(json_object_get(client->answer, "result"), "tools");
    assert_true(json_array_size(tools) > 10);
    json_array_foreach(tools, index, tool)
    {
        found = found || strcmp(text_of(tool, "name"), "test_changing_tool") == 0;
    }
    return found;
}

static void a_tool_comes_and_goes(void **state)
{
    static const char trigger[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
        "\"params\":{\"name\":\"test_trigger_tool_change\"}}";
    (void)state;
    struct world *world = make_fixtures();
    struct client client;
    connect_client(&client, world->app);
    assert_false(lists_changing_tool(&client));
    ask(&client, trigger);
    assert_string_equal(first_text(&client), "Changed.");
    assert_true(lists_changing_tool(&client));
    ask(&client, trigger);
    assert_false(lists_changing_tool(&client));
    leave(&client);
    destroy_world(world);
}

static void the_calls_of_a_batch_end_with_their_client(void **state)
{
    (void)state;
    struct world *world = make_fixtures();
    struct client client;
    connect_client(&client, world->app);
    client.channel->closing_cancels = true;
    ask(&client, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                 "\"protocolVersion\":\"2025-03-26\",\"capabilities\":{}}}");
    hone_dispatch_message(
        client.session, client.channel,
        hone_span_text("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"
                       "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\","
                       "\"params\":{\"name\":\"slow_compute\",\"arguments\":{"
                       "\"seconds\":3000}}},{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":"
                       "\"tools/call\",\"params\":{\"name\":\"slow_compute\","
                       "\"arguments\":{\"seconds\":3000}}}]"),
        NULL);
    assert_int_equal(world->app->n_exchanges, 3); /* two calls and the batch */
    leave(&client);
    assert_int_equal(world->app->n_exchanges, 0);
    destroy_world(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_its_fixtures_without_any_skill),
        cmocka_unit_test(tells_progress_in_steps),
        cmocka_unit_test(stops_when_its_client_cancels),
        cmocka_unit_test(the_calls_of_a_batch_end_with_their_client),
        cmocka_unit_test(what_waits_ends_with_the_server),
        cmocka_unit_test(a_tool_comes_and_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
