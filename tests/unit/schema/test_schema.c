#include "tests/support/support.h"

#include "schema/json.h"
#include "schema/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *parse(const char *text)
{
    json_t *value = NULL;
    struct hone_error err;
    support_ok(hone_json_parse(&value, hone_span_text(text), &err), &err);
    return value;
}

static struct hone_schema *compile(const char *text)
{
    struct hone_schema *schema = NULL;
    struct hone_error err;
    json_t *value = parse(text);
    support_ok(hone_schema_compile(&schema, value, &err), &err);
    json_decref(value);
    return schema;
}

struct verdict_row {
    const char *schema, *value;
    const char *sentence; /* NULL when the value is valid */
};

static void check_row(const struct verdict_row *row)
{
    struct hone_schema *schema = compile(row->schema);
    json_t *value = parse(row->value);
    struct hone_error err = {.code = 0};
    int code = hone_schema_check(schema, value, NULL, &err);
    if (code != (row->sentence != NULL ? HONE_E_INVALID : 0) ||
        strcmp(err.message, row->sentence != NULL ? row->sentence : "") != 0) {
        fail_msg("%s against %s: %d \"%s\"", row->value, row->schema, code, err.message);
    }
    json_decref(value);
    hone_schema_destroy(schema);
}

static void check_rows(const struct verdict_row *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        check_row(&rows[i]);
    }
}

#define CHECK_ROWS(rows) check_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void checks_types(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"true", "5", NULL},
        {"false", "5", "no value is allowed here"},
        {"{}", "{\"any\":1}", NULL},
        {"{\"type\":\"string\"}", "\"x\"", NULL},
        {"{\"type\":\"string\"}", "5", "expected a string, got 5"},
        {"{\"type\":\"string\"}", "null", "expected a string, got null"},
        {"{\"type\":\"integer\"}", "1", NULL},
        {"{\"type\":\"integer\"}", "1.0", NULL},
        {"{\"type\":\"integer\"}", "1e20", NULL},
        {"{\"type\":\"integer\"}", "1.5", "expected an integer, got 1.5"},
        {"{\"type\":\"number\"}", "1", NULL},
        {"{\"type\":\"number\"}", "true", "expected a number, got true"},
        {"{\"type\":\"boolean\"}", "0", "expected true or false, got 0"},
        {"{\"type\":\"null\"}", "null", NULL},
        {"{\"type\":\"null\"}", "false", "expected null, got false"},
        {"{\"type\":\"object\"}", "[]", "expected an object, got an array of 0 items"},
        {"{\"type\":\"array\"}", "{\"a\":1}",
         "expected an array, got an object of 1 key"},
        {"{\"type\":[\"string\",\"null\"]}", "null", NULL},
        {"{\"type\":[\"string\",\"null\"]}", "\"\"", NULL},
        {"{\"type\":[\"string\",\"null\"]}", "5", "expected a string or null, got 5"},
    };
    CHECK_ROWS(rows);
}

static void checks_sets_of_values(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"enum\":[\"red\",\"green\"]}", "\"red\"", NULL},
        {"{\"enum\":[\"red\",\"green\"]}", "\"gren\"",
         "expected one of \"red\", \"green\", got \"gren\"; did you mean \"green\"?"},
        {"{\"enum\":[\"red\",\"green\"]}", "\"something else\"",
         "expected one of \"red\", \"green\", got \"something else\""},
        {"{\"enum\":[1,null,{\"a\":[1]}]}", "1.0", NULL},
        {"{\"enum\":[1,null,{\"a\":[1]}]}", "{\"a\":[1.0]}", NULL},
        {"{\"enum\":[1,null,{\"a\":[1]}]}", "false",
         "expected one of 1, null, an object of 1 key, got false"},
        {"{\"const\":{\"a\":1,\"b\":2}}", "{\"b\":2,\"a\":1}", NULL},
        {"{\"const\":5}", "6", "expected 5, got 6"},
        {"{\"const\":false}", "0", "expected false, got 0"},
    };
    CHECK_ROWS(rows);
}

