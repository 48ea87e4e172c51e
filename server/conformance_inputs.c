/* Tools and a prompt that want inputs of the client: a form, a sample, its roots. Each
 * handler runs from its start whenever answers have come. */
#include "base/text.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/conformance_internal.h"
#include "server/inputs.h"
#include "server/session.h"
#include "server/tasks.h"

#define ANSWER_BYTES_MAX 2048

/* ---- asking ---- */

bool hone_conformance_inputs_gather(struct hone_exchange *exchange, const char *requests,
                                    const char *state)
{
    const char *key = NULL;
    json_t *request = NULL;
    json_t *all = hone_conformance_json(requests);
    bool complete = state == NULL || hone_inputs_state(exchange) != NULL;
    json_object_foreach(all, key, request)
    {
        complete = complete && hone_inputs_find(exchange, key) != NULL;
    }
    if (complete) {
        json_decref(all);
    } else {
        hone_inputs_ask_take(exchange, all,
                             state != NULL ? hone_conformance_json(state) : NULL);
    }
    return complete;
}

const char *hone_conformance_inputs_text(const struct hone_exchange *exchange,
                                         const char *key, const char *field)
{
    const json_t *answer = hone_inputs_find(exchange, key);
    const char *text =
        json_string_value(json_object_get(json_object_get(answer, "content"), field));
    return text != NULL ? text : "";
}

/* "action=accept, content={...}" of a form. */
static void describe_form(const struct hone_exchange *exchange, const char *key,
                          struct hone_buf *out)
{
    const json_t *answer = hone_inputs_find(exchange, key);
    const char *action = json_string_value(json_object_get(answer, "action"));
    const json_t *content = json_object_get(answer, "content");
    (void)hone_buf_append_format(out,
                                 "action=%s, content=", action != NULL ? action : "none");
    if (content == NULL) {
        (void)hone_buf_append_format(out, "{}");
    } else {
        (void)hone_json_append(out, content);
    }
    (void)hone_buf_append(out, "", 1);
}

static void reply_form(struct hone_exchange *exchange, const char *key,
                       const char *before, const char *after)
{
    struct hone_buf text;
    hone_buf_init(&text, ANSWER_BYTES_MAX);
    describe_form(exchange, key, &text);
    hone_conformance_reply_text(exchange, "%s%s%s", before,
                                text.error == 0 ? text.data : "too long to show", after);
    hone_buf_finish(&text);
}

#define TEXT_FORM(message, field)                                                        \
    "{\"method\":\"elicitation/create\",\"params\":{\"message\":\"" message "\","        \
    "\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"" field "\":"            \
    "{\"type\":\"string\"}},\"required\":[\"" field "\"]}}}"
#define YES_FORM(message, field)                                                         \
    "{\"method\":\"elicitation/create\",\"params\":{\"message\":\"" message "\","        \
    "\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"" field "\":"            \
    "{\"type\":\"boolean\"}},\"required\":[\"" field "\"]}}}"
#define SAMPLE(text, max_tokens)                                                         \
    "{\"method\":\"sampling/"                                                            \
    "createMessage\",\"params\":{\"messages\":[{\"role\":\"user\","                      \
    "\"content\":{\"type\":\"text\",\"text\":\"" text "\"}}],\"maxTokens\":" max_tokens  \
    "}}"
#define ROOTS      "{\"method\":\"roots/list\",\"params\":{}}"
#define NAME_INPUT "{\"user_name\":" TEXT_FORM("What is your name?", "name") "}"
#define OK_INPUT   "{\"confirm\":" YES_FORM("Please confirm", "ok") "}"

/* ---- inputs of one kind ---- */

static void ask_name(struct hone_exchange *exchange,
                     const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    if (hone_conformance_inputs_gather(exchange, NAME_INPUT, NULL)) {
        hone_conformance_reply_text(
            exchange, "Hello, %s!",
            hone_conformance_inputs_text(exchange, "user_name", "name"));
    }
}

static void reply_sample(struct hone_exchange *exchange, const char *key)
{
    const json_t *content = json_object_get(hone_inputs_find(exchange, key), "content");
    const char *text = json_string_value(json_object_get(content, "text"));
    hone_conformance_reply_text(exchange, "LLM response: %s", text != NULL ? text : "");
}

