#include "protocol/jsonrpc.h"

#include "base/check.h"
#include "base/error.h"
#include "base/text.h"
#include "schema/json.h"
#include "schema/json_build.h"
#include "schema/json_walk.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HTTP_BAD_REQUEST 400

static const char null_id[] = "null";

void hone_jsonrpc_problem_set(struct hone_jsonrpc_problem *problem, int code,
                              int http_status, const char *format, ...)
{
    char text[sizeof(problem->message) + 4];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct hone_span kept =
        hone_text_prefix(hone_span_text(text), sizeof(problem->message) - 1);
    hone_text_make_plain(text, kept.len);
    *problem = (struct hone_jsonrpc_problem){
        .code = code, .http_status = http_status, .id = hone_span_text(null_id)};
    memcpy(problem->message, text, kept.len);
}

/* A failure of one message whose id is known, or not. */
static int refuse(struct hone_jsonrpc_problem *problem, struct hone_span id, int code,
                  const char *message)
{
    hone_jsonrpc_problem_set(problem, code, HTTP_BAD_REQUEST, "%s", message);
    if (id.len > 0) {
        problem->id = id;
    }
    return -1;
}

static int refuse_text(struct hone_jsonrpc_problem *problem, int code,
                       const struct hone_error *err)
{
    const char *what = "the message cannot be read";
    int rpc_code = HONE_RPC_INTERNAL;
    if (code == HONE_E_INVALID) {
        rpc_code = HONE_RPC_PARSE_ERROR;
        what = "parse error";
    } else if (code == HONE_E_LIMIT) {
        rpc_code = HONE_RPC_INVALID_REQUEST;
        what = "invalid request";
    }
    hone_jsonrpc_problem_set(problem, rpc_code, HTTP_BAD_REQUEST, "%s: %s", what,
                             err->message);
    return -1;
}

/* Is that text a string, or an integer? Its range was checked with the whole message. */
static bool is_id(struct hone_span value)
{
    if (hone_json_walk_is_string(value)) {
        return true;
    }
    if (value.len == 0 ||
        (value.data[0] != '-' && (value.data[0] < '0' || value.data[0] > '9'))) {
        return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '.' || value.data[i] == 'e' || value.data[i] == 'E') {
            return false;
        }
    }
    return true;
}

static int read_id(struct hone_jsonrpc_message *message,
                   struct hone_jsonrpc_problem *problem)
{
    const struct hone_json_scan *scan = &message->scan;
    struct hone_span value = hone_json_scan_member(scan, "id");
    if (value.len == 0) {
        return 0;
    }
    if (hone_json_walk_is_null(value) && hone_json_scan_member(scan, "method").len == 0 &&
        hone_json_scan_member(scan, "error").len > 0) {
        /* A peer that could not read our request answers with a null id. */
        message->id = hone_span_text(null_id);
        return 0;
    }
    if (!is_id(value)) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: id must be a string or an integer");
    }
    if (value.len > HONE_JSONRPC_ID_BYTES_MAX) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: id is too long");
    }
    return hone_arena_span(message->arena, value, &message->id) == 0
               ? 0
               : refuse(problem, message->id, HONE_RPC_INTERNAL,
                        "no memory for the message");
}

static int read_call(struct hone_jsonrpc_message *message, struct hone_span method,
                     struct hone_jsonrpc_problem *problem)
{
    if (!hone_json_walk_is_string(method)) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: method must be a string");
    }
    struct hone_span params = hone_json_scan_member(&message->scan, "params");
    if (hone_json_walk_is_null(params)) {
        params = hone_span_of(NULL, 0); /* how some languages write an absent member */
    }
    if (params.len > 0 && !hone_json_walk_is_object(params)) {
        return refuse(problem, message->id, HONE_RPC_INVALID_PARAMS,
                      "invalid params: params must be an object");
    }
    if (hone_json_walk_text(&message->method, method, message->arena) != 0) {
        return refuse(problem, message->id, HONE_RPC_INTERNAL,
                      "no memory for the message");
    }
    message->kind =
        message->id.len > 0 ? HONE_JSONRPC_REQUEST : HONE_JSONRPC_NOTIFICATION;
    message->params = params;
    return 0;
}