static void checks_numbers(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"minimum\":3}", "3", NULL},
        {"{\"minimum\":3}", "2.9", "must be at least 3, got 2.9"},
        {"{\"minimum\":3}", "\"a\"", NULL},
        {"{\"maximum\":3.5}", "3.5", NULL},
        {"{\"maximum\":3.5}", "4", "must be at most 3.5, got 4"},
        {"{\"exclusiveMinimum\":0}", "0", "must be above 0, got 0"},
        {"{\"exclusiveMinimum\":0}", "1e-300", NULL},
        {"{\"exclusiveMaximum\":1}", "1.0", "must be below 1, got 1.0"},
        {"{\"exclusiveMaximum\":1}", "0.9999", NULL},
        {"{\"maximum\":9007199254740992}", "9007199254740993",
         "must be at most 9007199254740992, got 9007199254740993"},
        {"{\"maximum\":9007199254740992.0}", "9007199254740993",
         "must be at most 9007199254740992.0, got 9007199254740993"},
        {"{\"multipleOf\":3}", "9", NULL},
        {"{\"multipleOf\":3}", "10", "must be a multiple of 3, got 10"},
        {"{\"multipleOf\":3}", "9.0", NULL},
        {"{\"multipleOf\":0.1}", "0.3", NULL},
        {"{\"multipleOf\":0.0001}", "0.0075", NULL},
        {"{\"multipleOf\":0.0001}", "0.00751",
         "must be a multiple of 0.0001, got 0.00751"},
        {"{\"multipleOf\":0.123456789}", "1e308",
         "must be a multiple of 0.123456789, got 1e+308"},
        {"{\"multipleOf\":2}", "-4", NULL},
        {"{\"multipleOf\":0.01}", "4.35", NULL},
        {"{\"multipleOf\":0.01}", "4.355", "must be a multiple of 0.01, got 4.355"},
        {"{\"multipleOf\":1e-300}", "0.5", NULL},
        {"{\"multipleOf\":3}", "3e300", NULL},
        {"{\"multipleOf\":7}", "1e300", "must be a multiple of 7, got 1e+300"},
        {"{\"multipleOf\":5e-324}", "1.5", NULL},
        {"{\"multipleOf\":9223372036854775807}", "-9223372036854775807", NULL},
        {"{\"multipleOf\":1e300}", "0.0", NULL},
    };
    CHECK_ROWS(rows);
}

static void counts_characters_not_bytes(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"maxLength\":2}", "\"\xf0\x9f\x98\x80\xc3\xa9\"", NULL},
        {"{\"maxLength\":2}", "\"abc\"", "must have at most 2 characters, has 3"},
        {"{\"minLength\":2}", "\"\xf0\x9f\x98\x80\"",
         "must have at least 2 characters, has 1"},
        {"{\"minLength\":2.0}", "\"ab\"", NULL},
        {"{\"minLength\":1}", "5", NULL},
    };
    CHECK_ROWS(rows);
}

