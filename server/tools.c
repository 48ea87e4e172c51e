#include "server/tools.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "schema/json.h"
#include "schema/json_walk.h"
#include "server/app_internal.h"
#include "server/calls.h"
#include "server/catalog.h"
#include "server/feedback.h"
#include "server/feedback_json.h"
#include "server/session.h"
#include "server/skill_icon.h"
#include "server/status.h"
#include "server/tools_find.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX   (256U * 1024)
#define NAME_PRINTED_MAX 128

#define KIND_KEY   "io.github.hone/kind"
#define LEARNS_KEY "io.github.hone/learns"

struct hone_tools {
    struct hone_app *app;
    json_t *kept; /* schemas, icons and metadata that the catalog borrows */
    struct hone_tools_find *find;
};

static void call_feedback(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call, void *owner);
static void call_status(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call, void *owner);
static void call_find(struct hone_exchange *exchange,
                      const struct hone_mcp_tool_call *tool_call, void *owner);
static void call_run(struct hone_exchange *exchange,
                     const struct hone_mcp_tool_call *tool_call, void *owner);

/* hone's own tools, sorted by name. None destroys anything or reaches beyond the server. A call of
 * a skill is recorded, which changes nothing that belongs to its caller. */
static const struct own_tool {
    const char *name, *title, *description;
    const char *(*input_schema)(void);
    const char *(*output_schema)(void); /* or NULL */
    unsigned role;
    bool pair; /* only where skills are not in the list */
    bool read_only, idempotent;
    void (*call)(struct hone_exchange *exchange,
                 const struct hone_mcp_tool_call *tool_call, void *owner);
} own_tools[] = {
    {"feedback", "Say how a call went",
     "Says of an earlier result what the right label (label) or the true number (value) "
     "is, how good it was "
     "(reward, 0 to "
     "1 or as the skill says) or what it should have been (correction). The skill learns "
     "from it; the next "
     "call "
     "sees it. Give the call_id of the result; or, for what no call was made for, skill "
     "and "
     "input.",
     hone_feedback_json_input_schema, hone_feedback_json_output_schema,
     HONE_ROLE_FEEDBACK, false, false, true, call_feedback},
    {"find_skill", "Find a skill for a task",
     "Finds skills that fit a task described in a few words. Gives their names, what "
     "they "
     "do and the arguments that they want; use one with run_skill.",
     hone_tools_find_input_schema, hone_tools_find_output_schema, HONE_ROLE_CALL, true,
     true, true, call_find},
    {"hone_status", "What the skills have learnt",
     "Which version of each skill answers, how much it has learnt and how often it was "
     "right.",
     hone_status_input_schema, hone_status_output_schema, HONE_ROLE_CALL, false, true,
     true, call_status},
    {"run_skill", "Run a skill by its name",
     "Runs a skill that find_skill has found: its name and the arguments that its "
     "input_schema asks for. The result carries a call_id for the tool feedback.",
     hone_tools_find_run_schema, NULL, HONE_ROLE_CALL, true, true, true, call_run},
};
#define N_OWN_TOOLS (sizeof(own_tools) / sizeof(own_tools[0]))

static const char pair_instructions[] =
    "Skills that learn: find_skill finds one for a task, run_skill runs it. Results "
    "carry a call_id. When you find out that a result was wrong (or right), say so with "
    "the tool feedback: give the call_id and the right label or value; the next call is "
    "better "
    "for it.";

/* ---- adding ---- */

static const json_t *keep_take(struct hone_tools *tools, json_t *value)
{
    HONE_INVARIANT(json_array_append_new(tools->kept, value) == 0);
    return value;
}

static const json_t *keep_icon(struct hone_tools *tools,
                               const struct hone_package *package)
{
    json_t *icons = hone_skill_icon(package);
    return icons != NULL ? keep_take(tools, icons) : NULL;
}

static const json_t *own_schema(struct hone_tools *tools, const char *(*text)(void))
{
    json_t *schema = NULL;
    struct hone_error err;
    if (text == NULL) {
        return NULL;
    }
    HONE_INVARIANT(hone_json_parse(&schema, hone_span_text(text()), &err) == 0);
    return keep_take(tools, schema);
}

