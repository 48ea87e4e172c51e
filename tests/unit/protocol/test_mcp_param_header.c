#include "tests/support/support.h"

#include "protocol/mcp_param_header.h"
#include "schema/json.h"

#include <string.h>
#include <strings.h>

static const char region_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"
    "\"count\":{\"type\":\"integer\",\"x-mcp-header\":\"Count\"},"
    "\"dry\":{\"type\":\"boolean\",\"x-mcp-header\":\"Dry\"},"
    "\"at\":{\"type\":\"object\",\"properties\":"
    "{\"zone\":{\"type\":\"string\",\"x-mcp-header\":\"Zone\"}}},"
    "\"x-mcp-header\":{\"type\":\"string\"}}}";

/* Headers of one request: pairs of name and value. */
struct sent {
    const char *pairs[8];
};

static struct hone_span find(const void *owner, const char *name)
{
    const struct sent *sent = owner;
    for (size_t i = 0; i + 1 < 8 && sent->pairs[i] != NULL; i += 2) {
        if (strcasecmp(sent->pairs[i], name) == 0) {
            return hone_span_text(sent->pairs[i + 1]);
        }
    }
    return hone_span_of(NULL, 0);
}

static json_t *parse(const char *text)
{
    json_t *value = NULL;
    struct hone_error err;
    support_ok(hone_json_parse(&value, hone_span_text(text), &err), &err);
    return value;
}

/* NULL: the headers fit the arguments; else a part of the refusal. */
static void check(const char *arguments_text, struct sent sent, const char *refusal)
{
    struct hone_mcp_param_headers *table = NULL;
    struct hone_jsonrpc_problem problem = {0};
    struct hone_error err;
    struct hone_mcp_headers headers = {.find = find, .owner = &sent};
    json_t *schema = parse(region_schema);
    json_t *arguments = parse(arguments_text);
    support_ok(hone_mcp_param_header_create(&table, schema, &err), &err);
    assert_non_null(table);
    int code = hone_mcp_param_header_check(table, arguments, &headers, &problem);
    if (refusal == NULL) {
        if (code != 0) {
            fail_msg("%s: %s", arguments_text, problem.message);
        }
    } else {
        assert_int_equal(code, -1);
        assert_int_equal(problem.code, HONE_RPC_HEADER_MISMATCH);
        assert_int_equal(problem.http_status, 400);
        if (strstr(problem.message, refusal) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", problem.message, refusal);
        }
    }
    hone_mcp_param_header_destroy(table);
    json_decref(arguments);
    json_decref(schema);
}

static void takes_headers_that_agree(void **state)
{
    (void)state;
    check("{}", (struct sent){{NULL}}, NULL);
    check("{\"region\":null}", (struct sent){{NULL}}, NULL);
    check("{\"region\":\"eu\"}", (struct sent){{"mcp-param-region", "eu"}}, NULL);
    check("{\"region\":\"\"}", (struct sent){{"Mcp-Param-Region", ""}}, NULL);
    check("{\"region\":\"Hello\"}",
          (struct sent){{"Mcp-Param-Region", "=?base64?SGVsbG8=?="}}, NULL);
    check("{\"region\":\"SGVsbG8=\"}", (struct sent){{"Mcp-Param-Region", "SGVsbG8="}},
          NULL);
    check("{\"region\":\"=?base64?SGVsbG8=\"}",
          (struct sent){{"Mcp-Param-Region", "=?base64?SGVsbG8="}}, NULL);
    check("{\"region\":\"\\u4e16\"}",
          (struct sent){{"Mcp-Param-Region", "=?base64?5LiW?="}}, NULL);
    check("{\"count\":-7,\"dry\":true}",
          (struct sent){{"Mcp-Param-Count", "-7", "Mcp-Param-Dry", "true"}}, NULL);
    check("{\"count\":42}", (struct sent){{"Mcp-Param-Count", "42.0"}}, NULL);
    check("{\"count\":42.0}", (struct sent){{"Mcp-Param-Count", "42"}}, NULL);
    check("{\"at\":{\"zone\":\"b\"}}", (struct sent){{"Mcp-Param-Zone", "b"}}, NULL);
    check("{\"at\":7}", (struct sent){{NULL}}, NULL);
    check("{\"x-mcp-header\":\"a name like any other\"}", (struct sent){{"Other", "x"}},
          NULL);
}

