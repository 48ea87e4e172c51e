/* What clients see of the server: tools, resources, resource templates and prompts, each
 * from one model for both eras. Lists are serialised once and again only when they
 * change, in the order in which things were added; pages are cut by opaque cursors.
 *
 * Providers fill it at the start (skills, hone's own tools, the conformance profile) and
 * may add and remove later; then hone_catalog_changed says so to whoever listens. Texts
 * and JSON values are borrowed from the provider unless said otherwise and live as long as
 * the entry. Thread: loop. */
#ifndef HONE_SERVER_CATALOG_H
#define HONE_SERVER_CATALOG_H

#include "base/attr.h"
#include "base/error.h"
#include "protocol/mcp.h"
#include "schema/schema.h"
#include "server/exchange.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define HONE_CATALOG_TOOLS_PAGE     10000 /* many clients read the first page only */
#define HONE_CATALOG_PAGE           1000  /* of the other lists */
#define HONE_CATALOG_COMPLETION_MAX 100

struct hone_catalog;

enum hone_catalog_list {
    HONE_CATALOG_TOOLS,
    HONE_CATALOG_RESOURCES,
    HONE_CATALOG_TEMPLATES,
    HONE_CATALOG_PROMPTS,
    HONE_CATALOG_LIST_N,
};

enum hone_tool_tasks { /* may a call become a task, if the client knows tasks? */
                       HONE_TOOL_TASKS_NEVER,
                       HONE_TOOL_TASKS_OPTIONAL,
                       HONE_TOOL_TASKS_REQUIRED,
};

struct hone_tool {
    struct hone_mcp_tool shown;
    enum hone_tool_tasks tasks;
    unsigned role; /* of enum hone_role: who may call it */
    bool hidden;   /* may be called, but is not in the list */
    /* call does without tool_call->arguments, and reads their text where that is NULL. */
    bool reads_text;
    /* The input schema, compiled; borrowed as the texts are. NULL: the catalog compiles
     * one for itself. */
    const struct hone_schema *schema;
    /* Answers the exchange. tool_call->arguments are there ({} when the client sent none;
     * but see reads_text), were checked against the input schema, and live as long as the exchange; tool_call
     * itself as long as this function. May run again for the same request: see
     * server/inputs.h. */
    void (*call)(struct hone_exchange *exchange,
                 const struct hone_mcp_tool_call *tool_call, void *owner);
    void *owner;
};

struct hone_resource {
    struct hone_mcp_resource shown;
    /* Answers with hone_catalog_reply_text, _blob or a refusal. */
    void (*read)(struct hone_exchange *exchange, struct hone_span uri, void *owner);
    void *owner;
};

/* A family of resources, by a URI template of RFC 6570 level 1 ({name} in a path). */
struct hone_resource_template {
    struct hone_mcp_resource_template shown;
    /* Answers a read of a URI that the template matches. */
    void (*read)(struct hone_exchange *exchange, struct hone_span uri, void *owner);
    /* Values for a variable that begin with what was typed; NULL for none. */
    void (*complete)(struct hone_exchange *exchange, struct hone_span variable,
                     struct hone_span typed, json_t *values, void *owner);
    void *owner;
};

struct hone_prompt {
    struct hone_mcp_prompt shown;
    /* Answers with hone_catalog_reply_prompt_take. arguments: {name: string}, with all
     * that are required; never NULL. */
    void (*get)(struct hone_exchange *exchange, const json_t *arguments, void *owner);
    void (*complete)(struct hone_exchange *exchange, struct hone_span argument,
                     struct hone_span typed, json_t *values, void *owner);
    void *owner;
};

struct hone_catalog *hone_catalog_create(struct hone_app *app) HONE_MUST_USE;
void hone_catalog_destroy(struct hone_catalog *catalog); /* accepts NULL */

/* Each copies the struct, not what it points to. HONE_E_EXISTS for a name or URI that is
 * there; HONE_E_INVALID and the like for a tool's schema that does not compile and for a
 * template that is none. */
int hone_catalog_add_tool(struct hone_catalog *catalog, const struct hone_tool *tool,
                          struct hone_error *err) HONE_MUST_USE;
int hone_catalog_add_resource(struct hone_catalog *catalog,
                              const struct hone_resource *resource,
                              struct hone_error *err) HONE_MUST_USE;
int hone_catalog_add_template(struct hone_catalog *catalog,
                              const struct hone_resource_template *added,
                              struct hone_error *err) HONE_MUST_USE;
int hone_catalog_add_prompt(struct hone_catalog *catalog,
                            const struct hone_prompt *prompt,
                            struct hone_error *err) HONE_MUST_USE;
/* Shows the resource of that URI with other annotations (borrowed) from now on. The list has the
 * same members as before, so nobody is told. Nothing when there is none. */
void hone_catalog_annotate_resource(struct hone_catalog *catalog, const char *uri,
                                    const json_t *annotations);
/* Nothing when there is none. */
void hone_catalog_remove_tool(struct hone_catalog *catalog, const char *name);
void hone_catalog_remove_prompt(struct hone_catalog *catalog, const char *name);

/* Serialises what has changed since the last time. HONE_E_LIMIT for a list that is too
 * large. To be called after adding, before serving. */
int hone_catalog_seal(struct hone_catalog *catalog, struct hone_error *err) HONE_MUST_USE;
/* Seals, and tells clients that listen that this list is another one now. */
void hone_catalog_changed(struct hone_catalog *catalog, enum hone_catalog_list list);

/* NULL when absent. */
const struct hone_tool *hone_catalog_find_tool(const struct hone_catalog *catalog,
                                               struct hone_span name);

/* Do the headers of a tools/call repeat its arguments as the tool's schema wants it? 0, or
 * -1 with *problem. 0 for a tool that is not there: its refusal comes with the answer. */
int hone_catalog_tools_check_headers(struct hone_exchange *exchange,
                                     const struct hone_mcp_headers *headers,
                                     struct hone_jsonrpc_problem *problem) HONE_MUST_USE;

/* The methods: answer and end the exchange. */
void hone_catalog_tools_list(struct hone_exchange *exchange);
void hone_catalog_tools_call(struct hone_exchange *exchange);
void hone_catalog_resources_list(struct hone_exchange *exchange);
void hone_catalog_templates_list(struct hone_exchange *exchange);
void hone_catalog_resources_read(struct hone_exchange *exchange);
void hone_catalog_prompts_list(struct hone_exchange *exchange);
void hone_catalog_prompts_get(struct hone_exchange *exchange);
void hone_catalog_complete(struct hone_exchange *exchange);

/* Answers of readers; each ends the exchange. mime_type may be NULL. */
void hone_catalog_reply_text(struct hone_exchange *exchange, struct hone_span uri,
                             const char *mime_type, struct hone_span text);
void hone_catalog_reply_blob(struct hone_exchange *exchange, struct hone_span uri,
                             const char *mime_type, struct hone_span bytes);
/* messages: [{role, content}]; takes it. */
void hone_catalog_reply_prompt_take(struct hone_exchange *exchange,
                                    const char *description, json_t *messages);
/* There is no such resource: -32602, or -32002 for a legacy client, with data {uri}. */
void hone_catalog_refuse_resource(struct hone_exchange *exchange, struct hone_span uri);

#endif