static void checks_members_of_objects(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"properties\":{\"text\":{\"type\":\"string\"}}}", "{\"text\":5}",
         "/text: expected a string, got 5"},
        {"{\"properties\":{\"a/b~c\":{\"type\":\"string\"}}}", "{\"a/b~c\":5}",
         "/a~1b~0c: expected a string, got 5"},
        {"{\"properties\":{\"a\":false}}", "{\"a\":5}", "/a: no value is allowed here"},
        {"{\"properties\":{\"a\":{\"properties\":{\"b\":{\"type\":\"null\"}}}}}",
         "{\"a\":{\"b\":1}}", "/a/b: expected null, got 1"},
        {"{\"required\":[\"text\"]}", "{\"text\":null}", NULL},
        {"{\"required\":[\"text\"]}", "{\"other\":1}", "missing key \"text\""},
        {"{\"required\":[\"text\"],\"properties\":{\"text\":true}}", "{\"txt\":1}",
         "missing key \"text\"; was \"txt\" meant to be it?"},
        {"{\"required\":[\"text\"]}", "[]", NULL},
        {"{\"properties\":{\"language\":{},\"text\":{}},\"additionalProperties\":false}",
         "{\"langauge\":1}", "unknown key \"langauge\"; did you mean \"language\"?"},
        {"{\"properties\":{\"language\":{},\"text\":{}},\"additionalProperties\":false}",
         "{\"zzz\":1}", "unknown key \"zzz\"; known keys: language, text"},
        {"{\"properties\":{\"a\":{}},\"patternProperties\":{\"^b\":{},\"^c\":{}},"
         "\"additionalProperties\":false}",
         "{\"zz\":1}", "unknown key \"zz\"; known keys: a, /^b/, /^c/"},
        {"{\"additionalProperties\":false}", "{\"x\":1}",
         "unknown key \"x\"; no keys are known"},
        {"{\"additionalProperties\":false}", "{}", NULL},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"integer\"}}",
         "{\"a\":\"x\",\"b\":1}", NULL},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"integer\"}}",
         "{\"b\":\"x\"}", "/b: expected an integer, got \"x\""},
        {"{\"propertyNames\":{\"maxLength\":3}}", "{\"abc\":1}", NULL},
        {"{\"propertyNames\":{\"maxLength\":3}}", "{\"abcd\":1}",
         "the key \"abcd\" is not of an allowed form"},
        {"{\"minProperties\":2}", "{\"a\":1}", "must have at least 2 keys, has 1"},
        {"{\"maxProperties\":1}", "{\"a\":1,\"b\":2}", "must have at most 1 keys, has 2"},
        {"{\"dependentRequired\":{\"card\":[\"address\"]}}", "{\"card\":1}",
         "missing key \"address\", which must come with \"card\""},
        {"{\"dependentRequired\":{\"card\":[\"address\"]}}", "{\"address\":1}", NULL},
        {"{\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]}}}", "{\"a\":1}",
         "missing key \"b\""},
        {"{\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]}}}", "{\"c\":1}", NULL},
    };
    CHECK_ROWS(rows);
}

static void checks_items_of_arrays(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"items\":{\"type\":\"integer\"}}", "[1,2,\"x\"]",
         "/2: expected an integer, got \"x\""},
        {"{\"items\":{\"items\":{\"type\":\"integer\"}}}", "[[1],[2,null]]",
         "/1/1: expected an integer, got null"},
        {"{\"prefixItems\":[{\"type\":\"integer\"}],\"items\":{\"type\":\"string\"}}",
         "[1,\"a\"]", NULL},
        {"{\"prefixItems\":[{\"type\":\"integer\"}],\"items\":{\"type\":\"string\"}}",
         "[1,2]", "/1: expected a string, got 2"},
        {"{\"prefixItems\":[true,{\"type\":\"integer\"}]}", "[1]", NULL},
        {"{\"prefixItems\":[true],\"items\":false}", "[1,2]",
         "/1: no value is allowed here"},
        {"{\"minItems\":2}", "[1]", "must have at least 2 items, has 1"},
        {"{\"maxItems\":2}", "[1,2,3]", "must have at most 2 items, has 3"},
        {"{\"uniqueItems\":true}", "[1,\"1\",[1],{\"a\":1},true,null,\"true\"]", NULL},
        {"{\"uniqueItems\":true}", "[1,2,1.0]",
         "items 0 and 2 are equal, but each may stand only once"},
        {"{\"uniqueItems\":true}", "[{\"a\":1,\"b\":[2]},0,{\"b\":[2],\"a\":1}]",
         "items 0 and 2 are equal, but each may stand only once"},
        {"{\"uniqueItems\":true}", "[0.0,-0.0]",
         "items 0 and 1 are equal, but each may stand only once"},
        {"{\"uniqueItems\":true}", "[false,0]", NULL},
        {"{\"uniqueItems\":false}", "[1,1]", NULL},
        {"{\"contains\":{\"const\":1}}", "[2,1]", NULL},
        {"{\"contains\":{\"const\":1}}", "[]",
         "must contain at least 1 items of the form asked for, has 0"},
        {"{\"contains\":{\"const\":1},\"minContains\":0}", "[]", NULL},
        {"{\"contains\":{\"const\":1},\"minContains\":2}", "[1]",
         "must contain at least 2 items of the form asked for, has 1"},
        {"{\"contains\":{\"const\":1},\"maxContains\":1}", "[1,1]",
         "must contain at most 1 items of the form asked for, has 2"},
        {"{\"minContains\":2}", "[1]", NULL},
    };
    CHECK_ROWS(rows);
}

