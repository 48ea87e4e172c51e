/* fuzz: schema - line one is a schema, the rest a value. A schema that compiles gives the
 * same verdict twice, and `not` of it the opposite one; what the quick check accepts is
 * valid. */
#include "schema/schema.h"

#include "base/check.h"
#include "schema/json.h"
#include "schema/json_scan.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Compiles around in which a schema without references, whose places would move, takes the
 * place of the null. */
static struct hone_schema *embed(const char *around, const json_t *schema)
{
    struct hone_schema *compiled = NULL;
    json_t *outer = json_loads(around, 0, NULL);
    const char *key = NULL;
    json_t *part = NULL;
    HONE_INVARIANT(outer != NULL);
    json_object_foreach(outer, key, part)
    {
        if (json_is_null(part)) {
            json_object_set_new(outer, key, json_deep_copy(schema));
        } else if (json_is_null(json_array_get(part, 0))) {
            json_array_set_new(part, 0, json_deep_copy(schema));
        }
    }
    if (hone_schema_compile(&compiled, outer, NULL) != 0) {
        compiled = NULL;
    }
    json_decref(outer);
    return compiled;
}

/* The verdict of a schema, which must be that of the embedding too, or the opposite one. */
static void check_embedding(const char *around, const json_t *schema, const json_t *value,
                            bool valid)
{
    struct hone_schema *embedding = embed(around, schema);
    if (embedding != NULL) {
        int code = hone_schema_check(embedding, value, NULL, NULL);
        HONE_INVARIANT(code == HONE_E_LIMIT || (code == 0) == valid);
    }
    hone_schema_destroy(embedding);
}

static int check_value(const struct hone_schema *schema, const json_t *value)
{
    struct hone_schema_fault fault;
    struct hone_error err = {.code = 0};
    int code = hone_schema_check(schema, value, &fault, &err);
    HONE_INVARIANT(code == 0 || code == HONE_E_INVALID || code == HONE_E_LIMIT);
    HONE_INVARIANT((code == 0) == (err.message[0] == '\0'));
    HONE_INVARIANT(hone_schema_check(schema, value, NULL, NULL) == code);
    return code;
}

/* text: the value's. */
static void check_schema(const json_t *schema, const json_t *value, struct hone_span text,
                         bool has_reference)
{
    struct hone_error err = {.code = 0};
    struct hone_schema *compiled = NULL;
    if (hone_schema_compile(&compiled, schema, &err) != 0) {
        HONE_INVARIANT(compiled == NULL && err.message[0] != '\0');
        return;
    }
    int code = check_value(compiled, value);
    HONE_INVARIANT(code == 0 || !hone_schema_accepts(compiled, text));
    hone_schema_destroy(compiled);
    if (has_reference || code == HONE_E_LIMIT) {
        return;
    }
    check_embedding("{\"not\":null}", schema, value, code != 0);
    check_embedding("{\"allOf\":[null],\"unevaluatedProperties\":{},"
                    "\"unevaluatedItems\":{}}",
                    schema, value, code == 0);
    /* additionalProperties and items look at everything, so nothing is left over. */
    check_embedding("{\"allOf\":[null],\"additionalProperties\":{},\"items\":{},"
                    "\"unevaluatedProperties\":false,\"unevaluatedItems\":false}",
                    schema, value, code == 0);
}

/* A reference, or what may be one in other letters. */
static bool may_refer(const char *text, size_t len)
{
    return memmem(text, len, "Ref", 3) != NULL || memmem(text, len, "$ref", 4) != NULL ||
           memmem(text, len, "\\u", 2) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;
    json_t *schema = NULL, *value = NULL;
    struct hone_json_scan scan;
    if (newline == NULL) {
        return 0;
    }
    size_t len = (size_t)(newline - text);
    struct hone_span instance = hone_span_of(newline + 1, size - len - 1);
    if (hone_json_parse(&schema, hone_span_of(text, len), NULL) == 0 &&
        hone_json_parse(&value, instance, NULL) == 0 &&
        hone_json_scan(&scan, instance) == 0) {
        check_schema(schema, value, scan.value, may_refer(text, len));
    }
    json_decref(schema);
    json_decref(value);
    return 0;
}
