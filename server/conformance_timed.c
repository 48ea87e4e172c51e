/* Tools that take their time, on timers of the loop. A call that waits is in the list
 * `timed`; it leaves it with its last step, when it is cancelled, or when the server ends. */
#include "base/alloc.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/conformance_internal.h"

#include <stdlib.h>

#define STEP_MS        50
#define JOB_MS         1000
#define COMPUTE_MAX_MS (60.0 * 60 * 1000)
#define LABEL_MAX      200

struct timed {
    uv_timer_t timer;
    struct hone_list link; /* in conformance->timed */
    struct hone_exchange *exchange;
    const struct hone_conformance_plan *plan;
    unsigned n_taken;
};

/* ---- plans ---- */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* The exchange is the caller's again. */
static struct hone_exchange *let_go(struct timed *timed)
{
    struct hone_exchange *exchange = timed->exchange;
    exchange->on_cancel = NULL;
    exchange->work = NULL;
    hone_list_remove(&timed->link);
    uv_close((uv_handle_t *)&timed->timer, on_closed);
    return exchange;
}

static void on_cancel(struct hone_exchange *exchange)
{
    hone_exchange_drop(let_go(exchange->work));
}

static void on_timer(uv_timer_t *timer)
{
    struct timed *timed = timer->data;
    const struct hone_conformance_plan *plan = timed->plan;
    unsigned index = timed->n_taken++;
    bool is_last = timed->n_taken == plan->n_steps;
    plan->step(is_last ? let_go(timed) : timed->exchange, index);
}

void hone_conformance_timed_run(struct hone_conformance *conformance,
                                struct hone_exchange *exchange,
                                const struct hone_conformance_plan *plan,
                                uint64_t step_ms)
{
    struct timed *timed = hone_alloc_zeroed(1, sizeof(*timed));
    hone_exchange_keep_message(exchange);
    timed->exchange = exchange;
    timed->plan = plan;
    timed->timer.data = timed;
    hone_list_append(&conformance->timed, &timed->link);
    (void)uv_timer_init(&conformance->app->loop.uv, &timed->timer);
    (void)uv_timer_start(&timed->timer, on_timer, step_ms, step_ms);
    exchange->work = timed;
    exchange->on_cancel = on_cancel;
    timed->n_taken = 1;
    plan->step(exchange, 0);
}

void hone_conformance_timed_stop(struct hone_conformance *conformance)
{
    while (!hone_list_is_empty(&conformance->timed)) {
        struct timed *timed =
            HONE_LIST_OWNER(conformance->timed.next, struct timed, link);
        hone_exchange_drop(let_go(timed));
    }
}

/* ---- steps ---- */

static void step_logging(struct hone_exchange *exchange, unsigned index)
{
    static const char *const texts[] = {"Tool execution started", "Tool processing data",
                                        "Tool execution completed"};
    json_t *data = json_string(texts[index]);
    hone_exchange_log(exchange, "info", "conformance", data);
    json_decref(data);
    if (index == 2) {
        hone_conformance_reply_text(exchange, "Three messages were logged.");
    }
}

/* The answer has a step of its own: clients that find it together with the last progress
 * pass the progress over. */
static void step_progress(struct hone_exchange *exchange, unsigned index)
{
    if (index < 3) {
        hone_exchange_progress(exchange, 50.0 * index, 100.0, NULL);
    } else {
        hone_conformance_reply_text(exchange, "Progress was told three times.");
    }
}

static void step_reconnection(struct hone_exchange *exchange, unsigned index)
{
    if (index == 0) {
        hone_exchange_park(exchange);
    } else {
        hone_conformance_reply_text(
            exchange, "The stream was closed and the answer came after it was resumed.");
    }
}

static void step_compute(struct hone_exchange *exchange, unsigned index)
{
    if (index == 0) {
        return;
    }
    struct hone_span label = hone_json_text(
        json_object_get(hone_jsonrpc_params(&exchange->message), "arguments"), "label");
    label = hone_text_prefix(label, LABEL_MAX);
    hone_conformance_reply_text(exchange, "Computed%s%.*s.", label.len > 0 ? " " : "",
                                (int)label.len, label.len > 0 ? label.data : "");
}