static void combines_schemas(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"allOf\":[{\"type\":\"integer\"},{\"minimum\":3}]}", "2",
         "must be at least 3, got 2"},
        {"{\"anyOf\":[{\"type\":\"integer\"},{\"minLength\":2}]}", "\"ab\"", NULL},
        {"{\"anyOf\":[{\"type\":\"integer\"},{\"minLength\":2}]}", "\"a\"",
         "none of the 2 allowed forms fits; the nearest: expected an integer, got \"a\""},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"properties\":{\"a\":{\"type\":\"null\"}},"
         "\"required\":[\"a\"]}]}",
         "{\"a\":1}",
         "none of the 2 allowed forms fits; the nearest: /a: expected null, got 1"},
        {"{\"oneOf\":[{\"minimum\":3},{\"maximum\":5}]}", "2", NULL},
        {"{\"oneOf\":[{\"minimum\":3},{\"maximum\":5}]}", "4",
         "fits forms 1 and 2, but must fit exactly one"},
        {"{\"oneOf\":[false,{\"type\":\"null\"}]}", "4",
         "none of the 2 allowed forms fits; the nearest: no value is allowed here"},
        {"{\"not\":{\"type\":\"string\"}}", "1", NULL},
        {"{\"not\":{\"type\":\"string\"}}", "\"\"",
         "is of a form that is not allowed here"},
        {"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":1},\"else\":{\"minimum\":"
         "0}}",
         "\"\"", "must have at least 1 characters, has 0"},
        {"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":1},\"else\":{\"minimum\":"
         "0}}",
         "-1", "must be at least 0, got -1"},
        {"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":1}}", "-1", NULL},
        {"{\"then\":false,\"else\":false}", "-1", NULL},
    };
    CHECK_ROWS(rows);
}

static void follows_references_inside_the_schema(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"$defs\":{\"n\":{\"type\":\"null\"}},\"properties\":{\"a\":{\"$ref\":\"#/"
         "$defs/n\"}}}",
         "{\"a\":1}", "/a: expected null, got 1"},
        {"{\"$defs\":{\"a/b~c d\":{\"type\":\"null\"}},\"$ref\":\"#/$defs/a~1b~0c%20d\"}",
         "1", "expected null, got 1"},
        {"{\"$defs\":{\"x\":{\"$anchor\":\"n\",\"type\":\"null\"}},\"$ref\":\"#n\"}", "1",
         "expected null, got 1"},
        {"{\"$id\":\"https://example.org/s\",\"$defs\":{\"n\":{\"type\":\"null\"}},"
         "\"$ref\":\"https://example.org/s#/$defs/n\"}",
         "1", "expected null, got 1"},
        {"{\"allOf\":[{\"type\":\"null\"}],\"properties\":{\"a\":{\"$ref\":\"#/allOf/"
         "0\"}}}",
         "null", NULL},
        {"{\"$defs\":{\"n\":{\"type\":\"integer\"}},\"$ref\":\"#/$defs/"
         "n\",\"minimum\":3}",
         "2", "must be at least 3, got 2"},
        {"{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#\"}},"
         "\"additionalProperties\":false}",
         "{\"next\":{\"next\":{\"next\":{\"nest\":1}}}}",
         "/next/next/next: unknown key \"nest\"; did you mean \"next\"?"},
    };
    CHECK_ROWS(rows);
}

