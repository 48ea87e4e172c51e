#include "server/calls.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/recorder.h"
#include "server/training.h"

#include <stdlib.h>

/* Name of the episode in a call's _meta; see docs/ARCHITECTURE.md. */
#define EPISODE_KEY     "io.github.hone/episode"
#define ERROR_KEY       "io.github.hone/error"
#define CALL_ID_KEY     "io.github.hone/call_id"
#define EPISODE_MAX     200
#define REPLY_BYTES_MAX (1024U * 1024)

/* What is known of a call while it is answered. */
struct call {
    struct hone_exchange *exchange;
    struct hone_skill *skill;
    struct hone_training *training;
    struct hone_snapshot *snapshot;
    struct hone_uuid call_id;
    char call_id_text[HONE_UUID_TEXT_LEN + 1];
    const json_t *arguments;
    const json_t *meta;
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
    hone_session_reply_take(exchange, result);
}

void hone_calls_refuse(struct hone_exchange *exchange, const struct hone_error *err)
{
    refuse_call(exchange, NULL, err);
}

/* ---- recording ---- */

/* Bytes of a character's JSON form; text is valid UTF-8, so continuation bytes count one each. */
static size_t encoded_bytes(unsigned char c)
{
    if (c < 0x20) {
        return c >= '\b' && c <= '\r' && c != '\v' ? 2 : 6;
    }
    return c == '"' || c == '\\' ? 2 : 1;
}

/* Longest prefix whose JSON form has at most max_bytes. */
static struct hone_span cut_text(struct hone_span text, size_t max_bytes)
{
    size_t encoded = 0, len = 0;
    while (len < text.len) {
        encoded += encoded_bytes((unsigned char)text.data[len]);
        if (encoded > max_bytes) {
            break;
        }
        len++;
    }
    return hone_text_prefix(text, len);
}

/* A copy in which no string takes more than its share of the cap; nested values are left out. */
static json_t *cut_strings(const json_t *arguments, size_t max_bytes)
{
    json_t *copy = json_object();
    size_t n_members = json_object_size(arguments);
    size_t share = max_bytes / (n_members > 0 ? n_members : 1);
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)arguments, key, value)
    {
        size_t taken = strlen(key) + 8; /* quotes, colon, comma */
        if (json_is_string(value) && share > taken) {
            struct hone_span text = cut_text(
                hone_span_of(json_string_value(value), json_string_length(value)),
                share - taken);
            (void)json_object_set_new(copy, key, json_stringn(text.data, text.len));
        } else if (json_is_number(value) || json_is_boolean(value)) {
            (void)json_object_set(copy, key, value);
        }
    }
    return copy;
}

/* The arguments as JSON text, cut when they are longer than the cap. */
static void write_input(const json_t *arguments, size_t max_bytes, struct hone_buf *out,
                        bool *was_cut)
{
    *was_cut = false;
    if (hone_json_append(out, arguments) == 0 && out->len <= max_bytes) {
        return;
    }
    hone_buf_clear(out);
    json_t *copy = cut_strings(arguments, max_bytes);
    *was_cut = true;
    (void)hone_json_append(out, copy);
    json_decref(copy);
}

static struct hone_span episode_of(const struct call *call)
{
    return hone_text_prefix(hone_json_text(call->meta, EPISODE_KEY), EPISODE_MAX);
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
    write_input(call->arguments, (size_t)app->config->record_input_bytes, &input,
                &record.input_cut);
    record.input = hone_buf_span(&input);
    hone_recorder_add(app->recorder, &record);
    hone_buf_finish(&input);
    call->training->n_calls += 1;
}

/* ---- answering ---- */

/* The answer's text and, for skills that learn, one line on how to say that it was wrong.
 */
static struct hone_span reply_text(struct call *call)
{
    const struct hone_span text = call->answer.text;
    if (!call->skill->package->kind->learns) {
        return text;
    }
    const char *both = hone_arena_format(
        &call->exchange->arena,
        "%.*s\nWrong? Say so: feedback {\"call_id\":\"%s\",\"label\":\"<right label>\"}",
        (int)text.len, text.data, call->call_id_text);
    return both != NULL ? hone_span_text(both) : text;
}

static void reply(struct call *call)
{
    json_t *structured = call->answer.structured;
    json_t *meta = NULL;
    if (structured != NULL) {
        (void)json_object_set_new(structured, "call_id", json_string(call->call_id_text));
        (void)json_object_set_new(structured, "version",
                                  json_integer((json_int_t)call->snapshot->version));
        (void)json_object_set_new(
            structured, "learned_through",
            json_integer((json_int_t)call->snapshot->learned_through));
    } else {
        meta = json_pack("{s:s}", CALL_ID_KEY, call->call_id_text);
    }
    json_t *result =
        hone_mcp_tool_result(call->exchange->request.era, reply_text(call), structured,
                             meta, false, &call->exchange->app->identity);
    json_decref(structured);
    json_decref(meta);
    hone_snapshot_unref(call->snapshot);
    hone_session_reply_take(call->exchange, result);
}

static void run(struct call *call)
{
    struct hone_exchange *exchange = call->exchange;
    const struct hone_package *package = call->skill->package;
    struct hone_error err;
    int status =
        package->kind->answer(package, call->snapshot->view, call->training->scratch,
                              call->arguments, &exchange->arena, &call->answer, &err);
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
    struct hone_error err = {0};
    json_t *empty = NULL;
    struct call call = {
        .exchange = exchange,
        .skill = skill,
        .training = skill->owner_data,
        .arguments = tool_call->arguments,
        .meta = tool_call->meta,
    };
    if (call.arguments == NULL) {
        call.arguments = empty = json_object();
    }
    if (hone_schema_check(skill->input_schema, call.arguments, NULL, &err) != 0) {
        hone_calls_refuse(exchange, &err);
        json_decref(empty);
        return;
    }
    call.snapshot = hone_snapshot_ref(skill->snapshot);
    call.call_id = hone_uuid_next(&exchange->app->uuids, hone_clock_unix_ms());
    hone_uuid_format(call.call_id, call.call_id_text);
    run(&call);
    json_decref(empty);
}