static void ask_sample(struct hone_exchange *exchange,
                       const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    if (hone_conformance_inputs_gather(
            exchange,
            "{\"capital_question\":" SAMPLE("What is the capital of France?", "100") "}",
            NULL)) {
        reply_sample(exchange, "capital_question");
    }
}

static void reply_roots(struct hone_exchange *exchange, const char *before)
{
    const json_t *roots =
        json_object_get(hone_inputs_find(exchange, "client_roots"), "roots");
    const char *first =
        json_string_value(json_object_get(json_array_get(roots, 0), "uri"));
    hone_conformance_reply_text(exchange, "%s%zu roots, the first one %s", before,
                                json_array_size(roots), first != NULL ? first : "none");
}

static void ask_roots(struct hone_exchange *exchange,
                      const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    if (hone_conformance_inputs_gather(exchange, "{\"client_roots\":" ROOTS "}", NULL)) {
        reply_roots(exchange, "");
    }
}

static void ask_with_state(struct hone_exchange *exchange,
                           const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    if (hone_conformance_inputs_gather(exchange, OK_INPUT, "{\"asked\":\"confirm\"}")) {
        reply_form(exchange, "confirm", "state-ok: ", "");
    }
}

static void ask_several(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    if (hone_conformance_inputs_gather(
            exchange,
            "{\"user_name\":" TEXT_FORM("What is your name?",
                                        "name") ","
                                                "\"greeting\":" SAMPLE(
                                                    "Generate a greeting",
                                                    "50") ","
                                                          "\"client_roots\":" ROOTS "}",
            "{\"asked\":\"three inputs\"}")) {
        reply_roots(exchange, "Name, greeting and roots have come: ");
    }
}

/* The state of the second round is what the first one brought. */
static void ask_twice(struct hone_exchange *exchange,
                      const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    const json_t *state = hone_inputs_state(exchange);
    const char *name = json_string_value(json_object_get(state, "name"));
    if (name != NULL && hone_inputs_find(exchange, "step2") != NULL) {
        hone_conformance_reply_text(
            exchange, "%s likes %s.", name,
            hone_conformance_inputs_text(exchange, "step2", "color"));
        return;
    }
    if (state == NULL || hone_inputs_find(exchange, "step1") == NULL) {
        hone_inputs_ask_take(exchange,
                             hone_conformance_json("{\"step1\":" TEXT_FORM(
                                 "Step 1: What is your name?", "name") "}"),
                             json_pack("{s:i}", "round", 1));
        return;
    }
    hone_inputs_ask_take(
        exchange,
        hone_conformance_json(
            "{\"step2\":" TEXT_FORM("Step 2: What is your favorite color?", "color") "}"),
        json_pack("{s:i, s:s}", "round", 2, "name",
                  hone_conformance_inputs_text(exchange, "step1", "name")));
}

/* Asks only for what the client declared. */
static void ask_what_client_can(struct hone_exchange *exchange,
                                const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    unsigned abilities = hone_session_abilities(exchange);
    bool sampled = hone_inputs_find(exchange, "greeting") != NULL;
    bool named = hone_inputs_find(exchange, "user_name") != NULL;
    json_t *requests = json_object();
    if ((abilities & HONE_SESSION_SAMPLE) != 0 && !sampled) {
        (void)json_object_set_new(
            requests, "greeting",
            hone_conformance_json(SAMPLE("Generate a greeting", "50")));
    }
    if ((abilities & HONE_SESSION_ELICIT_FORM) != 0 && !named) {
        (void)json_object_set_new(
            requests, "user_name",
            hone_conformance_json(TEXT_FORM("What is your name?", "name")));
    }
    if (json_object_size(requests) > 0 && !sampled && !named) {
        hone_inputs_ask_take(exchange, requests, NULL);
        return;
    }
    json_decref(requests);
    hone_conformance_reply_text(exchange, "Asked for nothing that the client cannot do.");
}

/* ---- arguments that go into the question ---- */

static void sampling(struct hone_exchange *exchange,
                     const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)owner;
    if (hone_inputs_find(exchange, "sample") != NULL) {
        reply_sample(exchange, "sample");
        return;
    }
    hone_inputs_ask_take(
        exchange,
        json_pack("{s:{s:s, s:{s:[{s:s, s:{s:s, s:O}}], s:i}}}", "sample", "method",
                  "sampling/createMessage", "params", "messages", "role", "user",
                  "content", "type", "text", "text",
                  json_object_get(tool_call->arguments, "prompt"), "maxTokens", 100),
        NULL);
}

