#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "skills/known_inputs.h"

#include <stdlib.h>

static uint64_t key_of(const char *text)
{
    json_t *input = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(input);
    uint64_t key = hone_known_inputs_key(input);
    json_decref(input);
    return key;
}

static void the_same_words_are_the_same_input(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"{\"text\":\"My card is lost\"}", "{\"text\":\"  my CARD, is lost!\\n\"}"},
        {"{\"a\":\"x\",\"b\":2}", "{\"b\":2.0,\"a\":\"X\"}"},
        {"{\"a\":[\"x\",null]}", "{\"a\":[\"X.\",null]}"},
        {"{\"n\":0.0}", "{\"n\":-0.0}"},
    };
    static const char *const other[][2] = {
        {"{\"text\":\"my card is lost\"}", "{\"text\":\"my cards is lost\"}"},
        {"{\"text\":\"my card\"}", "{\"text\":\"mycard\"}"},
        {"{\"text\":\"r\\u00e9sum\\u00e9\"}", "{\"text\":\"resume\"}"},
        {"{\"text\":\"?\"}", "{\"text\":\"!\"}"},
        {"{\"a\":\"x\",\"b\":\"y\"}", "{\"a\":\"y\",\"b\":\"x\"}"},
        {"{\"a\":\"x\"}", "{\"b\":\"x\"}"},
        {"{\"a\":1}", "{\"a\":2}"},
        {"{\"a\":1}", "{\"a\":\"1\"}"},
        {"{\"a\":true}", "{\"a\":false}"},
        {"{\"a\":[1,2]}", "{\"a\":[2,1]}"},
        {"{\"a\":[]}", "{\"a\":{}}"},
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_int_equal(key_of(same[i][0]), key_of(same[i][1]));
    }
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        assert_true(key_of(other[i][0]) != key_of(other[i][1]));
    }
}

static void the_newest_are_known(void **state)
{
    (void)state;
    struct hone_known_inputs inputs = {0};
    for (uint64_t i = 0; i < HONE_KNOWN_INPUTS_MAX + 10; i++) {
        assert_false(hone_known_inputs_has(&inputs, i));
        hone_known_inputs_add(&inputs, i);
        hone_known_inputs_add(&inputs, i);
        assert_true(hone_known_inputs_has(&inputs, i));
    }
    assert_false(hone_known_inputs_has(&inputs, 9));
    assert_true(hone_known_inputs_has(&inputs, 10));
    assert_int_equal(HONE_KNOWN_INPUTS_MAX, inputs.n);
}

/* Also when the ring has gone round: what is read goes on as what was written. */
static void comes_back_from_json(void **state)
{
    (void)state;
    struct hone_known_inputs inputs = {0}, read;
    for (uint64_t i = 0; i < 2 * HONE_KNOWN_INPUTS_MAX; i += 100) {
        json_t *value = hone_known_inputs_pack(&inputs);
        assert_true(hone_known_inputs_unpack(&read, value));
        for (uint64_t k = i; k < i + 100; k++) {
            uint64_t key = hone_rng_mix(k) >> 1;
            hone_known_inputs_add(&inputs, key);
            hone_known_inputs_add(&read, key);
        }
        json_t *expected = hone_known_inputs_pack(&inputs),
               *got = hone_known_inputs_pack(&read);
        assert_true(json_equal(expected, got) == 1);
        json_decref(value);
        json_decref(expected);
        json_decref(got);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"[-1]", "[1,1]", "[\"1\"]", "[1.5]", "{}", "3"};
    struct hone_known_inputs read;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        json_t *value = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        assert_false(hone_known_inputs_unpack(&read, value));
        json_decref(value);
    }
    json_t *many = json_array();
    for (json_int_t i = 0; i <= HONE_KNOWN_INPUTS_MAX; i++) {
        (void)json_array_append_new(many, json_integer(i));
    }
    assert_false(hone_known_inputs_unpack(&read, many));
    json_decref(many);
    assert_true(hone_known_inputs_unpack(&read, NULL));
    assert_int_equal(0, read.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_words_are_the_same_input),
        cmocka_unit_test(the_newest_are_known),
        cmocka_unit_test(comes_back_from_json),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests_name("known_inputs", tests, NULL, NULL);
}
