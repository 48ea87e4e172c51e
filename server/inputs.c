/* The requestState of a modern client holds {"requests": what was asked for, as far as
 * answers are checked against it, "inputs": answers of earlier rounds, "state": the
 * handler's}; so a handler finds all answers of all rounds, as it does with a legacy
 * client or in a task, where the exchange lives on between them. */
#include "server/inputs.h"

#include "base/check.h"
#include "base/clock.h"
#include "protocol/mcp_result.h"
#include "protocol/request_state.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/capability.h"
#include "server/inputs_check.h"
#include "server/inputs_legacy.h"
#include "server/session.h"
#include "server/tasks.h"

#define HTTP_OK       200
#define KEY_RESPONSES "inputResponses"
#define KEY_STATE     "requestState"

static struct hone_request_state_scope scope_of(struct hone_exchange *exchange)
{
    return (struct hone_request_state_scope){
        .principal = hone_span_text(exchange->principal.name),
        .method = exchange->message.method,
        .params = hone_jsonrpc_params(&exchange->message),
    };
}

/* ---- a retry ---- */

static int refuse(struct hone_jsonrpc_problem *problem, const char *what, const char *why)
{
    hone_jsonrpc_problem_set(problem, HONE_RPC_INVALID_PARAMS, HTTP_OK,
                             "invalid params: %s: %s", what, why);
    return -1;
}

static int open_state(struct hone_exchange *exchange, json_t **payload,
                      struct hone_jsonrpc_problem *problem)
{
    const json_t *text =
        json_object_get(hone_jsonrpc_params(&exchange->message), KEY_STATE);
    struct hone_request_state_scope scope = scope_of(exchange);
    struct hone_error err;
    if (text == NULL) {
        return 0;
    }
    if (!json_is_string(text)) {
        return refuse(problem, KEY_STATE, "it must be a string");
    }
    int code = hone_request_state_open(
        payload, &exchange->app->secret,
        hone_span_of(json_string_value(text), json_string_length(text)), &scope,
        hone_clock_unix_ms(), &err);
    return code == 0 ? 0 : refuse(problem, KEY_STATE, err.message);
}

/* asked NULL: the client came without a state, so nobody knows. Answers to what was not
 * asked are ignored. */
static int take_answers(json_t *inputs, const json_t *responses, const json_t *asked,
                        struct hone_jsonrpc_problem *problem)
{
    const char *key;
    const json_t *answer;
    struct hone_error err;
    json_object_foreach((json_t *)(uintptr_t)responses, key, answer)
    {
        const json_t *request = json_object_get(asked, key);
        if (asked != NULL && request == NULL) {
            continue;
        }
        if (hone_inputs_check(request, answer, &err) != 0) {
            hone_error_prefix(&err, "%.64s", key);
            return refuse(problem, KEY_RESPONSES, err.message);
        }
        hone_mcp_result_set_take(inputs, key, hone_mcp_result_share(answer));
    }
    return 0;
}

int hone_inputs_open(struct hone_exchange *exchange, struct hone_jsonrpc_problem *problem)
{
    const struct hone_jsonrpc_message *message = &exchange->message;
    bool runs_again = exchange->inputs != NULL || exchange->state != NULL;
    json_t *payload = NULL;
    if (exchange->request.era != HONE_MCP_ERA_MODERN || exchange->task != NULL ||
        runs_again ||
        (hone_jsonrpc_param(message, KEY_RESPONSES).len == 0 &&
         hone_jsonrpc_param(message, KEY_STATE).len == 0)) {
        return 0;
    }
    const json_t *responses =
        json_object_get(hone_jsonrpc_params(&exchange->message), KEY_RESPONSES);
    if (responses != NULL && !json_is_object(responses)) {
        return refuse(problem, KEY_RESPONSES, "it must be an object");
    }
    if (open_state(exchange, &payload, problem) != 0) {
        return -1;
    }
    const json_t *earlier = json_object_get(payload, "inputs");
    json_t *inputs =
        earlier != NULL ? json_copy((json_t *)(uintptr_t)earlier) : json_object();
    int status =
        take_answers(inputs, responses, json_object_get(payload, "requests"), problem);
    if (status == 0) {
        exchange->inputs = inputs;
        exchange->state = json_incref(json_object_get(payload, "state"));
    } else {
        json_decref(inputs);
    }
    json_decref(payload);
    return status;
}

const json_t *hone_inputs_find(const struct hone_exchange *exchange, const char *key)
{
    return json_object_get(exchange->inputs, key);
}

const json_t *hone_inputs_state(const struct hone_exchange *exchange)
{
    return exchange->state;
}

/* ---- what the client can do ---- */

static const struct {
    const char *method, *mode; /* mode NULL: any */
    enum hone_session_ability ability;
    const char *capability, *part; /* part NULL: the capability as a whole */
} needs[] = {
    {"elicitation/create", "url", HONE_SESSION_ELICIT_URL, "elicitation", "url"},
    {"elicitation/create", NULL, HONE_SESSION_ELICIT_FORM, "elicitation", NULL},
    {"roots/list", NULL, HONE_SESSION_ROOTS, "roots", NULL},
    {"sampling/createMessage", NULL, HONE_SESSION_SAMPLE, "sampling", NULL},
};
#define N_NEEDS (sizeof(needs) / sizeof(needs[0]))

static size_t find_need(const json_t *request)
{
    struct hone_span method = hone_json_text(request, "method");
    struct hone_span mode = hone_json_text(json_object_get(request, "params"), "mode");
    size_t i = 0;
    while (i < N_NEEDS &&
           (!hone_span_is(method, needs[i].method) ||
            (needs[i].mode != NULL && !hone_span_is(mode, needs[i].mode)))) {
        i += 1;
    }
    HONE_REQUIRE(i < N_NEEDS); /* a method by which a client is asked */
    return i;
}

