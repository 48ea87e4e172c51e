#include "tests/support/support.h"

#include "cli/connect.h"

#include <stdlib.h>
#include <string.h>

static json_t *describe(const char *name, const struct hone_connect_target *target)
{
    const struct hone_connect_client *client = NULL;
    struct hone_error err;
    support_ok(hone_connect_find(&client, name, &err), &err);
    return hone_connect_describe(client, target);
}

static void check_document(const char *name, const struct hone_connect_target *target,
                           const char *expected)
{
    json_t *entry = describe(name, target);
    char *text = json_dumps(json_object_get(entry, "document"), JSON_COMPACT);
    assert_string_equal(expected, text);
    free(text);
    json_decref(entry);
}

static void check_command(const char *name, const struct hone_connect_target *target,
                          const char *expected)
{
    json_t *entry = describe(name, target);
    assert_string_equal(expected, json_string_value(json_object_get(entry, "command")));
    json_decref(entry);
}

static void starts_the_program_over_stdio(void **state)
{
    struct hone_connect_target target = {
        .command = json_pack("[s, s, s]", "/opt/hone", "serve", "--stdio")};
    (void)state;
    check_command("claude", &target, "claude mcp add hone -- /opt/hone serve --stdio");
    check_command("codex", &target, "codex mcp add hone -- /opt/hone serve --stdio");
    check_document(
        "claude", &target,
        "{\"mcpServers\":{\"hone\":{\"type\":\"stdio\",\"command\":\"/opt/hone\","
        "\"args\":[\"serve\",\"--stdio\"],\"env\":{}}}}");
    check_document("cursor", &target,
                   "{\"mcpServers\":{\"hone\":{\"command\":\"/opt/hone\","
                   "\"args\":[\"serve\",\"--stdio\"]}}}");
    check_document("vscode", &target,
                   "{\"servers\":{\"hone\":{\"type\":\"stdio\",\"command\":\"/opt/hone\","
                   "\"args\":[\"serve\",\"--stdio\"]}},\"inputs\":[]}");
    check_document("opencode", &target,
                   "{\"mcp\":{\"hone\":{\"type\":\"local\",\"command\":"
                   "[\"/opt/hone\",\"serve\",\"--stdio\"],\"enabled\":true}}}");
    json_decref(target.command);
}

static void reaches_a_running_server_by_its_url(void **state)
{
    struct hone_connect_target target = {.url = "http://127.0.0.1:1/mcp"};
    (void)state;
    check_command("claude", &target,
                  "claude mcp add --transport http hone http://127.0.0.1:1/mcp");
    check_command("codex", &target, "codex mcp add hone --url http://127.0.0.1:1/mcp");
    check_document("cursor", &target,
                   "{\"mcpServers\":{\"hone\":{\"url\":\"http://127.0.0.1:1/mcp\"}}}");
    check_document(
        "opencode", &target,
        "{\"mcp\":{\"hone\":{\"type\":\"remote\",\"url\":\"http://127.0.0.1:1/mcp\","
        "\"enabled\":true}}}");
}

static void quotes_what_a_shell_would_read(void **state)
{
    struct hone_connect_target target = {
        .command = json_pack("[s, s, s]", "/my tools/hone", "it's", "$HOME")};
    (void)state;
    check_command("claude", &target,
                  "claude mcp add hone -- '/my tools/hone' 'it'\\''s' '$HOME'");
    json_decref(target.command);
}

static void names_the_nearest_client(void **state)
{
    const struct hone_connect_client *client = NULL;
    struct hone_error err;
    (void)state;
    assert_int_equal(HONE_E_INVALID, hone_connect_find(&client, "curser", &err));
    assert_string_equal("did you mean \"cursor\"?", err.hint);
    assert_int_equal(HONE_E_INVALID, hone_connect_find(&client, "emacs", &err));
    assert_null(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_the_program_over_stdio),
        cmocka_unit_test(reaches_a_running_server_by_its_url),
        cmocka_unit_test(quotes_what_a_shell_would_read),
        cmocka_unit_test(names_the_nearest_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