static void matches_patterns(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"pattern\":\"^[a-z]+$\"}", "\"abc\"", NULL},
        {"{\"pattern\":\"^[a-z]+$\"}", "\"ABC\"",
         "must match the pattern \"^[a-z]+$\", got \"ABC\""},
        {"{\"patternProperties\":{\"^x-\":{\"type\":\"null\"}}}", "{\"x-a\":1}",
         "/x-a: expected null, got 1"},
        {"{\"patternProperties\":{\"^x-\":{}},\"additionalProperties\":false}",
         "{\"x-a\":1,\"y\":2}", "unknown key \"y\"; known keys: /^x-/"},
    };
    CHECK_ROWS(rows);
}

static void knows_what_has_been_looked_at(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"allOf\":[{\"properties\":{\"a\":{}}}],\"unevaluatedProperties\":false}",
         "{\"a\":1}", NULL},
        {"{\"allOf\":[{\"properties\":{\"a\":{}}}],\"unevaluatedProperties\":false}",
         "{\"b\":1}",
         "unknown key \"b\"; nothing in the schema that applies here describes it"},
        {"{\"prefixItems\":[{}],\"unevaluatedItems\":{\"type\":\"null\"}}", "[1,2]",
         "/1: expected null, got 2"},
    };
    CHECK_ROWS(rows);
}

static void looks_at_many_members(void **state)
{
    (void)state;
    struct hone_schema *schema =
        compile("{\"patternProperties\":{\"^k\":{}},\"unevaluatedProperties\":{\"type\":"
                "\"null\"}}");
    struct hone_error err;
    json_t *value = json_object();
    for (int i = 0; i < 1000; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i);
        json_object_set_new(value, key, json_integer(i));
    }
    support_ok(hone_schema_check(schema, value, NULL, &err), &err);
    json_object_set_new(value, "x", json_true());
    assert_int_equal(hone_schema_check(schema, value, NULL, &err), HONE_E_INVALID);
    assert_string_equal(err.message, "/x: expected null, got true");
    json_decref(value);
    hone_schema_destroy(schema);
}

/* A schema with an anchor, alternatives and conditions, such as a tool may have. */
static const char contact_schema[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"$defs\":{\"address\":{\"$anchor\":\"addressDef\",\"type\":\"object\","
    "\"properties\":{\"street\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"}}}},"
    "\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"address\":{\"$ref\":\"#/$defs/address\"},"
    "\"contactMethod\":{\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},"
    "\"phone\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"}},"
    "\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{\"required\":[\"email\"]}]}],"
    "\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},"
    "\"required\":[\"contactMethod\"]},"
    "\"then\":{\"required\":[\"phone\"]},\"else\":{\"required\":[\"email\"]},"
    "\"additionalProperties\":false}";

static void judges_a_tool_with_anchors_and_conditions(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {contact_schema,
         "{\"name\":\"Ada\",\"contactMethod\":\"phone\",\"phone\":\"1\",\"address\":{"
         "\"street\":\"a\",\"city\":\"b\"}}",
         NULL},
        {contact_schema, "{\"email\":\"a@b.c\"}", NULL},
        {contact_schema, "{\"contactMethod\":\"phone\",\"email\":\"a@b.c\"}",
         "missing key \"phone\""},
        {contact_schema, "{\"contactMethod\":\"email\",\"phone\":\"1\"}",
         "missing key \"email\""},
        {contact_schema, "{\"phone\":\"1\"}", "missing key \"email\""},
        {contact_schema, "{\"name\":\"Ada\"}",
         "none of the 2 allowed forms fits; the nearest: missing key \"phone\""},
        {contact_schema, "{\"email\":\"a\",\"address\":{\"city\":5}}",
         "/address/city: expected a string, got 5"},
        {contact_schema, "{\"email\":\"a\",\"contactMethod\":\"fax\"}",
         "/contactMethod: expected one of \"phone\", \"email\", got \"fax\""},
        {contact_schema, "{\"email\":\"a\",\"mail\":\"b\"}",
         "unknown key \"mail\"; did you mean \"email\"?"},
        {contact_schema, "[]", "expected an object, got an array of 0 items"},
    };
    CHECK_ROWS(rows);
}