static void add_need(json_t **required, size_t i)
{
    if (*required == NULL) {
        *required = json_object();
    }
    json_t *capability = json_object_get(*required, needs[i].capability);
    if (capability == NULL) {
        capability = json_object();
        hone_mcp_result_set_take(*required, needs[i].capability, capability);
    }
    if (needs[i].part != NULL) {
        hone_mcp_result_set_take(capability, needs[i].part, json_object());
    }
}

/* Capabilities that the requests need and the client did not declare; NULL: none. */
static json_t *find_missing(const struct hone_exchange *exchange, json_t *requests)
{
    unsigned abilities = hone_session_abilities(exchange);
    json_t *required = NULL;
    const char *key;
    const json_t *request;
    json_object_foreach(requests, key, request)
    {
        size_t i = find_need(request);
        if ((abilities & (unsigned)needs[i].ability) == 0) {
            add_need(&required, i);
        }
    }
    return required;
}

static void refuse_missing(struct hone_exchange *exchange, json_t *required)
{
    if (exchange->request.era == HONE_MCP_ERA_MODERN) {
        hone_capability_refuse_take(exchange, required);
        return;
    }
    const char *first = json_object_iter_key(json_object_iter(required));
    char *why = hone_arena_format(&exchange->arena,
                                  "the client did not declare the capability \"%s\", "
                                  "without which this cannot be done",
                                  first);
    hone_inputs_legacy_refuse(exchange, why != NULL ? why : "the client cannot be asked");
    json_decref(required);
}

/* ---- asking a modern client ---- */

/* As much of the requests as their answers are checked against. */
static json_t *slim(json_t *requests)
{
    json_t *kept = json_object();
    const char *key;
    const json_t *request;
    json_object_foreach(requests, key, request)
    {
        const json_t *params = json_object_get(request, "params");
        json_t *copy = json_pack("{s:O}", "method", json_object_get(request, "method"));
        const json_t *schema = json_object_get(params, "requestedSchema");
        if (schema != NULL) {
            hone_mcp_result_set_take(
                copy, "params",
                json_pack("{s:o}", "requestedSchema", hone_mcp_result_share(schema)));
        }
        hone_mcp_result_set_take(kept, key, copy);
    }
    return kept;
}

static json_t *make_payload(const struct hone_exchange *exchange, json_t *requests,
                            json_t *state)
{
    json_t *payload = json_object();
    hone_mcp_result_set_take(payload, "requests", slim(requests));
    if (json_object_size(exchange->inputs) > 0) {
        hone_mcp_result_set_take(payload, "inputs", json_incref(exchange->inputs));
    }
    if (state != NULL) {
        hone_mcp_result_set_take(payload, "state", json_incref(state));
    }
    return payload;
}

static int seal(struct hone_exchange *exchange, const json_t *payload, json_t **text)
{
    struct hone_request_state_scope scope = scope_of(exchange);
    struct hone_error err;
    struct hone_buf sealed;
    hone_buf_init(&sealed, HONE_REQUEST_STATE_TEXT_MAX);
    int code =
        hone_request_state_seal(&sealed, &exchange->app->secret, &scope,
                                hone_clock_unix_ms() + HONE_INPUTS_TTL_MS, payload, &err);
    if (code == 0) {
        *text = json_stringn(sealed.data, sealed.len);
    }
    hone_buf_finish(&sealed);
    return code;
}

/* Newer clients know no ids of URLs, and are not told when the user is done there. */
static void drop_ids(json_t *requests)
{
    const char *key;
    json_t *request;
    json_object_foreach(requests, key, request)
    {
        (void)json_object_del(json_object_get(request, "params"), "elicitationId");
    }
}

static void ask_modern(struct hone_exchange *exchange, json_t *requests, json_t *state)
{
    json_t *payload = make_payload(exchange, requests, state);
    json_t *text = NULL;
    int code = seal(exchange, payload, &text);
    json_decref(payload);
    if (code != 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL,
                             "what the call has to remember of its client's answers is "
                             "larger than %d bytes",
                             HONE_REQUEST_STATE_PAYLOAD_MAX);
        return;
    }
    json_t *result = hone_mcp_result_begin(HONE_MCP_ERA_MODERN);
    hone_mcp_result_set_text(result, "resultType", "input_required");
    hone_mcp_result_set_take(result, "inputRequests", json_incref(requests));
    hone_mcp_result_set_take(result, KEY_STATE, text);
    hone_exchange_reply_take(exchange,
                             hone_mcp_result_end_take(result, HONE_MCP_ERA_MODERN, NULL,
                                                      &exchange->app->identity));
}

void hone_inputs_ask_take(struct hone_exchange *exchange, json_t *requests, json_t *state)
{
    size_t n_requests = json_object_size(requests);
    HONE_REQUIRE(n_requests > 0 && n_requests <= HONE_INPUTS_MAX);
    json_t *missing = find_missing(exchange, requests);
    if (exchange->request.era == HONE_MCP_ERA_MODERN) {
        drop_ids(requests);
    }
    if (missing == NULL && exchange->task != NULL) {
        hone_tasks_ask_take(exchange, requests, state);
        return;
    }
    if (missing == NULL && exchange->request.era == HONE_MCP_ERA_LEGACY) {
        hone_inputs_legacy_ask_take(exchange, requests, state);
        return;
    }
    if (missing != NULL) {
        refuse_missing(exchange, missing);
    } else {
        ask_modern(exchange, requests, state);
    }
    json_decref(requests);
    json_decref(state);
}