static void elicitation(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)owner;
    if (hone_inputs_find(exchange, "user") != NULL) {
        reply_form(exchange, "user", "User response: <", ">");
        return;
    }
    json_t *schema = hone_conformance_json(
        "{\"type\":\"object\",\"properties\":{"
        "\"username\":{\"type\":\"string\",\"description\":\"User's response\"},"
        "\"email\":{\"type\":\"string\",\"description\":\"User's email address\"}},"
        "\"required\":[\"username\",\"email\"]}");
    hone_inputs_ask_take(exchange,
                         json_pack("{s:{s:s, s:{s:O, s:o}}}", "user", "method",
                                   "elicitation/create", "params", "message",
                                   json_object_get(tool_call->arguments, "message"),
                                   "requestedSchema", schema),
                         NULL);
}

/* ---- forms of every shape ---- */

#define FORM(message, properties)                                                        \
    "{\"form\":{\"method\":\"elicitation/create\",\"params\":{\"message\":\"" message    \
    "\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{" properties "}}}}}"

static void form_defaults(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call, void *owner)
{
    static const char form[] = FORM(
        "Please check the defaults",
        "\"name\":{\"type\":\"string\",\"default\":\"John Doe\"},"
        "\"age\":{\"type\":\"integer\",\"default\":30},"
        "\"score\":{\"type\":\"number\",\"default\":95.5},"
        "\"status\":{\"type\":\"string\",\"enum\":[\"active\",\"inactive\",\"pending\"],"
        "\"default\":\"active\"},"
        "\"verified\":{\"type\":\"boolean\",\"default\":true}");
    (void)tool_call;
    (void)owner;
    if (hone_conformance_inputs_gather(exchange, form, NULL)) {
        reply_form(exchange, "form", "Elicitation completed: ", "");
    }
}

static void form_enums(struct hone_exchange *exchange,
                       const struct hone_mcp_tool_call *tool_call, void *owner)
{
    static const char form[] =
        FORM("Please choose",
             "\"untitledSingle\":{\"type\":\"string\","
             "\"enum\":[\"option1\",\"option2\",\"option3\"]},"
             "\"titledSingle\":{\"type\":\"string\",\"oneOf\":["
             "{\"const\":\"value1\",\"title\":\"First Option\"},"
             "{\"const\":\"value2\",\"title\":\"Second Option\"},"
             "{\"const\":\"value3\",\"title\":\"Third Option\"}]},"
             "\"legacyEnum\":{\"type\":\"string\",\"enum\":[\"opt1\",\"opt2\",\"opt3\"],"
             "\"enumNames\":[\"Option One\",\"Option Two\",\"Option Three\"]},"
             "\"untitledMulti\":{\"type\":\"array\",\"items\":{\"type\":\"string\","
             "\"enum\":[\"option1\",\"option2\",\"option3\"]}},"
             "\"titledMulti\":{\"type\":\"array\",\"items\":{\"anyOf\":["
             "{\"const\":\"value1\",\"title\":\"First Choice\"},"
             "{\"const\":\"value2\",\"title\":\"Second Choice\"},"
             "{\"const\":\"value3\",\"title\":\"Third Choice\"}]}}");
    (void)tool_call;
    (void)owner;
    if (hone_conformance_inputs_gather(exchange, form, NULL)) {
        reply_form(exchange, "form", "Elicitation completed: ", "");
    }
}

/* ---- as tasks ---- */

static void confirm_delete(struct hone_exchange *exchange,
                           const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)owner;
    static const char form[] =
        "{\"confirm\":" YES_FORM("Delete the file?", "confirm") "}";
    struct hone_span name =
        hone_text_prefix(hone_json_text(tool_call->arguments, "filename"), 200);
    if (hone_conformance_inputs_gather(exchange, form, NULL)) {
        const json_t *content =
            json_object_get(hone_inputs_find(exchange, "confirm"), "content");
        bool yes = json_is_true(json_object_get(content, "confirm"));
        hone_conformance_reply_text(exchange, "%s %.*s (nothing is deleted in earnest)",
                                    yes ? "Deleted" : "Kept", (int)name.len, name.data);
    }
}