static int add_own(struct hone_tools *tools, const struct own_tool *own,
                   struct hone_error *err)
{
    struct hone_tool tool = {
        .shown = {.name = own->name,
                  .title = own->title,
                  .description = own->description,
                  .input_schema = own_schema(tools, own->input_schema),
                  .output_schema = own_schema(tools, own->output_schema),
                  .read_only = own->read_only,
                  .idempotent = own->idempotent},
        .role = own->role,
        .call = own->call,
        .owner = tools,
    };
    return hone_catalog_add_tool(tools->app->catalog, &tool, err);
}

static void call_skill(struct hone_exchange *exchange,
                       const struct hone_mcp_tool_call *tool_call, void *owner)
{
    hone_calls_run(exchange, owner, tool_call);
}

static int add_skill(struct hone_tools *tools, struct hone_skill *skill, bool hidden,
                     struct hone_error *err)
{
    const struct hone_kind *kind = skill->package->kind;
    struct hone_tool tool = {
        .shown = {.name = skill->interface.name,
                  .title = skill->interface.title,
                  .description = skill->interface.description,
                  .input_schema = skill->interface.input_schema,
                  .output_schema = skill->interface.output_schema,
                  .meta = keep_take(tools, json_pack("{s:s,s:b}", KIND_KEY, kind->name,
                                                     LEARNS_KEY, (int)kind->learns)),
                  .icons = keep_icon(tools, skill->package),
                  .read_only = true,
                  .idempotent = true},
        .role = HONE_ROLE_CALL,
        .hidden = hidden,
        .reads_text = kind->reads_text,
        .schema = skill->input_schema,
        .call = call_skill,
        .owner = skill,
    };
    return hone_catalog_add_tool(tools->app->catalog, &tool, err);
}

static size_t count_served(const struct hone_registry *registry)
{
    size_t n = 0;
    for (size_t i = 0; i < hone_registry_n(registry); i++) {
        n += hone_registry_at(registry, i)->owner_data != NULL ? 1 : 0;
    }
    return n;
}

static int add_skills(struct hone_tools *tools, bool pair, struct hone_error *err)
{
    const struct hone_registry *registry = tools->app->registry;
    int status = 0;
    for (size_t i = 0; i < hone_registry_n(registry) && status == 0; i++) {
        struct hone_skill *skill = hone_registry_at(registry, i);
        if (skill->owner_data != NULL) {
            status = add_skill(tools, skill, pair, err);
        }
    }
    return status;
}

int hone_tools_create(struct hone_tools **out, struct hone_app *app,
                      struct hone_error *err)
{
    struct hone_tools *tools = hone_alloc_zeroed(1, sizeof(*tools));
    bool pair = count_served(app->registry) > (size_t)app->config->tools_list_max;
    tools->app = app;
    tools->kept = json_array();
    if (pair) {
        tools->find = hone_tools_find_create(app->registry);
        app->identity.instructions = pair_instructions;
    }
    int status = add_skills(tools, pair, err);
    for (size_t i = 0; i < N_OWN_TOOLS && status == 0; i++) {
        if (!own_tools[i].pair || pair) {
            status = add_own(tools, &own_tools[i], err);
        }
    }
    if (status != 0) {
        hone_tools_destroy(tools);
        return status;
    }
    *out = tools;
    return 0;
}

void hone_tools_destroy(struct hone_tools *tools)
{
    if (tools == NULL) {
        return;
    }
    hone_tools_find_destroy(tools->find);
    json_decref(tools->kept);
    free(tools);
}

/* ---- calls ---- */

static void reply_structured(struct hone_exchange *exchange, struct hone_span text,
                             json_t *structured)
{
    json_t *result = hone_mcp_tool_result(exchange->request.era, text, structured, NULL,
                                          false, &exchange->app->identity);
    json_decref(structured);
    hone_exchange_reply_take(exchange, result);
}

static const char *what_follows(const struct hone_feedback_outcome *outcome)
{
    if (outcome->frozen) {
        return "; it is not learnt, as the skill is frozen";
    }
    if (!outcome->learned) {
        return "; it will be learnt";
    }
    if (outcome->withheld && outcome->pinned != 0) {
        return " and learnt; calls see the version that is pinned";
    }
    return outcome->withheld ? " and learnt; calls see it once it is proven to be better"
                             : " and learnt: the next call sees it";
}

