/* fuzz: schema - line one is a schema, the rest a value. A schema that compiles gives the
 * same verdict twice, and `not` of it the opposite one. */
#include "schema/schema.h"

#include "base/check.h"
#include "schema/json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Compiles {"not": ...} around a schema without references, whose places would move. */
static struct hone_schema *negation(const json_t *schema)
{
    struct hone_schema *compiled = NULL;
    json_t *negated = json_object();
    json_object_set_new(negated, "not", json_deep_copy(schema));
    if (hone_schema_compile(&compiled, negated, NULL) != 0) {
        compiled = NULL;
    }
    json_decref(negated);
    return compiled;
}

static void check_value(const struct hone_schema *schema,
                        const struct hone_schema *negated, const json_t *value)
{
    struct hone_schema_fault fault;
    struct hone_error err = {.code = 0};
    int code = hone_schema_check(schema, value, &fault, &err);
    HONE_INVARIANT(code == 0 || code == HONE_E_INVALID || code == HONE_E_LIMIT);
    HONE_INVARIANT((code == 0) == (err.message[0] == '\0'));
    HONE_INVARIANT(hone_schema_check(schema, value, NULL, NULL) == code);
    if (negated != NULL && code != HONE_E_LIMIT) {
        int opposite = hone_schema_check(negated, value, NULL, NULL);
        HONE_INVARIANT(opposite == HONE_E_LIMIT || (opposite == 0) == (code != 0));
    }
}

static void check_schema(const json_t *schema, const json_t *value, bool has_reference)
{
    struct hone_error err = {.code = 0};
    struct hone_schema *compiled = NULL;
    if (hone_schema_compile(&compiled, schema, &err) != 0) {
        HONE_INVARIANT(compiled == NULL && err.message[0] != '\0');
        return;
    }
    struct hone_schema *negated = has_reference ? NULL : negation(schema);
    check_value(compiled, negated, value);
    hone_schema_destroy(compiled);
    hone_schema_destroy(negated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;
    json_t *schema = NULL, *value = NULL;
    if (newline == NULL) {
        return 0;
    }
    size_t len = (size_t)(newline - text);
    if (hone_json_parse(&schema, hone_span_of(text, len), NULL) == 0 &&
        hone_json_parse(&value, hone_span_of(newline + 1, size - len - 1), NULL) == 0) {
        check_schema(schema, value, memmem(text, len, "$", 1) != NULL);
    }
    json_decref(schema);
    json_decref(value);
    return 0;
}
