#include "server/calls.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/text.h"
#include "schema/json.h"
#include "schema/json_walk.h"
#include "server/app_internal.h"
#include "server/cold_calls.h"
#include "server/recorded_input.h"
#include "server/recorder.h"
#include "server/training.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Name of the episode in a call's _meta; see docs/ARCHITECTURE.md. */
#define EPISODE_KEY    "io.github.hone/episode"
#define ERROR_KEY      "io.github.hone/error"
#define CALL_ID_KEY    "io.github.hone/call_id"
#define EPISODE_MAX    200
#define NOTE_BYTES_MAX 192 /* of what names a call, in any form */

/* What is known of a call while it is answered. */
struct call {
    struct hone_exchange *exchange;
    struct hone_skill *skill;
    struct hone_training *training;
    struct hone_snapshot *snapshot;
    struct hone_uuid call_id;
    char call_id_text[HONE_UUID_TEXT_LEN + 1];
    struct hone_call_input arguments; /* text: as they were sent */
    struct hone_span meta;            /* text of params._meta, or empty */
    struct hone_answer answer;
};

/* An error as a tool result; call_id may be NULL when there was no call. */
static void refuse_call(struct hone_exchange *exchange, const char *call_id,
                        const struct hone_error *err)
{
    json_t *detail = json_pack("{s:s}", "code", hone_error_name(err->code));
    struct hone_span text = hone_span_text(err->message);
    if (err->hint[0] != '\0') {
        const char *both =
            hone_arena_format(&exchange->arena, "%s\nFix: %s", err->message, err->hint);
        text = both != NULL ? hone_span_text(both) : text;
        (void)json_object_set_new(detail, "hint", json_string(err->hint));
    }
    json_t *meta = json_pack("{s:o}", ERROR_KEY, detail);
    if (call_id != NULL) {
        (void)json_object_set_new(meta, CALL_ID_KEY, json_string(call_id));
    }
    json_t *result = hone_mcp_tool_result(exchange->request.era, text, NULL, meta, true,
                                          &exchange->app->identity);
    json_decref(meta);
    hone_exchange_reply_take(exchange, result);
}

void hone_calls_refuse(struct hone_exchange *exchange, const struct hone_error *err)
{
    refuse_call(exchange, NULL, err);
}

/* ---- recording ---- */

/* NULL when there is no memory for it. */
static const json_t *arguments_value(const struct call *call)
{
    return call->arguments.value != NULL
               ? call->arguments.value
               : hone_jsonrpc_value(&call->exchange->message, call->arguments.text);
}

static struct hone_span write_input(const struct call *call, struct hone_buf *out,
                                    bool *was_cut)
{
    size_t max_bytes = (size_t)call->exchange->app->config->record_input_bytes;
    *was_cut = false;
    if (call->arguments.text.len <= max_bytes) {
        return call->arguments.text;
    }
    return hone_recorded_input_write(out, arguments_value(call), call->arguments.text,
                                     call->answer.recorded, max_bytes, was_cut);
}

static struct hone_span episode_of(const struct call *call)
{
    struct hone_span named = hone_json_walk_member(call->meta, EPISODE_KEY);
    return hone_text_prefix(hone_jsonrpc_text(&call->exchange->message, named),
                            EPISODE_MAX);
}

/* A line for each call, for those who look for one: in the log and, by its trace, in the
 * records of its client. */
static void log_call(const struct call *call)
{
    if (!hone_log_wants(HONE_LOG_DEBUG, "calls")) {
        return;
    }
    struct hone_span trace_id = hone_exchange_trace_id(call->exchange);
    hone_log_debug("calls", "answered skill=%s call_id=%s version=%" PRIu32 "%s%.*s",
                   call->skill->interface.name, call->call_id_text,
                   call->snapshot->version, trace_id.len > 0 ? " trace=" : "",
                   (int)trace_id.len, trace_id.len > 0 ? trace_id.data : "");
}

static void record_call(struct call *call, enum hone_call_outcome outcome)
{
    struct hone_app *app = call->exchange->app;
    struct hone_buf input;
    struct hone_call_record record = {
        .call_id = call->call_id,
        .skill_id = call->training->store_id,
        .version = call->snapshot->version,
        .learned_through = call->snapshot->learned_through,
        .time_unix_ms = hone_uuid_unix_ms(call->call_id),
        .latency_us = (uint32_t)(hone_clock_monotonic_us() - call->exchange->began_us),
        .outcome = outcome,
        .propensity = call->answer.propensity,
        .confidence = call->answer.confidence,
        .episode = episode_of(call),
        .source = hone_session_source(call->exchange->session, call->exchange),
        .output = call->answer.output,
    };
    hone_buf_init(&input, (size_t)app->config->message_bytes_max * 2);
    record.input = write_input(call, &input, &record.input_cut);
    hone_recorder_add(app->recorder, &record);
    hone_buf_finish(&input);
    call->training->n_calls += 1;
    log_call(call);
}