static void ignores_annotations(void **state)
{
    (void)state;
    static const struct verdict_row rows[] = {
        {"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$comment\":1,"
         "\"title\":\"t\",\"description\":\"d\",\"default\":1,\"examples\":[1],"
         "\"format\":\"email\",\"readOnly\":true,\"deprecated\":true,\"x-any\":{}}",
         "\"not an email\"", NULL},
    };
    CHECK_ROWS(rows);
}

static void refuses_schemas_that_it_cannot_uphold(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        int code;
        const char *words; /* in the message */
    } rows[] = {
        {"5", HONE_E_INVALID, "must be an object"},
        {"{\"type\":\"text\"}", HONE_E_INVALID, "\"type\" must be a JSON type"},
        {"{\"type\":[]}", HONE_E_INVALID, "\"type\""},
        {"{\"type\":[\"string\",\"string\"]}", HONE_E_INVALID, "\"type\""},
        {"{\"properties\":{\"a\":{\"type\":1}}}", HONE_E_INVALID,
         "schema at #/properties/a"},
        {"{\"properties\":{\"a\":1}}", HONE_E_INVALID,
         "\"properties\" must hold a schema"},
        {"{\"properties\":[]}", HONE_E_INVALID, "\"properties\""},
        {"{\"items\":[{}]}", HONE_E_INVALID, "\"items\""},
        {"{\"required\":\"a\"}", HONE_E_INVALID, "\"required\""},
        {"{\"required\":[\"a\",\"a\"]}", HONE_E_INVALID, "\"required\""},
        {"{\"required\":[1]}", HONE_E_INVALID, "\"required\""},
        {"{\"enum\":[]}", HONE_E_INVALID, "\"enum\""},
        {"{\"enum\":\"a\"}", HONE_E_INVALID, "\"enum\""},
        {"{\"minimum\":\"3\"}", HONE_E_INVALID, "\"minimum\" must be a number"},
        {"{\"exclusiveMinimum\":true}", HONE_E_INVALID, "\"exclusiveMinimum\""},
        {"{\"multipleOf\":0}", HONE_E_INVALID, "\"multipleOf\""},
        {"{\"minLength\":-1}", HONE_E_INVALID, "\"minLength\""},
        {"{\"minLength\":1.5}", HONE_E_INVALID, "\"minLength\""},
        {"{\"uniqueItems\":1}", HONE_E_INVALID, "\"uniqueItems\""},
        {"{\"anyOf\":[]}", HONE_E_INVALID, "\"anyOf\""},
        {"{\"anyOf\":[1]}", HONE_E_INVALID, "\"anyOf\""},
        {"{\"not\":[]}", HONE_E_INVALID, "\"not\""},
        {"{\"dependentRequired\":{\"a\":\"b\"}}", HONE_E_INVALID,
         "\"dependentRequired\""},
        {"{\"$ref\":5}", HONE_E_INVALID, "\"$ref\""},
        {"{\"$ref\":\"#/$defs/none\"}", HONE_E_INVALID, "points to nothing"},
        {"{\"$ref\":\"#none\"}", HONE_E_INVALID, "$anchor"},
        {"{\"$ref\":\"#/x\",\"x\":5}", HONE_E_INVALID, "must hold a schema"},
        {"{\"$schema\":5}", HONE_E_INVALID, "$schema"},
        {"{\"$id\":5}", HONE_E_INVALID, "$id"},
        {"{\"$ref\":\"https://example.org/other\"}", HONE_E_UNSUPPORTED, "$ref"},
        {"{\"$ref\":\"other.json#/a\"}", HONE_E_UNSUPPORTED, "$ref"},
        {"{\"items\":{\"$id\":\"x\"}}", HONE_E_UNSUPPORTED, "$id"},
        {"{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}", HONE_E_UNSUPPORTED,
         "draft-07"},
        {"{\"items\":{\"pattern\":\"(a\"}}", HONE_E_INVALID,
         "schema at #/items: \"pattern\": the regular expression is refused at character "
         "3: missing closing parenthesis"},
        {"{\"pattern\":\"(?i)a\"}", HONE_E_INVALID, "a kind of group"},
        {"{\"pattern\":\"(?:(?:a{200}){200}){200}\"}", HONE_E_LIMIT, "too large"},
        {"{\"patternProperties\":{\"[\":{}}}", HONE_E_INVALID, "\"patternProperties\""},
        {"{\"patternProperties\":{\"a\":5}}", HONE_E_INVALID, "must hold a schema"},
        {"{\"$anchor\":\"1\"}", HONE_E_INVALID, "\"$anchor\""},
        {"{\"$anchor\":\"a\",\"items\":{\"$dynamicAnchor\":\"a\"}}", HONE_E_INVALID,
         "stands at"},
        {"{\"dependencies\":{}}", HONE_E_UNSUPPORTED, "dependentRequired"},
        {"{\"additionalItems\":false}", HONE_E_UNSUPPORTED, "prefixItems"},
        {"{\"$dynamicRef\":\"#a\"}", HONE_E_INVALID, "no $anchor for $dynamicRef"},
        {"{\"$dynamicRef\":\"other#a\"}", HONE_E_UNSUPPORTED, "leaves the schema"},
        {"{\"$recursiveRef\":\"#\"}", HONE_E_UNSUPPORTED, "$ref"},
        {"{\"$defs\":{\"unused\":{\"pattern\":\"(\"}}}", HONE_E_INVALID, "pattern"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hone_schema *schema = NULL;
        struct hone_error err = {.code = 0};
        json_t *value = parse(rows[i].schema);
        int code = hone_schema_compile(&schema, value, &err);
        if (code != rows[i].code || strstr(err.message, rows[i].words) == NULL) {
            fail_msg("%s: %d \"%s\"", rows[i].schema, code, err.message);
        }
        assert_null(schema);
        json_decref(value);
    }
}

