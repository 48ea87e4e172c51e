#include "skills/manifest_rules.h"

#include "base/alloc.h"
#include "base/check.h"
#include "schema/json.h"
#include "skills/manifest_schema.h"

#include <stdlib.h>

/* The texts are the program's own. */
static void compile(struct hone_manifest_rule *out, const char *text)
{
    struct hone_error err;
    HONE_INVARIANT(hone_json_parse(&out->document, hone_span_text(text), &err) == 0);
    HONE_INVARIANT(hone_schema_compile(&out->schema, out->document, &err) == 0);
}

struct hone_manifest_rules *hone_manifest_rules_create(void)
{
    struct hone_manifest_rules *rules = hone_alloc_zeroed(1, sizeof(*rules));
    char *skill = hone_manifest_schema_skill();
    compile(&rules->front_matter, hone_manifest_schema_front_matter());
    compile(&rules->skill, skill);
    free(skill);
    return rules;
}

static void finish(struct hone_manifest_rule *rule)
{
    hone_schema_destroy(rule->schema);
    json_decref(rule->document);
}

void hone_manifest_rules_destroy(struct hone_manifest_rules *rules)
{
    if (rules == NULL) {
        return;
    }
    finish(&rules->front_matter);
    finish(&rules->skill);
    free(rules);
}
