#include "schema/schema.h"

#include "base/alloc.h"
#include "schema/node.h"
#include "schema/quick.h"
#include "schema/verdict.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct hone_schema {
    struct hone_node_set set;
};

int hone_schema_compile(struct hone_schema **out, const json_t *schema,
                        struct hone_error *err)
{
    struct hone_schema *compiled = hone_alloc_zeroed(1, sizeof(*compiled));
    int code = hone_node_set_compile_take(&compiled->set, json_deep_copy(schema), err);
    if (code != 0) {
        hone_schema_destroy(compiled);
        return code;
    }
    *out = compiled;
    return 0;
}

void hone_schema_destroy(struct hone_schema *schema)
{
    if (schema == NULL) {
        return;
    }
    hone_node_set_finish(&schema->set);
    free(schema);
}

static int give_up(const struct hone_verdict *verdict, struct hone_schema_fault *fault,
                   struct hone_error *err)
{
    if (fault != NULL) {
        *fault = (struct hone_schema_fault){.pointer = ""};
    }
    if (verdict->pattern_gave_up) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "the value cannot be checked: a regular expression of the "
                              "schema takes too long on it, or too much memory");
    }
    return hone_error_set(err, HONE_E_LIMIT,
                          "the value cannot be checked in %d steps and %d levels",
                          HONE_VERDICT_STEPS_MAX, HONE_VERDICT_DEPTH_MAX);
}

int hone_schema_check(const struct hone_schema *schema, const json_t *value,
                      struct hone_schema_fault *fault, struct hone_error *err)
{
    struct hone_verdict_failure failure;
    struct hone_verdict verdict;
    hone_verdict_init(&verdict, &failure);
    bool good = hone_verdict_check(&verdict, schema->set.nodes[0], value, NULL);
    if (verdict.gave_up) {
        return give_up(&verdict, fault, err);
    }
    if (good) {
        return 0;
    }
    if (fault != NULL) {
        *fault = failure.fault;
    }
    return hone_error_set(err, HONE_E_INVALID, "%s", failure.message);
}

bool hone_schema_accepts(const struct hone_schema *schema, struct hone_span text)
{
    return hone_quick_accepts(schema->set.nodes[0], text);
}
