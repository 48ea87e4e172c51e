/* Items of lists, in each revision; contents and results. */
#include "tests/support/support.h"

#include "protocol/mcp_content.h"
#include "protocol/mcp_era.h"
#include "protocol/mcp_icon.h"
#include "protocol/mcp_list.h"
#include "protocol/mcp_skills.h"
#include "schema/json.h"

#include <string.h>

static const struct hone_mcp_server server = {.name = "hone", .version = "1"};

#define SERVER_INFO                                                                      \
    "\"_meta\":{\"io.modelcontextprotocol/"                                              \
    "serverInfo\":{\"name\":\"hone\",\"version\":\"1\"}}"

/* Takes value. */
static void expect(json_t *value, const char *text)
{
    struct hone_buf buf;
    hone_buf_init(&buf, 100000);
    assert_int_equal(hone_json_append(&buf, value), 0);
    assert_string_equal(buf.data, text);
    hone_buf_finish(&buf);
    json_decref(value);
}

static void a_tool_shows_what_each_revision_knows(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "{\"name\":\"t\",\"description\":\"d\",\"inputSchema\":{}}",
        "{\"name\":\"t\",\"description\":\"d\",\"inputSchema\":{},\"annotations\":{"
        "\"readOnlyHint\":true,\"destructiveHint\":false,\"idempotentHint\":false,"
        "\"openWorldHint\":false}}",
        "{\"name\":\"t\",\"title\":\"T\",\"description\":\"d\",\"inputSchema\":{},"
        "\"outputSchema\":{},\"annotations\":{\"readOnlyHint\":true,"
        "\"destructiveHint\":false,\"idempotentHint\":false,\"openWorldHint\":false},"
        "\"_meta\":{}}",
        "{\"name\":\"t\",\"title\":\"T\",\"description\":\"d\",\"inputSchema\":{},"
        "\"outputSchema\":{},\"annotations\":{\"readOnlyHint\":true,"
        "\"destructiveHint\":false,\"idempotentHint\":false,\"openWorldHint\":false},"
        "\"icons\":[],\"_meta\":{}}",
    };
    json_t *object = json_object(), *array = json_array();
    struct hone_mcp_tool tool = {.name = "t",
                                 .title = "T",
                                 .description = "d",
                                 .input_schema = object,
                                 .output_schema = object,
                                 .icons = array,
                                 .meta = object,
                                 .read_only = true};
    for (int i = 0; i < HONE_MCP_REVISION_N; i++) {
        expect(hone_mcp_list_tool(&tool, (enum hone_mcp_revision)i),
               expected[i < 4 ? i : 3]);
    }
    json_decref(object);
    json_decref(array);
}

static void resources_and_templates_show_what_each_revision_knows(void **state)
{
    (void)state;
    struct hone_mcp_resource resource = {.uri = "a://b",
                                         .name = "b",
                                         .title = "B",
                                         .mime_type = "text/plain",
                                         .size_bytes = 5};
    expect(hone_mcp_list_resource(&resource, HONE_MCP_2024_11_05),
           "{\"uri\":\"a://b\",\"name\":\"b\",\"mimeType\":\"text/plain\"}");
    expect(hone_mcp_list_resource(&resource, HONE_MCP_2025_03_26),
           "{\"uri\":\"a://b\",\"name\":\"b\",\"mimeType\":\"text/plain\",\"size\":5}");
    expect(hone_mcp_list_resource(&resource, HONE_MCP_2026_07_28),
           "{\"uri\":\"a://b\",\"name\":\"b\",\"title\":\"B\",\"mimeType\":"
           "\"text/plain\",\"size\":5}");
    resource.size_bytes = -1;
    resource.title = NULL;
    resource.mime_type = NULL;
    expect(hone_mcp_list_resource(&resource, HONE_MCP_2026_07_28),
           "{\"uri\":\"a://b\",\"name\":\"b\"}");
    struct hone_mcp_resource_template shown = {
        .uri_template = "a://{b}", .name = "b", .title = "B", .description = "d"};
    expect(hone_mcp_list_template(&shown, HONE_MCP_2025_03_26),
           "{\"uriTemplate\":\"a://{b}\",\"name\":\"b\",\"description\":\"d\"}");
    expect(hone_mcp_list_template(&shown, HONE_MCP_2025_11_25),
           "{\"uriTemplate\":\"a://{b}\",\"name\":\"b\",\"title\":\"B\",\"description\":"
           "\"d\"}");
}

