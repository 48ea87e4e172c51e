/* Tools that send the user to a URL, and the one that plays the other end of it. */
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/conformance_internal.h"
#include "server/elicitations.h"
#include "server/inputs.h"

#define KEY_INPUT     "sign_in"
#define KEY_STATE     "elicitation"
#define PURPOSE_FIRST "sign_in_first"
#define URL           "https://example.org/sign-in/"
#define MESSAGE       "Please sign in."
#define TOO_MANY      "Too many users are asked to sign in."

static const char *url_of(struct hone_exchange *exchange, const char *id)
{
    const char *url = hone_arena_format(&exchange->arena, URL "%s", id);
    return url != NULL ? url : URL;
}

static void ask(struct hone_exchange *exchange, const char *id)
{
    hone_inputs_ask_take(exchange,
                         json_pack("{s:{s:s, s:{s:s, s:s, s:s, s:s}}}", KEY_INPUT,
                                   "method", "elicitation/create", "params", "mode",
                                   "url", "message", MESSAGE, "url", url_of(exchange, id),
                                   "elicitationId", id),
                         json_pack("{s:s}", KEY_STATE, id));
}

/* The user has agreed to open the URL, and is done or not. */
static void go_on(struct hone_exchange *exchange, const char *id)
{
    struct hone_elicitations *elicitations = exchange->app->elicitations;
    switch (hone_elicitations_status(elicitations, id)) {
    case HONE_ELICITATION_OPEN:
        hone_elicitations_wait(exchange, id);
        break;
    case HONE_ELICITATION_COMPLETE:
        hone_elicitations_forget(elicitations, id);
        hone_conformance_reply_text(exchange, "Signed in.");
        break;
    case HONE_ELICITATION_GONE:
        hone_conformance_reply_error(
            exchange, "The sign-in is over: it took too long, or is done.");
        break;
    }
}

static void sign_in(struct hone_exchange *exchange,
                    const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    const char *id =
        json_string_value(json_object_get(hone_inputs_state(exchange), KEY_STATE));
    struct hone_span action =
        hone_json_text(hone_inputs_find(exchange, KEY_INPUT), "action");
    if (id == NULL) {
        id = hone_elicitations_begin(exchange, KEY_INPUT);
        action = hone_span_of(NULL, 0);
    }
    if (id == NULL) {
        hone_conformance_reply_error(exchange, TOO_MANY);
    } else if (action.len == 0) {
        ask(exchange, id);
    } else if (hone_span_is(action, "accept")) {
        go_on(exchange, id);
    } else {
        hone_elicitations_forget(exchange->app->elicitations, id);
        hone_conformance_reply_text(exchange, "Not signed in: %.*s.", (int)action.len,
                                    action.data);
    }
}

/* A legacy client comes again, with the same request, when the user is done. */
static void sign_in_first(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call, void *owner)
{
    if (exchange->request.era == HONE_MCP_ERA_MODERN) {
        sign_in(exchange, tool_call, owner);
        return;
    }
    struct hone_elicitations *elicitations = exchange->app->elicitations;
    const char *id = hone_elicitations_find(exchange, PURPOSE_FIRST);
    if (hone_elicitations_status(elicitations, id) == HONE_ELICITATION_COMPLETE) {
        go_on(exchange, id);
        return;
    }
    if (id == NULL) {
        id = hone_elicitations_begin(exchange, PURPOSE_FIRST);
    }
    if (id == NULL) {
        hone_conformance_reply_error(exchange, TOO_MANY);
    } else {
        hone_elicitations_require(exchange, id, url_of(exchange, id), MESSAGE);
    }
}

static void user_signed_in(struct hone_exchange *exchange,
                           const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)owner;
    struct hone_span id = hone_json_text(tool_call->arguments, "elicitation_id");
    if (hone_elicitations_complete(exchange->app->elicitations, id) == 0) {
        hone_conformance_reply_text(exchange, "The user has signed in.");
    } else {
        hone_conformance_reply_error(exchange, "Nobody is asked to sign in there.");
    }
}

static const struct hone_conformance_tool tools[] = {
    {"test_url_elicitation", "Sends the user to a URL, and waits.", NULL,
     HONE_TOOL_TASKS_OPTIONAL, sign_in},
    {"test_url_elicitation_done", "What the page at that URL says when the user is done.",
     "{\"type\":\"object\",\"properties\":{\"elicitation_id\":{\"type\":\"string\"}},"
     "\"required\":[\"elicitation_id\"]}",
     HONE_TOOL_TASKS_NEVER, user_signed_in},
    {"test_url_elicitation_required", "Cannot be called before the user was at a URL.",
     NULL, HONE_TOOL_TASKS_NEVER, sign_in_first},
};

int hone_conformance_urls_add(struct hone_conformance *conformance,
                              struct hone_error *err)
{
    return hone_conformance_add_tools(conformance, tools,
                                      sizeof(tools) / sizeof(tools[0]), err);
}