static void step_fail(struct hone_exchange *exchange, unsigned index)
{
    if (index > 0) {
        hone_conformance_reply_error(exchange, "This job always fails");
    }
}

static void step_protocol_error(struct hone_exchange *exchange, unsigned index)
{
    if (index > 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL,
                             "this job always ends with a protocol error");
    }
}

/* ---- tools ---- */

static void tool_with_logging(struct hone_exchange *exchange,
                              const struct hone_mcp_tool_call *tool_call, void *owner)
{
    static const struct hone_conformance_plan plan = {3, step_logging};
    (void)tool_call;
    hone_conformance_timed_run(owner, exchange, &plan, STEP_MS);
}

static void logging_tool(struct hone_exchange *exchange,
                         const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    json_t *data = json_string("Logged by a tool");
    hone_exchange_log(exchange, "info", "conformance", data);
    json_decref(data);
    hone_conformance_reply_text(exchange, "A message was logged, for who wants it.");
}

static void tool_with_progress(struct hone_exchange *exchange,
                               const struct hone_mcp_tool_call *tool_call, void *owner)
{
    static const struct hone_conformance_plan plan = {4, step_progress};
    (void)tool_call;
    hone_conformance_timed_run(owner, exchange, &plan, STEP_MS);
}

static void reconnection(struct hone_exchange *exchange,
                         const struct hone_mcp_tool_call *tool_call, void *owner)
{
    static const struct hone_conformance_plan plan = {2, step_reconnection};
    (void)tool_call;
    hone_conformance_timed_run(owner, exchange, &plan, 2 * STEP_MS);
}

static void slow_compute(struct hone_exchange *exchange,
                         const struct hone_mcp_tool_call *tool_call, void *owner)
{
    static const struct hone_conformance_plan plan = {2, step_compute};
    double ms =
        1000.0 * json_number_value(json_object_get(tool_call->arguments, "seconds"));
    ms = ms < COMPUTE_MAX_MS ? ms : COMPUTE_MAX_MS;
    hone_conformance_timed_run(owner, exchange, &plan, (uint64_t)ms);
}

static void failing_job(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call, void *owner)
{
    static const struct hone_conformance_plan plan = {2, step_fail};
    (void)tool_call;
    hone_conformance_timed_run(owner, exchange, &plan, JOB_MS);
}

static void protocol_error_job(struct hone_exchange *exchange,
                               const struct hone_mcp_tool_call *tool_call, void *owner)
{
    static const struct hone_conformance_plan plan = {2, step_protocol_error};
    (void)tool_call;
    hone_conformance_timed_run(owner, exchange, &plan, STEP_MS);
}

#define COMPUTE_SCHEMA                                                                   \
    "{\"type\":\"object\",\"properties\":{\"seconds\":{\"type\":\"number\","             \
    "\"minimum\":0},\"label\":{\"type\":\"string\"}},\"required\":[\"seconds\"],"        \
    "\"additionalProperties\":false}"

/* Sorted by name. */
static const struct hone_conformance_tool tools[] = {
    {"failing_job", "Fails after a second.", NULL, HONE_TOOL_TASKS_REQUIRED, failing_job},
    {"protocol_error_job", "Ends with a protocol error.", NULL, HONE_TOOL_TASKS_OPTIONAL,
     protocol_error_job},
    {"slow_compute", "Takes as many seconds as it is told.", COMPUTE_SCHEMA,
     HONE_TOOL_TASKS_OPTIONAL, slow_compute},
    {"test_logging_tool", "Logs one message.", NULL, HONE_TOOL_TASKS_NEVER, logging_tool},
    {"test_reconnection", "Closes the event stream before it answers.", NULL,
     HONE_TOOL_TASKS_NEVER, reconnection},
    {"test_tool_with_logging", "Logs three messages while it works.", NULL,
     HONE_TOOL_TASKS_NEVER, tool_with_logging},
    {"test_tool_with_progress", "Tells how far it is while it works.", NULL,
     HONE_TOOL_TASKS_NEVER, tool_with_progress},
};

int hone_conformance_timed_add(struct hone_conformance *conformance,
                               struct hone_error *err)
{
    return hone_conformance_add_tools(conformance, tools,
                                      sizeof(tools) / sizeof(tools[0]), err);
}