static void multi_input(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    if (hone_conformance_inputs_gather(
            exchange,
            "{\"name\":" TEXT_FORM("What is your name?",
                                   "name") ","
                                           "\"confirm\":" YES_FORM("Go on?",
                                                                   "confirm") "}",
            NULL)) {
        hone_conformance_reply_text(
            exchange, "Both inputs have come from %s.",
            hone_conformance_inputs_text(exchange, "name", "name"));
    }
}

/* Asks first, and becomes a task when it knows what to do. */
static void ask_then_task(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call, void *owner)
{
    if (exchange->task == NULL) {
        if ((hone_session_abilities(exchange) & HONE_SESSION_TASKS) == 0) {
            ask_name(exchange, tool_call, owner);
        } else if (hone_conformance_inputs_gather(exchange, NAME_INPUT, NULL)) {
            hone_tasks_start(exchange);
        }
        return;
    }
    ask_name(exchange, tool_call, owner);
}

#define TEXT_SCHEMA(name)                                                                \
    "{\"type\":\"object\",\"properties\":{\"" name "\":{\"type\":\"string\"}},"          \
    "\"required\":[\"" name "\"],\"additionalProperties\":false}"

/* Sorted by name. */
static const struct hone_conformance_tool tools[] = {
    {"confirm_delete", "Asks before it pretends to delete a file.",
     TEXT_SCHEMA("filename"), HONE_TOOL_TASKS_OPTIONAL, confirm_delete},
    {"multi_input", "Asks for two inputs at once.", NULL, HONE_TOOL_TASKS_OPTIONAL,
     multi_input},
    {"test_elicitation", "Asks the user for a name and an address.",
     TEXT_SCHEMA("message"), HONE_TOOL_TASKS_NEVER, elicitation},
    {"test_elicitation_sep1034_defaults", "Asks by a form with defaults.", NULL,
     HONE_TOOL_TASKS_NEVER, form_defaults},
    {"test_elicitation_sep1330_enums", "Asks by a form with choices.", NULL,
     HONE_TOOL_TASKS_NEVER, form_enums},
    {"test_input_required_result_capabilities", "Asks for what the client can do.", NULL,
     HONE_TOOL_TASKS_NEVER, ask_what_client_can},
    {"test_input_required_result_elicitation", "Asks for a name.", NULL,
     HONE_TOOL_TASKS_NEVER, ask_name},
    {"test_input_required_result_list_roots", "Asks for the client's roots.", NULL,
     HONE_TOOL_TASKS_NEVER, ask_roots},
    {"test_input_required_result_multi_round", "Asks twice.", NULL, HONE_TOOL_TASKS_NEVER,
     ask_twice},
    {"test_input_required_result_multiple_inputs", "Asks for three inputs at once.", NULL,
     HONE_TOOL_TASKS_NEVER, ask_several},
    {"test_input_required_result_request_state", "Asks, and keeps a state.", NULL,
     HONE_TOOL_TASKS_NEVER, ask_with_state},
    {"test_input_required_result_sampling", "Asks the client's model.", NULL,
     HONE_TOOL_TASKS_NEVER, ask_sample},
    {"test_input_required_result_tampered_state",
     "Asks, and refuses a state that is not its own.", NULL, HONE_TOOL_TASKS_NEVER,
     ask_with_state},
    {"test_missing_capability", "Wants a client that can sample.", NULL,
     HONE_TOOL_TASKS_NEVER, ask_sample},
    {"test_sampling", "Asks the client's model.", TEXT_SCHEMA("prompt"),
     HONE_TOOL_TASKS_NEVER, sampling},
    {"test_streaming_elicitation", "Asks for a name.", NULL, HONE_TOOL_TASKS_NEVER,
     ask_name},
    {"test_tool_with_task", "Asks for a name, then becomes a task.", NULL,
     HONE_TOOL_TASKS_NEVER, ask_then_task},
};

int hone_conformance_inputs_add(struct hone_conformance *conformance,
                                struct hone_error *err)
{
    return hone_conformance_add_tools(conformance, tools,
                                      sizeof(tools) / sizeof(tools[0]), err);
}
