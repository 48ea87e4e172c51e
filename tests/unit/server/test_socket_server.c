#include "tests/unit/server/app_world.h"
#include "tests/unit/server/tcp_client.h"

#include "server/app_internal.h"
#include "server/socket_server.h"

#define PING "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n"

static int set_up(void **state)
{
    char *skills = support_source_path("tests/data/skills/guide");
    struct world *world = make_world(skills);
    free(skills);
    set_option(world, "conformance", "true");
    open_app(world);
    support_ok(hone_socket_server_start(&world->app->tcp, world->app, "127.0.0.1:0",
                                        false, &world->err),
               &world->err);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    destroy_world(*state);
    return 0;
}

static struct client *make_client(struct world *world)
{
    return client_make(&world->app->loop, hone_socket_server_port(world->app->tcp));
}

static void drops_a_browser_that_posts_messages_as_lines(void **state)
{
    static const char *const first_lines[] = {
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "OPTIONS / HTTP/1.1\r\n\r\n",
        "x\n"};
    for (size_t i = 0; i < sizeof(first_lines) / sizeof(first_lines[0]); i++) {
        struct client *client = make_client(*state);
        char *text = hone_alloc_format("%s%s", first_lines[i], PING);
        client_say(client, text);
        free(text);
        client_await_end(client);
        assert_int_equal(client->heard.len, 0);
        client_leave(client);
    }
}

static void answers_a_client_whose_first_line_is_a_message(void **state)
{
    struct client *client = make_client(*state);
    client_say(client, " " PING "x\n" PING);
    client_await(client, "\"result\":{}}\n{\"jsonrpc\":\"2.0\",\"id\":null,\"error\"");
    client_leave(client);
}

/* It cannot answer what it is asked any more, but still takes the answer of its call. */
static void a_client_that_says_nothing_more_gets_its_answers(void **state)
{
    struct client *client = make_client(*state);
    client_say(client,
               "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
               "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{"
               "\"elicitation\":{}}}}\n"
               "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{"
               "\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"who?\"}}}\n");
    client_await(client, "elicitation/create");
    client_say_nothing_more(client);
    client_await(client, "it says nothing more");
    client_await_end(client);
    client_leave(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(drops_a_browser_that_posts_messages_as_lines,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_says_nothing_more_gets_its_answers,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_a_client_whose_first_line_is_a_message,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