static void names_the_place_and_the_keyword(void **state)
{
    (void)state;
    struct hone_schema *schema =
        compile("{\"properties\":{\"a\":{\"items\":{\"additionalProperties\":false}}}}");
    json_t *value = parse("{\"a\":[{},{\"b\":1}]}");
    struct hone_schema_fault fault;
    struct hone_error err;
    assert_int_equal(hone_schema_check(schema, value, &fault, &err), HONE_E_INVALID);
    assert_string_equal(fault.pointer, "/a/1");
    assert_string_equal(fault.keyword, "additionalProperties");
    json_decref(value);
    hone_schema_destroy(schema);
}

static void keeps_its_own_copy(void **state)
{
    (void)state;
    json_t *source = parse("{\"properties\":{\"a\":{\"type\":\"null\"}}}");
    struct hone_schema *schema = NULL;
    struct hone_error err;
    support_ok(hone_schema_compile(&schema, source, &err), &err);
    json_object_clear(source);
    json_decref(source);
    json_t *value = parse("{\"a\":1}");
    assert_int_equal(hone_schema_check(schema, value, NULL, &err), HONE_E_INVALID);
    json_decref(value);
    hone_schema_destroy(schema);
    hone_schema_destroy(NULL);
}

static void check_gives_up(const char *schema_text, json_t *value)
{
    struct hone_schema *schema = compile(schema_text);
    struct hone_error err;
    assert_int_equal(hone_schema_check(schema, value, NULL, &err), HONE_E_LIMIT);
    json_decref(value);
    hone_schema_destroy(schema);
}

static void gives_up_on_endless_references(void **state)
{
    (void)state;
    check_gives_up("{\"$ref\":\"#\"}", json_integer(1));
    check_gives_up("{\"not\":{\"$ref\":\"#\"}}", json_integer(1));
    check_gives_up("{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", json_integer(1));
}

