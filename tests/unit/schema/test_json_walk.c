#include "tests/support/support.h"

#include "base/arena.h"
#include "base/error.h"
#include "schema/json_walk.h"

#include <string.h>

static void expect(struct hone_span found, const char *text)
{
    assert_true(hone_span_is(found, text));
}

static void meets_each_member_in_order(void **state)
{
    (void)state;
    static const char text[] = " { \"a\" : \"x,}\\\"\" ,\"b\":[{\"c\":\"]\"},2] , "
                               "\"\":-1.5e3,\"d\":{\"a\":{}}} ";
    static const char *const rows[][2] = {
        {"a", "\"x,}\\\"\""},
        {"b", "[{\"c\":\"]\"},2]"},
        {"", "-1.5e3"},
        {"d", "{\"a\":{}}"},
    };
    struct hone_json_walk walk;
    struct hone_span key, value;
    hone_json_walk_begin(&walk, hone_span_text(text));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(hone_json_walk_next(&walk, &key, &value));
        expect(key, rows[i][0]);
        expect(value, rows[i][1]);
    }
    assert_false(hone_json_walk_next(&walk, &key, &value));
    assert_false(hone_json_walk_next(&walk, &key, &value));
}

static void meets_each_item_in_order(void **state)
{
    (void)state;
    static const char *const items[] = {"1", "\"],\"", "[2,[3]]", "{\"a\":[]}", "null"};
    struct hone_json_walk walk;
    struct hone_span value;
    hone_json_walk_begin_items(
        &walk, hone_span_text(" [1, \"],\" ,[2,[3]],{\"a\":[]} ,null ] "));
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        assert_true(hone_json_walk_next_item(&walk, &value));
        expect(value, items[i]);
    }
    assert_false(hone_json_walk_next_item(&walk, &value));
    assert_false(hone_json_walk_next_item(&walk, &value));
    static const char *const empty[] = {"[]", "[ ]", "{\"a\":1}", "\"[1]\"", "5", ""};
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        hone_json_walk_begin_items(&walk, hone_span_text(empty[i]));
        assert_false(hone_json_walk_next_item(&walk, &value));
    }
}

static void finds_members_by_what_their_keys_say(void **state)
{
    (void)state;
    struct hone_span object =
        hone_span_text("{\"na\\u006de\":1,\"caf\\u00e9\\/\":2,\"\\ud83d\\ude00\":3,"
                       "\"plain\":null,\"a\\nb\":4}");
    expect(hone_json_walk_member(object, "name"), "1");
    expect(hone_json_walk_member(object, "caf\xc3\xa9/"), "2");
    expect(hone_json_walk_member(object, "\xf0\x9f\x98\x80"), "3");
    expect(hone_json_walk_member(object, "plain"), "null");
    expect(hone_json_walk_member(object, "a\nb"), "4");
    expect(hone_json_walk_member(object, "na"), "");
    expect(hone_json_walk_member(object, "names"), "");
    expect(hone_json_walk_member(object, "na\\u006de"), "");
    expect(hone_json_walk_member(hone_span_text("[\"a\",1]"), "a"), "");
    expect(hone_json_walk_member(hone_span_text("\"a\""), "a"), "");
    expect(hone_json_walk_member(hone_span_text("{}"), "a"), "");
    expect(hone_json_walk_member(hone_span_of(NULL, 0), "a"), "");
}

static void decodes_strings_and_borrows_plain_ones(void **state)
{
    (void)state;
    struct hone_arena arena;
    struct hone_span text, plain = hone_span_text("\"plain \xc3\xa9\"");
    hone_arena_init(&arena, 10000);
    assert_int_equal(hone_json_walk_text(&text, plain, &arena), 0);
    expect(text, "plain \xc3\xa9");
    assert_ptr_equal(text.data, plain.data + 1);
    assert_int_equal(hone_json_walk_text(&text, hone_span_text("\"\""), &arena), 0);
    assert_int_equal(text.len, 0);
    assert_non_null(text.data);
    assert_int_equal(
        hone_json_walk_text(&text,
                            hone_span_text("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9"
                                           "\\u20AC\\ud83d\\ude00 and the rest\""),
                            &arena),
        0);
    expect(text, "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 and the rest");
    assert_int_equal(hone_json_walk_text(&text, hone_span_text("5"), &arena), 0);
    assert_null(text.data);
    hone_arena_finish(&arena);
    hone_arena_init(&arena, 1);
    assert_int_equal(hone_json_walk_text(&text, hone_span_text("\"\\n\""), &arena),
                     HONE_E_NOMEM);
    hone_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meets_each_member_in_order),
        cmocka_unit_test(meets_each_item_in_order),
        cmocka_unit_test(finds_members_by_what_their_keys_say),
        cmocka_unit_test(decodes_strings_and_borrows_plain_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