static void on_feedback(void *user, const struct hone_feedback_outcome *outcomes,
                        size_t n_outcomes)
{
    struct hone_exchange *exchange = user;
    HONE_INVARIANT(n_outcomes == 1);
    if (outcomes->status != 0) {
        hone_calls_refuse(exchange, &outcomes->error);
        return;
    }
    const char *text = hone_arena_format(&exchange->arena, "%s%s",
                                         outcomes->duplicate ? "known already" : "stored",
                                         what_follows(outcomes));
    reply_structured(exchange, hone_span_text(text),
                     hone_feedback_json_outcome(outcomes));
}

static void call_feedback(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)owner;
    hone_feedback_submit(exchange->app, &tool_call->arguments, 1,
                         (struct hone_feedback_sender){
                             .source = hone_session_source(exchange->session, exchange),
                             .is_proven = !hone_principal_is_local(&exchange->principal)},
                         hone_span_of(NULL, 0), on_feedback, exchange);
}

/* The skill of that name, or NULL when refused. */
static struct hone_skill *named_skill(struct hone_exchange *exchange,
                                      struct hone_span name)
{
    struct hone_registry *registry = exchange->app->registry;
    struct hone_skill *skill = hone_registry_find(registry, name);
    struct hone_error err = {0};
    if (skill != NULL && skill->owner_data != NULL) {
        return skill;
    }
    const char *text =
        hone_arena_text(&exchange->arena, hone_text_prefix(name, NAME_PRINTED_MAX));
    const char *nearest = hone_registry_nearest(registry, text);
    (void)hone_error_set(&err, HONE_E_NOT_FOUND, "there is no skill %s", text);
    if (nearest != NULL) {
        (void)hone_error_hint(&err, "did you mean %s?", nearest);
    }
    hone_calls_refuse(exchange, &err);
    return NULL;
}

static void call_status(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call, void *owner)
{
    struct hone_app *app = exchange->app;
    struct hone_span name = hone_json_text(tool_call->arguments, "skill");
    struct hone_skill *only = NULL;
    struct hone_buf text;
    (void)owner;
    if (name.len > 0) {
        only = named_skill(exchange, name);
        if (only == NULL) {
            return;
        }
    }
    json_t *status = hone_status_json(app, only);
    hone_buf_init(&text, TEXT_BYTES_MAX);
    hone_status_text(status, &text);
    reply_structured(exchange, hone_buf_span(&text), status);
    hone_buf_finish(&text);
}

static void call_find(struct hone_exchange *exchange,
                      const struct hone_mcp_tool_call *tool_call, void *owner)
{
    const struct hone_tools *tools = owner;
    struct hone_buf text;
    hone_buf_init(&text, TEXT_BYTES_MAX);
    json_t *found = hone_tools_find_run(tools->find, tool_call->arguments, &text);
    reply_structured(exchange, hone_buf_span(&text), found);
    hone_buf_finish(&text);
}

static void call_run(struct hone_exchange *exchange,
                     const struct hone_mcp_tool_call *tool_call, void *owner)
{
    const struct hone_tools *tools = owner;
    struct hone_skill *skill =
        named_skill(exchange, hone_json_text(tool_call->arguments, "name"));
    struct hone_error err = {0};
    if (skill == NULL) {
        return;
    }
    struct hone_mcp_tool_call inner = {
        .name = hone_span_text(skill->interface.name),
        .text = hone_json_walk_member(tool_call->text, "arguments"),
        .arguments = json_object_get(tool_call->arguments, "arguments"),
        .meta = tool_call->meta,
    };
    if (inner.arguments == NULL) {
        inner.arguments = hone_tools_find_no_arguments(tools->find);
    }
    if (hone_schema_check(skill->input_schema, inner.arguments, NULL, &err) != 0) {
        hone_error_prefix(&err, "arguments of %s", skill->interface.name);
        hone_calls_refuse(exchange, &err);
        return;
    }
    hone_calls_run(exchange, skill, &inner);
}
