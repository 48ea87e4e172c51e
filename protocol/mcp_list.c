/* What came with which revision: annotations of tools and the size of resources with
 * 2025-03-26; titles, output schemas, _meta and lastModified among the annotations of
 * resources with 2025-06-18; icons with 2025-11-25. */
#include "protocol/mcp_list.h"

#include "base/check.h"
#include "protocol/mcp_era.h"
#include "protocol/mcp_result.h"

/* Lists change when the server is started with other skills, and rarely besides. They may
 * come to depend on who asks, so no shared cache may keep them. */
#define LIST_TTL_MS 300000

static void share(json_t *object, const char *key, const json_t *value)
{
    if (value != NULL) {
        hone_mcp_result_set_take(object, key, hone_mcp_result_share(value));
    }
}

static void set_title(json_t *object, enum hone_mcp_revision revision, const char *title)
{
    if (revision >= HONE_MCP_2025_06_18) {
        hone_mcp_result_set_text(object, "title", title);
    }
}

static void set_late(json_t *object, enum hone_mcp_revision revision, const json_t *icons,
                     const json_t *meta)
{
    if (revision >= HONE_MCP_2025_11_25) {
        share(object, "icons", icons);
    }
    if (revision >= HONE_MCP_2025_06_18) {
        share(object, "_meta", meta);
    }
}

/* Annotations of a resource or a template. */
static void set_annotations(json_t *object, enum hone_mcp_revision revision,
                            const json_t *annotations)
{
    if (revision >= HONE_MCP_2025_06_18 ||
        json_object_get(annotations, "lastModified") == NULL) {
        share(object, "annotations", annotations);
        return;
    }
    json_t *older = json_copy((json_t *)(uintptr_t)annotations);
    HONE_INVARIANT(json_object_del(older, "lastModified") == 0);
    hone_mcp_result_set_take(object, "annotations", older);
}

static json_t *tool_annotations(const struct hone_mcp_tool *tool)
{
    json_t *annotations = json_object();
    hone_mcp_result_set_take(annotations, "readOnlyHint", json_boolean(tool->read_only));
    hone_mcp_result_set_take(annotations, "destructiveHint",
                             json_boolean(tool->destructive));
    hone_mcp_result_set_take(annotations, "idempotentHint",
                             json_boolean(tool->idempotent));
    hone_mcp_result_set_take(annotations, "openWorldHint",
                             json_boolean(tool->open_world));
    return annotations;
}

json_t *hone_mcp_list_tool(const struct hone_mcp_tool *tool,
                           enum hone_mcp_revision revision)
{
    json_t *object = json_object();
    hone_mcp_result_set_text(object, "name", tool->name);
    set_title(object, revision, tool->title);
    hone_mcp_result_set_text(object, "description", tool->description);
    share(object, "inputSchema", tool->input_schema);
    if (revision >= HONE_MCP_2025_06_18) {
        share(object, "outputSchema", tool->output_schema);
    }
    if (revision >= HONE_MCP_2025_03_26) {
        hone_mcp_result_set_take(object, "annotations", tool_annotations(tool));
    }
    set_late(object, revision, tool->icons, tool->meta);
    return object;
}

json_t *hone_mcp_list_resource(const struct hone_mcp_resource *resource,
                               enum hone_mcp_revision revision)
{
    json_t *object = json_object();
    hone_mcp_result_set_text(object, "uri", resource->uri);
    hone_mcp_result_set_text(object, "name", resource->name);
    set_title(object, revision, resource->title);
    hone_mcp_result_set_text(object, "description", resource->description);
    hone_mcp_result_set_text(object, "mimeType", resource->mime_type);
    if (revision >= HONE_MCP_2025_03_26 && resource->size_bytes >= 0) {
        hone_mcp_result_set_take(object, "size", json_integer(resource->size_bytes));
    }
    set_annotations(object, revision, resource->annotations);
    set_late(object, revision, resource->icons, resource->meta);
    return object;
}

json_t *hone_mcp_list_template(const struct hone_mcp_resource_template *shown,
                               enum hone_mcp_revision revision)
{
    json_t *object = json_object();
    hone_mcp_result_set_text(object, "uriTemplate", shown->uri_template);
    hone_mcp_result_set_text(object, "name", shown->name);
    set_title(object, revision, shown->title);
    hone_mcp_result_set_text(object, "description", shown->description);
    hone_mcp_result_set_text(object, "mimeType", shown->mime_type);
    set_annotations(object, revision, shown->annotations);
    set_late(object, revision, shown->icons, shown->meta);
    return object;
}

static json_t *list_argument(const struct hone_mcp_prompt_argument *argument,
                             enum hone_mcp_revision revision)
{
    json_t *object = json_object();
    hone_mcp_result_set_text(object, "name", argument->name);
    set_title(object, revision, argument->title);
    hone_mcp_result_set_text(object, "description", argument->description);
    hone_mcp_result_set_take(object, "required", json_boolean(argument->required));
    return object;
}

json_t *hone_mcp_list_prompt(const struct hone_mcp_prompt *prompt,
                             enum hone_mcp_revision revision)
{
    json_t *object = json_object();
    hone_mcp_result_set_text(object, "name", prompt->name);
    set_title(object, revision, prompt->title);
    hone_mcp_result_set_text(object, "description", prompt->description);
    if (prompt->n_arguments > 0) {
        json_t *arguments = json_array();
        for (size_t i = 0; i < prompt->n_arguments; i++) {
            (void)json_array_append_new(arguments,
                                        list_argument(&prompt->arguments[i], revision));
        }
        hone_mcp_result_set_take(object, "arguments", arguments);
    }
    set_late(object, revision, prompt->icons, prompt->meta);
    return object;
}

json_t *hone_mcp_list_result_take(enum hone_mcp_revision revision, const char *key,
                                  json_t *items, const char *next_cursor,
                                  const struct hone_mcp_server *server)
{
    enum hone_mcp_era era = hone_mcp_era_of(revision);
    json_t *result = hone_mcp_result_begin(era);
    hone_mcp_result_set_take(result, key, items);
    hone_mcp_result_set_text(result, "nextCursor", next_cursor);
    hone_mcp_result_set_cache(result, era, LIST_TTL_MS, "private");
    return hone_mcp_result_end_take(result, era, NULL, server);
}
