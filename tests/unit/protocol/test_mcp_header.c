#include "tests/support/support.h"

#include "protocol/mcp_header.h"

#include <string.h>

static void check(const char *header, int code, const char *value)
{
    struct hone_buf buf;
    hone_buf_init(&buf, 200);
    int seen = hone_mcp_header_decode(&buf, hone_span_text(header));
    if (seen != code || (code == 0 && !hone_span_is(hone_buf_span(&buf), value))) {
        fail_msg("%s: %d \"%s\"", header, seen, buf.len > 0 ? buf.data : "");
    }
    hone_buf_finish(&buf);
}

static void takes_plain_text_literally(void **state)
{
    (void)state;
    check("", 0, "");
    check("extract_dates", 0, "extract_dates");
    check("=?base64?YQ==", 0, "=?base64?YQ==");
    check("YQ==?=", 0, "YQ==?=");
    check("=?BASE64?YQ==?=", 0, "=?BASE64?YQ==?=");
    check("=?base64?=", 0, "=?base64?=");
}

static void decodes_between_markers(void **state)
{
    (void)state;
    check("=?base64?YQ==?=", 0, "a");
    check("=?base64?YWI=?=", 0, "ab");
    check("=?base64?YWJj?=", 0, "abc");
    check("=?base64?w6nwn5iA?=", 0, "\xc3\xa9\xf0\x9f\x98\x80");
    check("=?base64?+/+/?=", 0, "\xfb\xff\xbf");
    check("=?base64?"
          "?=",
          0, "");
}

static void refuses_what_is_not_base64(void **state)
{
    (void)state;
    check("=?base64?YQ?=", HONE_E_INVALID, NULL);
    check("=?base64?YQ=?=", HONE_E_INVALID, NULL);
    check("=?base64?Y===?=", HONE_E_INVALID, NULL);
    check("=?base64?====?=", HONE_E_INVALID, NULL);
    check("=?base64?YQ==YQ==?=", HONE_E_INVALID, NULL);
    check("=?base64?YR==?=", HONE_E_INVALID, NULL);
    check("=?base64?YWJ=?=", HONE_E_INVALID, NULL);
    check("=?base64?YW-_?=", HONE_E_INVALID, NULL);
    check("=?base64?YW J?=", HONE_E_INVALID, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_plain_text_literally),
        cmocka_unit_test(decodes_between_markers),
        cmocka_unit_test(refuses_what_is_not_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