static int read_response(struct hone_jsonrpc_message *message,
                         struct hone_jsonrpc_problem *problem)
{
    struct hone_span result = hone_json_scan_member(&message->scan, "result");
    struct hone_span error = hone_json_scan_member(&message->scan, "error");
    if (result.len == 0 && error.len == 0) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: no method, and no result or error either");
    }
    bool one = (result.len == 0) != (error.len == 0);
    if (!one || (error.len > 0 && !hone_json_walk_is_object(error)) ||
        message->id.len == 0) {
        return refuse(
            problem, message->id, HONE_RPC_INVALID_REQUEST,
            "invalid request: a response has an id and either a result or an error "
            "object");
    }
    message->kind = HONE_JSONRPC_RESPONSE;
    return 0;
}

/* Is it "2.0", also if somebody writes that with escapes? */
static bool is_version(struct hone_span value)
{
    return hone_json_walk_is_string(value) &&
           hone_json_walk_key_is(hone_span_of(value.data + 1, value.len - 2), "2.0");
}

static int read_message(struct hone_jsonrpc_message *message,
                        struct hone_jsonrpc_problem *problem)
{
    const struct hone_json_scan *scan = &message->scan;
    if (scan->value.data[0] == '[') {
        return refuse(
            problem, message->id, HONE_RPC_INVALID_REQUEST,
            "invalid request: batches are not supported, send one message at a time");
    }
    if (!hone_json_walk_is_object(scan->value)) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: a message is a JSON object");
    }
    if (read_id(message, problem) != 0) {
        return -1;
    }
    if (!is_version(hone_json_scan_member(scan, "jsonrpc"))) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: jsonrpc must be \"2.0\"");
    }
    struct hone_span method = hone_json_scan_member(scan, "method");
    return method.len > 0 ? read_call(message, method, problem)
                          : read_response(message, problem);
}

/* A message that is JSON but says a NUL in a string still gets its answer under its own
 * id, so that the peer does not wait for it; unless that is the string. */
static void recover_id(struct hone_jsonrpc_problem *problem, struct hone_span bytes,
                       struct hone_arena *arena)
{
    json_error_t ignored;
    struct hone_json_scan scan;
    struct hone_span id = {0}, kept;
    if (bytes.len == 0 || memchr(bytes.data, '\0', bytes.len) != NULL) {
        return;
    }
    json_t *root = json_loadb(bytes.data, bytes.len,
                              JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &ignored);
    if (root != NULL) {
        id = hone_json_walk_member(bytes, "id");
    }
    if (is_id(id) && id.len <= HONE_JSONRPC_ID_BYTES_MAX &&
        hone_json_scan(&scan, id) == 0 && hone_arena_span(arena, id, &kept) == 0) {
        problem->id = kept;
    }
    json_decref(root);
}

/* What the scan refuses, and what it leaves open, is for hone_json_parse to judge: it
 * says where and why. 0 when the text is good after all, which only an open question can
 * be. */
static int check_text(struct hone_span bytes, bool is_open, struct hone_arena *arena,
                      struct hone_jsonrpc_problem *problem)
{
    struct hone_error err;
    json_t *value = NULL;
    int code = hone_json_parse(&value, bytes, &err);
    json_decref(value);
    if (code == 0 && !is_open) {
        code = hone_error_set(&err, HONE_E_INVALID, "not valid JSON");
    }
    if (code == 0) {
        return 0;
    }
    (void)refuse_text(problem, code, &err);
    if (code == HONE_E_INVALID) {
        recover_id(problem, bytes, arena);
    }
    return -1;
}

int hone_jsonrpc_parse(struct hone_jsonrpc_message *out, struct hone_span bytes,
                       struct hone_arena *arena, struct hone_jsonrpc_problem *problem)
{
    struct hone_jsonrpc_message message;
    int code = hone_json_scan(&message.scan, bytes);
    if ((code != 0 || !message.scan.has_checked_keys) &&
        check_text(bytes, code == 0, arena, problem) != 0) {
        return -1;
    }
    message.id = message.method = message.params = hone_span_of(NULL, 0);
    message.arena = arena;
    message.n_values = 0;
    if (read_message(&message, problem) != 0) {
        return -1;
    }
    *out = message;
    return 0;
}