static void gives_up_on_too_many_steps(void **state)
{
    (void)state;
    json_t *value = json_array();
    for (int i = 0; i < 300000; i++) {
        json_array_append_new(value, json_true());
    }
    check_gives_up("{\"items\":{\"anyOf\":[false,true]}}", value);
    /* Doubles at every level: 2^40 checks without a bound. */
    char text[4000] = "{\"$defs\":{\"d0\":false";
    for (int i = 1; i <= 40; i++) {
        char more[96];
        (void)snprintf(more, sizeof(more),
                       ",\"d%d\":{\"anyOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":"
                       "\"#/$defs/d%d\"}]}",
                       i, i - 1, i - 1);
        strcat(text, more);
    }
    strcat(text, "},\"$ref\":\"#/$defs/d40\"}");
    check_gives_up(text, json_integer(1));
}

static void says_when_a_pattern_is_too_slow(void **state)
{
    (void)state;
    struct hone_schema *schema = compile("{\"type\":\"string\",\"pattern\":\"^(a+)+$\"}");
    struct hone_error err;
    char text[101];
    memset(text, 'a', 99);
    text[99] = 'b';
    text[100] = '\0';
    json_t *value = json_string(text);
    assert_int_equal(hone_schema_check(schema, value, NULL, &err), HONE_E_LIMIT);
    assert_non_null(strstr(err.message, "a regular expression"));
    json_decref(value);
    hone_schema_destroy(schema);
    /* Nor is "not valid" said of what gave up. */
    check_gives_up("{\"not\":{\"pattern\":\"^(a+)+$\"}}", json_string(text));
    check_gives_up("{\"anyOf\":[{\"pattern\":\"^(a+)+$\"},true]}", json_string(text));
}

static void finds_one_repetition_among_many_items(void **state)
{
    (void)state;
    struct hone_schema *schema = compile("{\"uniqueItems\":true}");
    struct hone_error err;
    json_t *value = json_array();
    for (int i = 0; i < 100000; i++) {
        json_array_append_new(value, json_integer(i));
    }
    support_ok(hone_schema_check(schema, value, NULL, &err), &err);
    json_array_append_new(value, json_real(99998.0));
    assert_int_equal(hone_schema_check(schema, value, NULL, &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "items 99998 and 100000"));
    json_decref(value);
    hone_schema_destroy(schema);
}

static void survives_long_keys_and_values(void **state)
{
    (void)state;
    char key[2001];
    struct hone_error err;
    struct hone_schema_fault fault;
    memset(key, 'k', 2000);
    key[2000] = '\0';
    struct hone_schema *schema =
        compile("{\"additionalProperties\":{\"additionalProperties\":{\"enum\":["
                "\"aaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",2,3]}}}");
    json_t *value = json_pack("{s:{s:s}}", key, key, key);
    assert_int_equal(hone_schema_check(schema, value, &fault, &err), HONE_E_INVALID);
    assert_true(strlen(err.message) < HONE_ERROR_MESSAGE_MAX);
    assert_string_equal(fault.keyword, "enum");
    json_decref(value);
    hone_schema_destroy(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_types),
        cmocka_unit_test(checks_sets_of_values),
        cmocka_unit_test(checks_numbers),
        cmocka_unit_test(counts_characters_not_bytes),
        cmocka_unit_test(checks_members_of_objects),
        cmocka_unit_test(checks_items_of_arrays),
        cmocka_unit_test(combines_schemas),
        cmocka_unit_test(follows_references_inside_the_schema),
        cmocka_unit_test(matches_patterns),
        cmocka_unit_test(knows_what_has_been_looked_at),
        cmocka_unit_test(looks_at_many_members),
        cmocka_unit_test(judges_a_tool_with_anchors_and_conditions),
        cmocka_unit_test(ignores_annotations),
        cmocka_unit_test(refuses_schemas_that_it_cannot_uphold),
        cmocka_unit_test(names_the_place_and_the_keyword),
        cmocka_unit_test(keeps_its_own_copy),
        cmocka_unit_test(gives_up_on_endless_references),
        cmocka_unit_test(gives_up_on_too_many_steps),
        cmocka_unit_test(says_when_a_pattern_is_too_slow),
        cmocka_unit_test(finds_one_repetition_among_many_items),
        cmocka_unit_test(survives_long_keys_and_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
