#include "tests/support/support.h"

#include "schema/json.h"
#include "server/demonstration.h"

#include <string.h>

struct world {
    struct hone_arena arena;
    struct hone_error err;
    json_t *parsed;
};

static struct world world;

static int set_up(void **state)
{
    (void)state;
    world = (struct world){0};
    hone_arena_init(&world.arena, 65536);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(world.parsed);
    hone_arena_finish(&world.arena);
    return 0;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct hone_demonstration demonstration = {
        .input = hone_span_text("{\"text\":\"say \\\"hi\\\"\"}"),
        .kind = HONE_STORE_FEEDBACK_ORDER,
        .value = hone_span_text("b\na"),
        .output = hone_span_text("o"),
        .is_barred = true,
    };
    struct hone_event event = {.position = 3};
    struct hone_span text;
    support_ok(hone_demonstration_write(&text, &world.arena, &demonstration, &world.err),
               &world.err);
    support_ok(hone_demonstration_read(&event, &world.parsed, text, &world.err),
               &world.err);
    assert_int_equal(event.feedback.kind, HONE_FEEDBACK_ORDER);
    assert_true(hone_span_is(event.feedback.value, "b\na"));
    assert_true(hone_span_is(event.output, "o"));
    assert_true(event.is_demonstration && event.is_barred);
    assert_true(hone_span_is(hone_json_text(event.input, "text"), "say \"hi\""));
}

static void damage_is_found(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "[]", "{\"input\":{},\"kind\":\"none\",\"value\":\"x\"}",
        "{\"input\":3,\"kind\":\"label\",\"value\":\"x\"}", "{\"kind\":\"label\"}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct hone_event event = {.position = 3};
        assert_int_equal(hone_demonstration_read(&event, &world.parsed,
                                                 hone_span_text(bad[i]), &world.err),
                         HONE_E_CORRUPT);
        assert_null(world.parsed);
    }
}

static void a_key_names_its_source_and_skill(void **state)
{
    (void)state;
    struct hone_span a = hone_span_text("a"), b = hone_span_text("b"),
                     ab = hone_span_text("ab"), none = hone_span_text("");
    struct hone_uuid id = hone_demonstration_id(1, a, b);
    assert_int_equal(hone_uuid_compare(id, hone_demonstration_id(1, a, b)), 0);
    assert_int_not_equal(hone_uuid_compare(id, hone_demonstration_id(2, a, b)), 0);
    assert_int_not_equal(hone_uuid_compare(id, hone_demonstration_id(1, b, a)), 0);
    assert_int_not_equal(hone_uuid_compare(id, hone_demonstration_id(1, ab, none)), 0);
    assert_int_equal(id.bytes[6] >> 4, 8);
    assert_int_equal(id.bytes[8] >> 6, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_names_its_source_and_skill, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
