#include "server/conformance.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "protocol/mcp_result.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/conformance_internal.h"
#include "skills/kind_echo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX      4096
#define CHARACTER_MAX 4 /* bytes */

const char hone_conformance_png[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElF"
    "TkSuQmCC";
const char hone_conformance_wav[] =
    "UklGRiwAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQgAAACAwP/AgEAAQA==";

json_t *hone_conformance_json(const char *text)
{
    json_t *value = NULL;
    struct hone_error err;
    HONE_INVARIANT(hone_json_parse(&value, hone_span_text(text), &err) == 0);
    return value;
}

json_t *hone_conformance_text_block(const char *text)
{
    return json_pack("{s:s, s:s}", "type", "text", "text", text);
}

/* ---- answers ---- */

static void reply(struct hone_exchange *exchange, json_t *content, bool is_error)
{
    enum hone_mcp_era era = exchange->request.era;
    json_t *result = hone_mcp_result_begin(era);
    hone_mcp_result_set_take(result, "content", content);
    if (is_error) {
        hone_mcp_result_set_take(result, "isError", json_true());
    }
    hone_exchange_reply_take(
        exchange, hone_mcp_result_end_take(result, era, NULL, &exchange->app->identity));
}

void hone_conformance_reply_content_take(struct hone_exchange *exchange, json_t *content)
{
    reply(exchange, content, false);
}

void hone_conformance_reply_text(struct hone_exchange *exchange, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* A text that was cut by the byte is cut by the character. */
    struct hone_span whole =
        hone_text_prefix(hone_span_text(text), sizeof(text) - CHARACTER_MAX);
    reply(exchange,
          json_pack("[{s:s, s:s%}]", "type", "text", "text", whole.data, whole.len),
          false);
}

void hone_conformance_reply_error(struct hone_exchange *exchange, const char *text)
{
    reply(exchange, json_pack("[o]", hone_conformance_text_block(text)), true);
}

/* ---- the provider ---- */

static int add_tool(struct hone_conformance *conformance,
                    const struct hone_conformance_tool *row, struct hone_error *err)
{
    static const char no_arguments[] =
        "{\"type\":\"object\",\"additionalProperties\":false}";
    json_t *schema = hone_conformance_json(row->input_schema != NULL ? row->input_schema
                                                                     : no_arguments);
    (void)json_array_append_new(conformance->schemas, schema);
    struct hone_tool tool = {
        .shown =
            {
                .name = row->name,
                .description = row->description,
                .input_schema = schema,
                .read_only = true,
            },
        .tasks = row->tasks,
        .role = HONE_ROLE_CALL,
        .call = row->call,
        .owner = conformance,
    };
    return hone_catalog_add_tool(conformance->app->catalog, &tool, err);
}

int hone_conformance_add_tools(struct hone_conformance *conformance,
                               const struct hone_conformance_tool *tools, size_t n_tools,
                               struct hone_error *err)
{
    int status = 0;
    for (size_t i = 0; i < n_tools && status == 0; i++) {
        status = add_tool(conformance, &tools[i], err);
    }
    return status;
}

int hone_conformance_add_skill(struct hone_app *app, struct hone_error *err)
{
    static const struct hone_package_text texts[] = {
        {"SKILL.md", "---\n"
                     "name: echo\n"
                     "description: Gives back the text that it is given.\n"
                     "---\n"
                     "Call it with a text; the answer is that text. See also\n"
                     "references/uses.md.\n"},
        {"references/uses.md", "It shows whether messages get through, and how fast.\n"},
    };
    return hone_registry_add_take(
        app->registry,
        hone_package_create_built_in("echo", texts, sizeof(texts) / sizeof(texts[0]),
                                     &hone_kind_echo),
        err);
}

int hone_conformance_create(struct hone_conformance **out, struct hone_app *app,
                            struct hone_error *err)
{
    static int (*const parts[])(struct hone_conformance *, struct hone_error *) = {
        hone_conformance_content_add, hone_conformance_timed_add,
        hone_conformance_inputs_add,  hone_conformance_changes_add,
        hone_conformance_prompts_add, hone_conformance_resources_add,
        hone_conformance_urls_add,
    };
    struct hone_conformance *conformance = hone_alloc_zeroed(1, sizeof(*conformance));
    conformance->app = app;
    conformance->schemas = json_array();
    hone_list_init(&conformance->timed);
    *out = conformance; /* the catalog may borrow from it already when this fails */
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        int status = parts[i](conformance, err);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

void hone_conformance_stop(struct hone_conformance *conformance)
{
    if (conformance != NULL) {
        hone_conformance_timed_stop(conformance);
    }
}

void hone_conformance_destroy(struct hone_conformance *conformance)
{
    if (conformance == NULL) {
        return;
    }
    HONE_INVARIANT(hone_list_is_empty(&conformance->timed));
    json_decref(conformance->schemas);
    free(conformance);
}