static void annotations_of_resources_are_those_of_the_revision(void **state)
{
    (void)state;
    json_t *annotations = json_pack("{s:[s],s:s}", "audience", "user", "lastModified",
                                    "2026-01-31T23:59:59.123Z");
    struct hone_mcp_resource resource = {
        .uri = "a://b", .name = "b", .size_bytes = -1, .annotations = annotations};
    for (int i = 0; i < HONE_MCP_REVISION_N; i++) {
        expect(hone_mcp_list_resource(&resource, (enum hone_mcp_revision)i),
               i < HONE_MCP_2025_06_18
                   ? "{\"uri\":\"a://b\",\"name\":\"b\",\"annotations\":{\"audience\":["
                     "\"user\"]}}"
                   : "{\"uri\":\"a://b\",\"name\":\"b\",\"annotations\":{\"audience\":["
                     "\"user\"],\"lastModified\":\"2026-01-31T23:59:59.123Z\"}}");
    }
    assert_int_equal(json_object_size(annotations), 2); /* it was not cut itself */
    json_decref(annotations);
}

static void icons_are_pictures_in_the_text(void **state)
{
    (void)state;
    const struct hone_image_head head = {"image/jpeg", 48, 16};
    expect(hone_mcp_icon_list(&head, hone_span_of("\xff\xd8\xff\0", 4)),
           "[{\"src\":\"data:image/jpeg;base64,/9j/AA==\",\"mimeType\":\"image/jpeg\","
           "\"sizes\":[\"48x16\"]}]");
}

static void a_page_has_room_for_the_largest_icon(void **state)
{
    (void)state;
    static char bytes[HONE_MCP_ICON_BYTES_MAX];
    const struct hone_image_head head = {"image/jpeg", UINT32_MAX, UINT32_MAX};
    json_t *icons = hone_mcp_icon_list(&head, hone_span_of(bytes, sizeof(bytes)));
    const json_t *icon = json_array_get(icons, 0);
    assert_int_equal(json_string_length(json_object_get(icon, "src")),
                     strlen("data:image/jpeg;base64,") + (sizeof(bytes) + 2) / 3 * 4);
    json_decref(icons);
}

static void prompts_show_their_arguments(void **state)
{
    (void)state;
    const struct hone_mcp_prompt_argument arguments[] = {
        {.name = "x", .title = "X", .description = "an x", .required = true},
        {.name = "y"},
    };
    struct hone_mcp_prompt prompt = {
        .name = "p", .title = "P", .arguments = arguments, .n_arguments = 2};
    expect(hone_mcp_list_prompt(&prompt, HONE_MCP_2025_03_26),
           "{\"name\":\"p\",\"arguments\":[{\"name\":\"x\",\"description\":\"an x\","
           "\"required\":true},{\"name\":\"y\",\"required\":false}]}");
    expect(hone_mcp_list_prompt(&prompt, HONE_MCP_2026_07_28),
           "{\"name\":\"p\",\"title\":\"P\",\"arguments\":[{\"name\":\"x\",\"title\":"
           "\"X\",\"description\":\"an x\",\"required\":true},{\"name\":\"y\","
           "\"required\":false}]}");
    prompt.n_arguments = 0;
    expect(hone_mcp_list_prompt(&prompt, HONE_MCP_2024_11_05), "{\"name\":\"p\"}");
}

static void a_page_names_the_next_one(void **state)
{
    (void)state;
    expect(hone_mcp_list_result_take(HONE_MCP_2025_03_26, "prompts", json_array(), "more",
                                     &server),
           "{\"prompts\":[],\"nextCursor\":\"more\"}");
    expect(hone_mcp_list_result_take(HONE_MCP_2026_07_28, "prompts", json_array(), NULL,
                                     &server),
           "{\"resultType\":\"complete\",\"prompts\":[],\"ttlMs\":300000,\"cacheScope\":"
           "\"private\"," SERVER_INFO "}");
}

static void contents_are_text_or_base64(void **state)
{
    (void)state;
    struct hone_span uri = hone_span_text("a://b");
    expect(hone_mcp_content_read_result_take(
               HONE_MCP_ERA_LEGACY,
               hone_mcp_content_resource_text(uri, "text/plain", hone_span_text("hi")),
               &server),
           "{\"contents\":[{\"uri\":\"a://b\",\"mimeType\":\"text/plain\",\"text\":"
           "\"hi\"}]}");
    expect(hone_mcp_content_read_result_take(
               HONE_MCP_ERA_MODERN,
               hone_mcp_content_resource_blob(uri, NULL, hone_span_of("\xff\0!", 3)),
               &server),
           "{\"resultType\":\"complete\",\"contents\":[{\"uri\":\"a://b\",\"blob\":"
           "\"/wAh\"}],\"ttlMs\":0,\"cacheScope\":\"private\"," SERVER_INFO "}");
    expect(hone_mcp_content_resource_blob(uri, NULL, hone_span_of(NULL, 0)),
           "{\"uri\":\"a://b\",\"blob\":\"\"}");
}

static void a_prompt_is_messages(void **state)
{
    (void)state;
    json_t *messages = json_array();
    json_array_append_new(messages,
                          hone_mcp_content_message("user", hone_span_text("do it")));
    expect(hone_mcp_content_prompt_result_take(HONE_MCP_ERA_LEGACY, "what", messages,
                                               &server),
           "{\"description\":\"what\",\"messages\":[{\"role\":\"user\",\"content\":{"
           "\"type\":\"text\",\"text\":\"do it\"}}]}");
}