void hone_jsonrpc_finish(struct hone_jsonrpc_message *message)
{
    for (size_t i = 0; i < message->n_values; i++) {
        json_decref(message->values[i].value);
    }
    message->n_values = 0;
}

struct hone_span hone_jsonrpc_param(const struct hone_jsonrpc_message *message,
                                    const char *key)
{
    return message->params.len > 0 ? hone_json_scan_inner(&message->scan, "params", key)
                                   : hone_span_of(NULL, 0);
}

struct hone_span hone_jsonrpc_text(const struct hone_jsonrpc_message *message,
                                   struct hone_span part)
{
    struct hone_span text;
    return hone_json_walk_text(&text, part, message->arena) == 0 ? text
                                                                 : hone_span_of(NULL, 0);
}

struct hone_span hone_jsonrpc_param_text(const struct hone_jsonrpc_message *message,
                                         const char *key)
{
    return hone_jsonrpc_text(message, hone_jsonrpc_param(message, key));
}

json_t *hone_jsonrpc_value(struct hone_jsonrpc_message *message, struct hone_span part)
{
    if (part.len == 0) {
        return NULL;
    }
    for (size_t i = 0; i < message->n_values; i++) {
        if (message->values[i].text.data == part.data) {
            return message->values[i].value;
        }
    }
    HONE_REQUIRE(message->n_values < HONE_JSONRPC_VALUES_MAX);
    /* NULL is kept as well: the bytes may be gone when it is asked for again. */
    json_t *value = hone_json_build(part, message->arena);
    message->values[message->n_values++] =
        (struct hone_jsonrpc_value){.text = part, .value = value};
    return value;
}

json_t *hone_jsonrpc_params(struct hone_jsonrpc_message *message)
{
    return hone_jsonrpc_value(message, message->params);
}

static void begin_answer(struct hone_buf *buf, struct hone_span id, const char *member)
{
    (void)hone_buf_append_text(buf, "{\"jsonrpc\":\"2.0\",\"id\":");
    (void)hone_buf_append_span(buf, id.len > 0 ? id : hone_span_text(null_id));
    (void)hone_buf_append_text(buf, member);
}

int hone_jsonrpc_write_result_begin(struct hone_buf *buf, struct hone_span id)
{
    begin_answer(buf, id, ",\"result\":");
    return buf->error;
}

int hone_jsonrpc_write_result(struct hone_buf *buf, struct hone_span id,
                              const json_t *result)
{
    (void)hone_jsonrpc_write_result_begin(buf, id);
    (void)hone_json_append(buf, result);
    return hone_buf_append_char(buf, '}');
}

int hone_jsonrpc_write_result_text(struct hone_buf *buf, struct hone_span id,
                                   struct hone_span result_json)
{
    (void)hone_jsonrpc_write_result_begin(buf, id);
    (void)hone_buf_append_span(buf, result_json);
    return hone_buf_append_char(buf, '}');
}

int hone_jsonrpc_write_problem(struct hone_buf *buf,
                               const struct hone_jsonrpc_problem *problem)
{
    begin_answer(buf, problem->id, ",\"error\":");
    (void)hone_buf_append_format(buf, "{\"code\":%d,\"message\":", problem->code);
    (void)hone_json_append_string(buf, hone_span_text(problem->message));
    if (problem->data != NULL) {
        (void)hone_buf_append_text(buf, ",\"data\":");
        (void)hone_json_append(buf, problem->data);
    }
    return hone_buf_append_text(buf, "}}");
}

int hone_jsonrpc_write_request(struct hone_buf *buf, struct hone_span id,
                               const char *method, const json_t *params)
{
    (void)hone_buf_append_text(buf, "{\"jsonrpc\":\"2.0\"");
    if (id.len > 0) {
        (void)hone_buf_append_text(buf, ",\"id\":");
        (void)hone_buf_append_span(buf, id);
    }
    (void)hone_buf_append_text(buf, ",\"method\":");
    (void)hone_json_append_string(buf, hone_span_text(method));
    if (params != NULL) {
        (void)hone_buf_append_text(buf, ",\"params\":");
        (void)hone_json_append(buf, params);
    }
    return hone_buf_append_char(buf, '}');
}
