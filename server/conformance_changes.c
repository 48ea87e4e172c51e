/* Tools that change what clients see, for those who listen. */
#include "server/app_internal.h"
#include "server/conformance_internal.h"
#include "server/subscriptions.h"

#define CHANGING_TOOL   "test_changing_tool"
#define CHANGING_PROMPT "test_changing_prompt"

static void changing_tool(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    hone_conformance_reply_text(exchange, "This tool comes and goes.");
}

static void changing_prompt(struct hone_exchange *exchange, const json_t *arguments,
                            void *owner)
{
    (void)arguments;
    (void)owner;
    hone_catalog_reply_prompt_take(
        exchange, NULL,
        json_pack("[{s:s, s:o}]", "role", "user", "content",
                  hone_conformance_text_block("This prompt comes and goes.")));
}

static int change_tools(struct hone_conformance *conformance, struct hone_error *err)
{
    static const struct hone_conformance_tool row = {
        CHANGING_TOOL, "Comes and goes.", NULL, HONE_TOOL_TASKS_NEVER, changing_tool};
    int status = 0;
    if (conformance->has_changing_tool) {
        hone_catalog_remove_tool(conformance->app->catalog, CHANGING_TOOL);
    } else {
        status = hone_conformance_add_tools(conformance, &row, 1, err);
    }
    if (status == 0) {
        conformance->has_changing_tool = !conformance->has_changing_tool;
        hone_catalog_changed(conformance->app->catalog, HONE_CATALOG_TOOLS);
    }
    return status;
}

static int change_prompts(struct hone_conformance *conformance, struct hone_error *err)
{
    static const struct hone_prompt prompt = {
        .shown = {.name = CHANGING_PROMPT, .description = "Comes and goes."},
        .get = changing_prompt,
    };
    int status = 0;
    if (conformance->has_changing_prompt) {
        hone_catalog_remove_prompt(conformance->app->catalog, CHANGING_PROMPT);
    } else {
        status = hone_catalog_add_prompt(conformance->app->catalog, &prompt, err);
    }
    if (status == 0) {
        conformance->has_changing_prompt = !conformance->has_changing_prompt;
        hone_catalog_changed(conformance->app->catalog, HONE_CATALOG_PROMPTS);
    }
    return status;
}

static void reply_change(struct hone_exchange *exchange, int status,
                         const struct hone_error *err)
{
    if (status == 0) {
        hone_conformance_reply_text(exchange, "Changed.");
    } else {
        hone_conformance_reply_error(exchange, err->message);
    }
}

static void trigger_tool_change(struct hone_exchange *exchange,
                                const struct hone_mcp_tool_call *tool_call, void *owner)
{
    struct hone_error err;
    (void)tool_call;
    reply_change(exchange, change_tools(owner, &err), &err);
}

static void trigger_prompt_change(struct hone_exchange *exchange,
                                  const struct hone_mcp_tool_call *tool_call, void *owner)
{
    struct hone_error err;
    (void)tool_call;
    reply_change(exchange, change_prompts(owner, &err), &err);
}

static void trigger_resource_change(struct hone_exchange *exchange,
                                    const struct hone_mcp_tool_call *tool_call,
                                    void *owner)
{
    struct hone_conformance *conformance = owner;
    (void)tool_call;
    conformance->n_changes += 1;
    hone_subscriptions_resource_updated(conformance->app,
                                        hone_span_text("test://watched-resource"));
    hone_conformance_reply_text(exchange, "Changed.");
}

/* Sorted by name. */
static const struct hone_conformance_tool tools[] = {
    {"test_trigger_prompt_change", "Changes the list of prompts.", NULL,
     HONE_TOOL_TASKS_NEVER, trigger_prompt_change},
    {"test_trigger_resource_change", "Changes the watched resource.", NULL,
     HONE_TOOL_TASKS_NEVER, trigger_resource_change},
    {"test_trigger_tool_change", "Changes the list of tools.", NULL,
     HONE_TOOL_TASKS_NEVER, trigger_tool_change},
};

int hone_conformance_changes_add(struct hone_conformance *conformance,
                                 struct hone_error *err)
{
    return hone_conformance_add_tools(conformance, tools,
                                      sizeof(tools) / sizeof(tools[0]), err);
}
