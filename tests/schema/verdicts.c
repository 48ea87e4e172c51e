/* Reads lines of {"schema": ..., "instance": ...} and prints one line for each: valid;
 * invalid, refused (the schema), limit or unreadable (the line), then a tab and why; or
 * contradiction when the quick check accepts what is not valid. */
#include "schema/json.h"
#include "schema/json_walk.h"
#include "schema/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer(const char *verdict, const struct hone_error *err)
{
    printf("%s\t%s\n", verdict, err->message);
}

/* text: the instance's. */
static void check_instance(const struct hone_schema *schema, const json_t *instance,
                           struct hone_span text)
{
    struct hone_error err = {.code = 0};
    int code = hone_schema_check(schema, instance, NULL, &err);
    if (code != 0 && hone_schema_accepts(schema, text)) {
        answer("contradiction", &err);
        return;
    }
    switch (code) {
    case 0:
        printf("valid\n");
        break;
    case HONE_E_INVALID:
        answer("invalid", &err);
        break;
    default:
        answer("limit", &err);
        break;
    }
}

static void check_line(struct hone_span line)
{
    json_t *pair = NULL;
    struct hone_schema *schema = NULL;
    struct hone_error err = {.code = 0};
    if (hone_json_parse(&pair, line, &err) != 0) {
        answer("unreadable", &err);
        return;
    }
    if (hone_schema_compile(&schema, json_object_get(pair, "schema"), &err) != 0) {
        answer("refused", &err);
    } else {
        check_instance(schema, json_object_get(pair, "instance"),
                       hone_json_walk_member(line, "instance"));
    }
    hone_schema_destroy(schema);
    json_decref(pair);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len = 0;
    while ((len = getline(&line, &capacity, stdin)) > 0) {
        check_line(hone_span_of(line, (size_t)len));
    }
    free(line);
    return ferror(stdin) || fflush(stdout) != 0 ? 1 : 0;
}
