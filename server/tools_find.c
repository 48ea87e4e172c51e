#include "server/tools_find.h"

#include "base/alloc.h"
#include "base/text.h"
#include "schema/json.h"
#include "skills/skill_index.h"

#include <stdlib.h>

#define LIMIT_STANDARD        5
#define LIMIT_MAX             20
#define DESCRIPTION_SHOWN_MAX 400 /* bytes in the text */

struct hone_tools_find {
    struct hone_skill_index *index;
    json_t *no_arguments;
};

struct hone_tools_find *hone_tools_find_create(const struct hone_registry *registry)
{
    struct hone_tools_find *find = hone_alloc_zeroed(1, sizeof(*find));
    find->index = hone_skill_index_create();
    find->no_arguments = json_object();
    for (size_t i = 0; i < hone_registry_n(registry); i++) {
        struct hone_skill *skill = hone_registry_at(registry, i);
        if (skill->owner_data != NULL) {
            hone_skill_index_add(find->index, skill);
        }
    }
    return find;
}

void hone_tools_find_destroy(struct hone_tools_find *find)
{
    if (find == NULL) {
        return;
    }
    hone_skill_index_destroy(find->index);
    json_decref(find->no_arguments);
    free(find);
}

const json_t *hone_tools_find_no_arguments(const struct hone_tools_find *find)
{
    return find->no_arguments;
}

static void write_match(struct hone_buf *text, const struct hone_skill *skill)
{
    struct hone_span description = hone_text_prefix(
        hone_span_text(skill->package->description), DESCRIPTION_SHOWN_MAX);
    (void)hone_buf_append_format(
        text, "%s%s: %.*s\narguments: ", text->len > 0 ? "\n\n" : "",
        skill->interface.name, (int)description.len, description.data);
    (void)hone_json_append(text,
                           json_object_get(skill->interface.input_schema, "properties"));
}

json_t *hone_tools_find_run(const struct hone_tools_find *find, const json_t *arguments,
                            struct hone_buf *text)
{
    struct hone_skill_match matches[LIMIT_MAX];
    const json_t *limit = json_object_get(arguments, "limit");
    size_t max = limit != NULL ? (size_t)json_integer_value(limit) : LIMIT_STANDARD;
    json_t *skills = json_array();
    size_t n = hone_skill_index_find(find->index, hone_json_text(arguments, "query"),
                                     matches, max < LIMIT_MAX ? max : LIMIT_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct hone_skill *skill = matches[i].skill;
        write_match(text, skill);
        (void)json_array_append_new(
            skills,
            json_pack("{s:s,s:s,s:s,s:O}", "name", skill->interface.name, "title",
                      skill->interface.title, "description", skill->package->description,
                      "input_schema", skill->interface.input_schema));
    }
    if (n == 0) {
        (void)hone_buf_append_text(
            text, "no skill has any of these words; try others, or hone_status for the "
                  "names of all skills");
    }
    return json_pack("{s:o}", "skills", skills);
}

const char *hone_tools_find_input_schema(void)
{
    return "{\"type\":\"object\",\"properties\":{"
           "\"query\":{\"type\":\"string\",\"maxLength\":2000,\"description\":\"the "
           "task, "
           "in a few words\"},"
           "\"limit\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":20,"
           "\"description\":\"at most so many skills; 5 if not given\"}},"
           "\"required\":[\"query\"],\"additionalProperties\":false}";
}

const char *hone_tools_find_output_schema(void)
{
    return "{\"type\":\"object\",\"properties\":{\"skills\":{\"type\":\"array\","
           "\"items\":{\"type\":\"object\"}}},\"required\":[\"skills\"]}";
}

const char *hone_tools_find_run_schema(void)
{
    return "{\"type\":\"object\",\"properties\":{"
           "\"name\":{\"type\":\"string\",\"description\":\"name of the skill\"},"
           "\"arguments\":{\"type\":\"object\",\"description\":\"as the input_schema of "
           "the skill says\"}},\"required\":[\"name\"],\"additionalProperties\":false}";
}
