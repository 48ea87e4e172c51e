/* Icons: of skills wherever clients see them, and of the server itself. */
#include "tests/unit/server/app_world.h"

#include "base/base64.h"
#include "base/image.h"
#include "server/server_icon.h"

#define ICON "references/icon.png" /* of the skill full */

/* A folder with one guide that has an icon, whose name says nothing of its type. */
static char *make_guide(const struct hone_span *icon)
{
    char *skills = support_make_folder();
    char *folder = hone_alloc_format("%s/told", skills);
    char *path = hone_alloc_format("%s/told/picture", skills);
    support_ok(hone_file_make_folder(folder, 0755, NULL), NULL);
    support_write_file(folder, "SKILL.md",
                       "---\nname: told\ndescription: Says so.\n---\nText.\n");
    support_write_file(folder, "skill.yaml", "format: 1\nkind: guide\nicon: picture\n");
    support_ok(hone_file_write(path, *icon, 0644, NULL), NULL);
    free(path);
    free(folder);
    return skills;
}

static const json_t *find(const json_t *result, const char *list, const char *key,
                          const char *value)
{
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(result, list), index, item)
    {
        if (strcmp(text_of(item, key), value) == 0) {
            return item;
        }
    }
    fail_msg("there is no %s in %s", value, list);
    return NULL;
}

/* Is it a list of one icon, whose picture is exactly these bytes? */
static void check_icons(const json_t *icons, struct hone_span picture, const char *mime,
                        const char *size)
{
    static const char start[] = "data:image/png;base64,";
    const json_t *icon = json_array_get(icons, 0);
    struct hone_buf bytes;
    assert_int_equal(json_array_size(icons), 1);
    assert_string_equal(text_of(icon, "mimeType"), mime);
    const json_t *sizes = json_object_get(icon, "sizes");
    assert_int_equal(json_array_size(sizes), 1);
    assert_string_equal(json_string_value(json_array_get(sizes, 0)), size);
    const char *src = text_of(icon, "src");
    assert_int_equal(strncmp(src, start, strlen(start)), 0);
    hone_buf_init(&bytes, 100000);
    assert_int_equal(hone_base64_parse(&bytes, hone_span_text(src + strlen(start)),
                                       HONE_BASE64_PADDED),
                     0);
    assert_true(hone_span_equal(hone_buf_span(&bytes), picture));
    hone_buf_finish(&bytes);
}

static struct hone_span read_icon(void)
{
    char *path = support_source_path("tests/data/skills/full/" ICON), *content = NULL;
    size_t len = 0;
    struct hone_error err;
    support_ok(hone_file_read(&content, &len, path, 100000, &err), &err);
    free(path);
    return hone_span_of(content, len);
}

static void a_skill_shows_its_icon_as_tool_prompt_and_document(void **state)
{
    (void)state;
    struct hone_span picture = read_icon();
    char *skills = make_guide(&picture);
    struct world *world = make_world(skills);
    open_app(world);
    static const struct {
        const char *method, *list, *key, *value;
    } places[] = {
        {"tools/list", "tools", "name", "told"},
        {"prompts/list", "prompts", "name", "told"},
        {"resources/list", "resources", "uri", "skill://told/SKILL.md"},
        {"resources/directory/read", "resources", "uri", "skill://told/SKILL.md"},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        json_t *result =
            request(world, places[i].method, json_pack("{s:s}", "uri", "skill://told"));
        const json_t *item = find(result, places[i].list, places[i].key, places[i].value);
        check_icons(json_object_get(item, "icons"), picture, "image/png", "32x32");
        json_decref(result);
    }
    destroy_world(world);
    support_remove_folder(skills);
    free(skills);
    free((char *)(uintptr_t)picture.data);
}

static void what_has_no_icon_shows_none(void **state)
{
    (void)state;
    char *skills = support_source_path("tests/data/skills");
    struct world *world = make_world(skills);
    open_app(world);
    json_t *tools = request(world, "tools/list", json_object());
    json_t *files = request(world, "resources/list", json_object());
    assert_null(json_object_get(find(tools, "tools", "name", "weather"), "icons"));
    assert_null(json_object_get(find(tools, "tools", "name", "feedback"), "icons"));
    assert_null(json_object_get(
        find(files, "resources", "uri", "skill://weather/SKILL.md"), "icons"));
    assert_null(
        json_object_get(find(files, "resources", "uri", "skill://full/" ICON), "icons"));
    json_decref(files);
    json_decref(tools);
    destroy_world(world);
    free(skills);
}

static void the_server_has_a_picture_of_the_size_it_says(void **state)
{
    (void)state;
    static const char start[] = "data:image/png;base64,";
    json_t *icons = hone_server_icon();
    struct hone_buf bytes;
    struct hone_image_head head;
    struct hone_error err;
    hone_buf_init(&bytes, 100000);
    const char *src = text_of(json_array_get(icons, 0), "src");
    assert_int_equal(hone_base64_parse(&bytes, hone_span_text(src + strlen(start)),
                                       HONE_BASE64_PADDED),
                     0);
    support_ok(hone_image_read_head(&head, hone_buf_span(&bytes), &err), &err);
    assert_int_equal(head.width, 32);
    assert_int_equal(head.height, 32);
    assert_in_range(bytes.len, 100, 600); /* it goes out with each handshake */
    check_icons(icons, hone_buf_span(&bytes), "image/png", "32x32");
    hone_buf_finish(&bytes);
    json_decref(icons);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_skill_shows_its_icon_as_tool_prompt_and_document),
        cmocka_unit_test(what_has_no_icon_shows_none),
        cmocka_unit_test(the_server_has_a_picture_of_the_size_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