static void refuses_headers_that_differ(void **state)
{
    (void)state;
    check("{\"region\":\"eu\"}", (struct sent){{NULL}}, "Mcp-Param-Region is missing");
    check("{\"region\":\"eu\"}", (struct sent){{"Mcp-Param-Region", "us"}}, "differs");
    check("{\"region\":\"eu\"}", (struct sent){{"Mcp-Param-Region", "EU"}}, "differs");
    check("{}", (struct sent){{"Mcp-Param-Region", "eu"}}, "the argument is not");
    check("{\"region\":null}", (struct sent){{"Mcp-Param-Region", "null"}},
          "the argument is not");
    check("{\"region\":\"Hello\"}",
          (struct sent){{"Mcp-Param-Region", "=?base64?SGVsbG8?="}}, "not valid base64");
    check("{\"region\":\"Hello\"}",
          (struct sent){{"Mcp-Param-Region", "=?base64?SGVs!!!bG8=?="}},
          "not valid base64");
    check("{\"region\":\"\\u4e16\"}", (struct sent){{"Mcp-Param-Region", "\xe4\xb8\x96"}},
          "may not hold");
    check("{\"count\":9007199254740993}",
          (struct sent){{"Mcp-Param-Count", "9007199254740992"}}, "differs");
    check("{\"count\":42}", (struct sent){{"Mcp-Param-Count", "042"}}, "differs");
    check("{\"count\":42}", (struct sent){{"Mcp-Param-Count", "\"42\""}}, "differs");
    check("{\"dry\":true}", (struct sent){{"Mcp-Param-Dry", "True"}}, "differs");
    check("{\"region\":[1]}", (struct sent){{"Mcp-Param-Region", "[1]"}}, "differs");
    check("{\"at\":{\"zone\":\"b\"}}", (struct sent){{"Mcp-Param-Region", "b"}},
          "Mcp-Param-Region");
}

static void asks_nothing_where_nothing_is_marked(void **state)
{
    (void)state;
    struct hone_mcp_param_headers *table = NULL;
    struct hone_jsonrpc_problem problem;
    struct hone_error err;
    json_t *schema = parse("{\"type\":\"object\",\"properties\":{\"a\":true,"
                           "\"b\":{\"default\":{\"x-mcp-header\":\"data\"}}}}");
    support_ok(hone_mcp_param_header_create(&table, schema, &err), &err);
    assert_null(table);
    struct sent sent = {{"Mcp-Param-A", "1"}};
    struct hone_mcp_headers headers = {.find = find, .owner = &sent};
    assert_int_equal(hone_mcp_param_header_check(NULL, NULL, &headers, &problem), 0);
    json_decref(schema);

    schema = parse(region_schema);
    support_ok(hone_mcp_param_header_create(&table, schema, &err), &err);
    json_t *arguments = parse("{\"region\":\"eu\"}");
    assert_int_equal(hone_mcp_param_header_check(table, arguments, NULL, &problem), 0);
    headers.find = NULL;
    assert_int_equal(hone_mcp_param_header_check(table, arguments, &headers, &problem),
                     0);
    hone_mcp_param_header_destroy(table);
    json_decref(arguments);
    json_decref(schema);
}

static void refuse_schema(const char *text, int code, const char *message)
{
    struct hone_mcp_param_headers *table = NULL;
    struct hone_error err = {0};
    json_t *schema = parse(text);
    int seen = hone_mcp_param_header_create(&table, schema, &err);
    if (seen != code || strstr(err.message, message) == NULL) {
        fail_msg("%s: %d \"%s\"", text, seen, err.message);
    }
    assert_null(table);
    json_decref(schema);
}

