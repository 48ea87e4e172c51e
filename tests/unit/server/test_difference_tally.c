#include "tests/support/support.h"

#include "server/difference_tally.h"

static struct hone_difference_call make_call(const char *a, const char *b,
                                             const char *right)
{
    struct hone_difference_call call = {
        .input = hone_span_text("{\"text\":\"hello\"}"),
        .answers = {{hone_span_text(a), 0.5, right != NULL && strcmp(a, right) == 0},
                    {hone_span_text(b), 0.75, right != NULL && strcmp(b, right) == 0}},
        .is_labelled = right != NULL,
        .right = hone_span_text(right),
        .names_class = true,
    };
    return call;
}

static json_int_t integer_of(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void counts_flips_and_what_is_right(void **state)
{
    (void)state;
    static const char *const calls[][3] = {
        {"sun", "rain", "rain"}, {"sun", "sun", "sun"},  {"snow", "sun", "snow"},
        {"sun", "rain", NULL},   {"rain", "rain", NULL},
    };
    struct hone_difference_tally *tally = hone_difference_tally_create(2);
    for (size_t i = 0; i < 5; i++) {
        struct hone_difference_call call =
            make_call(calls[i][0], calls[i][1], calls[i][2]);
        hone_difference_tally_add(tally, &call);
    }
    hone_difference_tally_add_examples(tally, hone_span_text("snow"), 7);
    json_t *features = json_pack("{s:[i],s:[i],s:[]}", "snow", 1, "fog", 2, "hail");
    json_t *out = json_object();
    hone_difference_tally_report(tally, features, out);
    assert_int_equal(5, integer_of(out, "calls"));
    assert_int_equal(3, integer_of(out, "labelled"));
    assert_int_equal(2, integer_of(out, "right_a"));
    assert_int_equal(2, integer_of(out, "right_b"));
    assert_int_equal(3, integer_of(out, "flips"));
    assert_true(json_is_null(json_object_get(out, "mean_change")));
    const json_t *classes = json_object_get(out, "classes");
    const json_t *snow = json_array_get(classes, 0);
    assert_int_equal(4, json_array_size(classes)); /* fog has moved, hail has not */
    assert_string_equal("snow", text_of(snow, "label"));
    assert_int_equal(7, integer_of(snow, "examples"));
    assert_int_equal(1, integer_of(snow, "right_a"));
    assert_int_equal(0, integer_of(snow, "right_b"));
    assert_int_equal(1, json_array_size(json_object_get(snow, "features")));
    assert_string_equal("fog", text_of(json_array_get(classes, 3), "label"));
    const json_t *flipped = json_object_get(out, "flipped");
    assert_int_equal(2, json_array_size(flipped));
    assert_string_equal("rain", text_of(json_array_get(flipped, 0), "right"));
    assert_string_equal("snow", text_of(json_array_get(flipped, 1), "a"));
    json_decref(out);
    json_decref(features);
    hone_difference_tally_destroy(tally);
}

static void numbers_have_a_mean_change(void **state)
{
    (void)state;
    struct hone_difference_tally *tally = hone_difference_tally_create(1);
    struct hone_difference_call call = make_call("1.5", "4", NULL);
    hone_difference_tally_add(tally, &call);
    call = make_call("3", "2.5", NULL);
    hone_difference_tally_add(tally, &call);
    json_t *out = json_object();
    hone_difference_tally_report(tally, NULL, out);
    support_near(1.5, json_number_value(json_object_get(out, "mean_change")), 1e-12);
    assert_int_equal(0, json_array_size(json_object_get(out, "classes")));
    json_decref(out);
    call = make_call("3", "many", NULL);
    hone_difference_tally_add(tally, &call);
    out = json_object();
    hone_difference_tally_report(tally, NULL, out);
    assert_true(json_is_null(json_object_get(out, "mean_change")));
    json_decref(out);
    hone_difference_tally_destroy(tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_flips_and_what_is_right),
        cmocka_unit_test(numbers_have_a_mean_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