/* ---- answering ---- */

uint64_t hone_calls_draw(struct hone_uuid call_id)
{
    uint64_t halves[2] = {0};
    for (size_t i = 0; i < sizeof(call_id.bytes); i++) {
        halves[i / 8] = halves[i / 8] << 8 | call_id.bytes[i];
    }
    return hone_rng_mix(halves[0]) ^ halves[1];
}

/* For skills that learn, one line on how to say that the answer was wrong. */
static struct hone_span make_note(const struct call *call, char *memory, size_t size)
{
    struct hone_buf out;
    if (!call->skill->package->kind->learns) {
        return hone_span_of(NULL, 0);
    }
    const struct hone_kind *kind = call->skill->package->kind;
    hone_buf_init_fixed(&out, memory, size);
    (void)hone_buf_append_text(&out, kind->takes_any_reward ? "\nSay how it went"
                                                            : "\nWrong? Say so");
    (void)hone_buf_append_text(&out, ": feedback {\"call_id\":\"");
    (void)hone_buf_append(&out, call->call_id_text, HONE_UUID_TEXT_LEN);
    (void)hone_buf_append_text(&out, "\",");
    (void)hone_buf_append_text(&out, kind->feedback_form);
    (void)hone_buf_append_char(&out, '}');
    return hone_buf_span(&out);
}

/* What names the call: in a structured answer with what it was made from. */
static struct hone_span make_members(const struct call *call, char *memory, size_t size)
{
    bool is_structured = call->answer.structured.len > 0;
    struct hone_buf out;
    hone_buf_init_fixed(&out, memory, size);
    (void)hone_buf_append_text(&out, is_structured ? "\"call_id\":\""
                                                   : "\"" CALL_ID_KEY "\":\"");
    (void)hone_buf_append(&out, call->call_id_text, HONE_UUID_TEXT_LEN);
    (void)hone_buf_append_char(&out, '"');
    if (is_structured) {
        (void)hone_buf_append_text(&out, ",\"version\":");
        (void)hone_buf_append_decimal(&out, call->snapshot->version);
        (void)hone_buf_append_text(&out, ",\"learned_through\":");
        (void)hone_buf_append_decimal(&out, call->snapshot->learned_through);
    }
    return hone_buf_span(&out);
}

static void reply(struct call *call)
{
    char note[NOTE_BYTES_MAX], members[NOTE_BYTES_MAX];
    struct hone_app *app = call->exchange->app;
    struct hone_mcp_answer answer = {
        .text = call->answer.text,
        .note = make_note(call, note, sizeof(note)),
        .structured = call->answer.structured,
    };
    struct hone_span named = make_members(call, members, sizeof(members));
    if (answer.structured.len > 0) {
        answer.members = named;
    } else {
        answer.meta = named;
    }
    hone_buf_clear(&app->reply);
    (void)hone_mcp_write_tool_result(&app->reply, &app->writer, &call->exchange->request,
                                     &answer);
    hone_snapshot_unref(call->snapshot);
    hone_exchange_reply_written(call->exchange);
}

static void run(struct call *call)
{
    struct hone_exchange *exchange = call->exchange;
    const struct hone_package *package = call->skill->package;
    struct hone_error err;
    int status =
        package->kind->answer(package, call->snapshot->view, call->training->scratch,
                              &call->arguments, &exchange->arena, &call->answer, &err);
    if (status != 0) {
        err.code = status;
        record_call(call, HONE_CALL_TOOL_ERROR);
        hone_snapshot_unref(call->snapshot);
        refuse_call(exchange, call->call_id_text, &err);
        return;
    }
    record_call(call, call->answer.abstained ? HONE_CALL_ABSTAINED : HONE_CALL_OK);
    reply(call);
}

void hone_calls_run(struct hone_exchange *exchange, struct hone_skill *skill,
                    const struct hone_mcp_tool_call *tool_call)
{
    if (!hone_residence_use(skill->owner_data)) {
        hone_cold_calls_wait(exchange, skill->owner_data);
        return;
    }
    struct call call = {
        .exchange = exchange,
        .skill = skill,
        .training = skill->owner_data,
        .snapshot = hone_snapshot_ref(skill->snapshot),
        .arguments = {.text = tool_call->text, .value = tool_call->arguments},
        .meta = tool_call->meta,
    };
    call.call_id = hone_uuid_next(&exchange->app->uuids, hone_clock_unix_ms());
    hone_uuid_format(call.call_id, call.call_id_text);
    call.answer.draw = hone_calls_draw(call.call_id);
    run(&call);
}