static void a_completion_gives_the_first_values_and_counts_all(void **state)
{
    (void)state;
    expect(hone_mcp_content_completion_result_take(
               HONE_MCP_ERA_LEGACY, json_pack("[sss]", "a", "b", "c"), 2, &server),
           "{\"completion\":{\"values\":[\"a\",\"b\"],\"total\":3,\"hasMore\":true}}");
    expect(hone_mcp_content_completion_result_take(HONE_MCP_ERA_LEGACY,
                                                   json_pack("[s]", "a"), 2, &server),
           "{\"completion\":{\"values\":[\"a\"],\"total\":1,\"hasMore\":false}}");
}

static void a_skill_lists_its_files_with_digests(void **state)
{
    (void)state;
    json_t *front = json_pack("{s:s}", "name", "s");
    struct hone_mcp_skills_file file = {"skill://s/SKILL.md",
                                        hone_digest_of(hone_span_text("")), 0};
    json_t *entry = hone_mcp_skills_entry("skill://s/SKILL.md", front, &file, 1);
    expect(hone_mcp_skills_get_result_take(HONE_MCP_ERA_LEGACY, entry, &server),
           "{\"skill\":{\"uri\":\"skill://s/SKILL.md\",\"frontmatter\":{\"name\":\"s\"},"
           "\"resources\":[{\"uri\":\"skill://s/SKILL.md\",\"digest\":\"sha256:"
           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
           "\"size\":0}]}}");
    expect(
        hone_mcp_skills_directory_result_take(HONE_MCP_ERA_MODERN, json_array(), &server),
        "{\"resultType\":\"complete\",\"resources\":[]," SERVER_INFO "}");
    json_decref(front);
}

/* By enum hone_mcp_revision. */
static const char *const legacy_versions[] = {"2024-11-05", "2025-03-26", "2025-06-18",
                                              "2025-11-25"};

static void the_server_shows_icons_where_it_introduces_itself(void **state)
{
    (void)state;
    json_t *icons = json_pack("[{s:s}]", "src", "data:,");
    struct hone_mcp_server shown = {.name = "hone", .version = "1", .icons = icons};
    for (int i = 0; i < HONE_MCP_2026_07_28; i++) {
        json_t *params = json_pack("{s:s}", "protocolVersion", legacy_versions[i]);
        json_t *result = hone_mcp_initialize_result(params, &shown);
        const json_t *info = json_object_get(result, "serverInfo");
        assert_int_equal(json_object_get(info, "icons") != NULL,
                         i >= HONE_MCP_2025_11_25);
        json_decref(result);
        json_decref(params);
    }
    json_t *found = hone_mcp_discover_result(&shown);
    const json_t *info = json_object_get(json_object_get(found, "_meta"),
                                         "io.modelcontextprotocol/serverInfo");
    assert_ptr_equal(json_object_get(info, "icons"), icons);
    json_decref(found);
    expect(
        hone_mcp_skills_directory_result_take(HONE_MCP_ERA_MODERN, json_array(), &shown),
        "{\"resultType\":\"complete\",\"resources\":[]," SERVER_INFO "}");
    json_decref(icons);
}

static void revisions_have_their_names(void **state)
{
    (void)state;
    for (int i = 0; i < HONE_MCP_2026_07_28; i++) {
        enum hone_mcp_revision revision = (enum hone_mcp_revision)i;
        assert_int_equal(hone_mcp_era_revision(HONE_MCP_ERA_LEGACY, legacy_versions[i]),
                         revision);
        assert_int_equal(hone_mcp_era_of(revision), HONE_MCP_ERA_LEGACY);
    }
    assert_int_equal(hone_mcp_era_revision(HONE_MCP_ERA_LEGACY, NULL),
                     HONE_MCP_2025_11_25);
    assert_int_equal(hone_mcp_era_revision(HONE_MCP_ERA_MODERN, NULL),
                     HONE_MCP_2026_07_28);
    assert_int_equal(hone_mcp_era_of(HONE_MCP_2026_07_28), HONE_MCP_ERA_MODERN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tool_shows_what_each_revision_knows),
        cmocka_unit_test(resources_and_templates_show_what_each_revision_knows),
        cmocka_unit_test(annotations_of_resources_are_those_of_the_revision),
        cmocka_unit_test(icons_are_pictures_in_the_text),
        cmocka_unit_test(a_page_has_room_for_the_largest_icon),
        cmocka_unit_test(prompts_show_their_arguments),
        cmocka_unit_test(a_page_names_the_next_one),
        cmocka_unit_test(contents_are_text_or_base64),
        cmocka_unit_test(a_prompt_is_messages),
        cmocka_unit_test(a_completion_gives_the_first_values_and_counts_all),
        cmocka_unit_test(a_skill_lists_its_files_with_digests),
        cmocka_unit_test(the_server_shows_icons_where_it_introduces_itself),
        cmocka_unit_test(revisions_have_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
