#include "tests/support/support.h"

#include "schema/json.h"
#include "schema/json_build.h"

#include <stdlib.h>
#include <string.h>

static void expect_same(const char *text)
{
    struct hone_error err;
    struct hone_arena arena;
    json_t *parsed = NULL;
    hone_arena_init(&arena, 1U << 20);
    support_ok(hone_json_parse(&parsed, hone_span_text(text), &err), &err);
    json_t *built = hone_json_build(hone_span_text(text), &arena);
    char *seen = json_dumps(built, JSON_ENCODE_ANY);
    char *wanted = json_dumps(parsed, JSON_ENCODE_ANY);
    assert_string_equal(seen, wanted);
    free(seen);
    free(wanted);
    json_decref(built);
    json_decref(parsed);
    hone_arena_finish(&arena);
}

static void gives_what_the_parser_gives(void **state)
{
    static const char *const texts[] = {
        "null",
        "true",
        "-7",
        "1.5e3",
        "\"\"",
        "\"plain\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
        "\"\xe4\xb8\x96\"",
        "{}",
        "[]",
        "{ \"a\" : 1 , \"\\u0062\" : \"\\n\" , \"\" : { \"c\" : [ 1, {\"d\":\"e\"} ] } }",
        "[{\"a\":\"}\"},\"]\",false]",
        "{\"z\":1,\"a\":2,\"m\":{\"z\":null}}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        expect_same(texts[i]);
    }
}

static void a_full_arena_gives_nothing(void **state)
{
    (void)state;
    struct hone_arena arena;
    hone_arena_init(&arena, 16);
    static const char text[] = "{\"a\":{\"b\":\"\\n123456789012345678901234567890\"}}";
    assert_null(hone_json_build(hone_span_text(text), &arena));
    hone_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_the_parser_gives),
        cmocka_unit_test(a_full_arena_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