static void refuses_marks_that_nobody_can_follow(void **state)
{
    (void)state;
    refuse_schema("{\"x-mcp-header\":\"A\"}", HONE_E_INVALID, "not the schema itself");
    refuse_schema("{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":7}}}",
                  HONE_E_INVALID, "must name a header");
    refuse_schema("{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"\"}}}",
                  HONE_E_INVALID, "must name a header");
    refuse_schema(
        "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"a b\"}}}",
        HONE_E_INVALID, "must name a header");
    refuse_schema(
        "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"a:b\"}}}",
        HONE_E_INVALID, "must name a header");
    refuse_schema("{\"properties\":{\"a\":{\"type\":\"number\",\"x-mcp-header\":\"A\"}}}",
                  HONE_E_INVALID, "string, integer or boolean");
    refuse_schema("{\"properties\":{\"a\":{\"x-mcp-header\":\"A\"}}}", HONE_E_INVALID,
                  "string, integer or boolean");
    refuse_schema("{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"},"
                  "\"b\":{\"type\":\"string\",\"x-mcp-header\":\"a\"}}}",
                  HONE_E_INVALID, "two properties");
    refuse_schema("{\"properties\":{\"a\":{\"type\":\"array\",\"items\":"
                  "{\"type\":\"string\",\"x-mcp-header\":\"A\"}}}}",
                  HONE_E_INVALID, "no chain of properties");
    refuse_schema("{\"$defs\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}}}",
                  HONE_E_INVALID, "no chain of properties");
    refuse_schema("{\"allOf\":[{\"properties\":{\"a\":{\"x-mcp-header\":\"A\"}}}]}",
                  HONE_E_INVALID, "no chain of properties");
    refuse_schema(
        "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":"
        "\"0123456789012345678901234567890123456789012345678901234567890123x\"}}}",
        HONE_E_LIMIT, "longer than 64");
}

/* A schema of n nested objects, the innermost with a mark. */
static json_t *make_nested(size_t n)
{
    json_t *schema = json_pack("{s:s, s:s}", "type", "string", "x-mcp-header", "Deep");
    for (size_t i = 0; i < n; i++) {
        schema = json_pack("{s:{s:o}}", "properties", "p", schema);
    }
    return schema;
}

static void keeps_its_limits(void **state)
{
    (void)state;
    struct hone_mcp_param_headers *table = NULL;
    struct hone_error err;
    json_t *schema = make_nested(HONE_MCP_PARAM_HEADERS_DEPTH);
    support_ok(hone_mcp_param_header_create(&table, schema, &err), &err);
    assert_non_null(table);
    hone_mcp_param_header_destroy(table);
    json_decref(schema);
    schema = make_nested(HONE_MCP_PARAM_HEADERS_DEPTH + 1);
    assert_int_equal(hone_mcp_param_header_create(&table, schema, &err), HONE_E_LIMIT);
    json_decref(schema);

    json_t *properties = json_object();
    for (int i = 0; i <= HONE_MCP_PARAM_HEADERS_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "p%d", i);
        (void)json_object_set_new(
            properties, name,
            json_pack("{s:s, s:s}", "type", "string", "x-mcp-header", name));
    }
    schema = json_pack("{s:o}", "properties", properties);
    assert_int_equal(hone_mcp_param_header_create(&table, schema, &err), HONE_E_LIMIT);
    (void)json_object_del(properties, "p0");
    support_ok(hone_mcp_param_header_create(&table, schema, &err), &err);
    hone_mcp_param_header_destroy(table);
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_headers_that_agree),
        cmocka_unit_test(refuses_headers_that_differ),
        cmocka_unit_test(asks_nothing_where_nothing_is_marked),
        cmocka_unit_test(refuses_marks_that_nobody_can_follow),
        cmocka_unit_test(keeps_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
