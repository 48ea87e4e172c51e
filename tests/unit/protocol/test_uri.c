#include "tests/support/support.h"

#include "protocol/uri.h"

#include <string.h>

static int match(const char *shape, const char *uri, struct hone_uri_variable *out)
{
    struct hone_error err;
    support_ok(hone_uri_check_template(hone_span_text(shape), &err), &err);
    return hone_uri_match(hone_span_text(shape), hone_span_text(uri), out);
}

static void paths_are_percent_encoded(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 100);
    hone_uri_append_path(&buf, hone_span_text("a b/\xc3\xa9%?#_-.~"));
    assert_string_equal(buf.data, "a%20b/%C3%A9%25%3F%23_-.~");
    hone_buf_finish(&buf);
}

static void a_template_gives_its_variables(void **state)
{
    (void)state;
    struct hone_uri_variable out[HONE_URI_VARIABLES_MAX];
    assert_int_equal(match("h://s/{name}/v/{n}", "h://s/a%2Fb/v/12", out), 2);
    assert_true(hone_span_is(out[0].name, "name"));
    assert_true(hone_span_is(out[0].value, "a%2Fb"));
    assert_true(hone_span_is(out[1].name, "n"));
    assert_true(hone_span_is(out[1].value, "12"));
    assert_int_equal(match("{a}.txt", "x.txt.txt", out), 1);
    assert_true(hone_span_is(out[0].value, "x.txt"));
    assert_int_equal(match("{a}-{b}", "1-2-3", out), 2);
    assert_true(hone_span_is(out[0].value, "1"));
    assert_true(hone_span_is(out[1].value, "2-3"));
    assert_int_equal(match("h://plain", "h://plain", out), 0);
}

static void what_no_expansion_gives_does_not_match(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"h://s/{name}", "h://s/"},     {"h://s/{name}", "h://s/a/b"},
        {"h://s/{name}", "h://s/a?b"},  {"h://s/{name}", "h://s"},
        {"h://s/{name}", "x://s/a"},    {"h://s/{name}/v", "h://s/a/w"},
        {"h://s/{name}/v", "h://s//v"}, {"h://plain", "h://plainer"},
        {"h://plain", "h://"},          {"{a}-{b}", "1-"},
    };
    struct hone_uri_variable out[HONE_URI_VARIABLES_MAX];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (match(rows[i][0], rows[i][1], out) != HONE_E_NOT_FOUND) {
            fail_msg("%s matches %s", rows[i][0], rows[i][1]);
        }
    }
}

static void refuses_templates_beyond_level_one(void **state)
{
    (void)state;
    static const char *const shapes[] = {
        "{",      "}",    "a{b",   "a}b{c}",  "{}",     "{+a}",    "{a,b}",
        "{a}{b}", "{a*}", "{a:3}", "{a}/{a}", "{a{b}}", "x{a}}{b}"};
    struct hone_error err;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (hone_uri_check_template(hone_span_text(shapes[i]), &err) != HONE_E_INVALID) {
            fail_msg("%s is accepted", shapes[i]);
        }
    }
    assert_int_equal(hone_uri_check_template(
                         hone_span_text("{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"), &err),
                     HONE_E_LIMIT);
}

static void values_are_decoded(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 100);
    assert_int_equal(hone_uri_decode(&buf, hone_span_text("a%20b%c3%A9")), 0);
    assert_string_equal(buf.data, "a b\xc3\xa9");
    hone_buf_finish(&buf);
}

static void values_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    static const char *const values[] = {
        "..",   ".",      "%2e%2E", "a%2Fb", "a%5cb", "a%00b",  "a%0Ab",
        "a%7f", "%c3%28", "%",      "%4",    "%4g",   "100%zz", "",
    };
    struct hone_buf buf;
    hone_buf_init(&buf, 100);
    hone_buf_append_text(&buf, "kept");
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (hone_uri_decode(&buf, hone_span_text(values[i])) != HONE_E_INVALID) {
            fail_msg("%s is accepted", values[i]);
        }
        assert_string_equal(buf.data, "kept");
    }
    hone_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_percent_encoded),
        cmocka_unit_test(a_template_gives_its_variables),
        cmocka_unit_test(what_no_expansion_gives_does_not_match),
        cmocka_unit_test(refuses_templates_beyond_level_one),
        cmocka_unit_test(values_are_decoded),
        cmocka_unit_test(values_that_lead_elsewhere_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
