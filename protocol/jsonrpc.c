#include "protocol/jsonrpc.h"

#include "base/error.h"
#include "base/text.h"
#include "schema/json.h"

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

static int id_of_string(struct hone_span *id, const json_t *value,
                        struct hone_arena *arena)
{
    struct hone_buf text;
    int code = 0;
    hone_buf_init(&text, HONE_JSONRPC_ID_BYTES_MAX);
    code = hone_json_append_string(
        &text, hone_span_of(json_string_value(value), json_string_length(value)));
    if (code == 0) {
        code = hone_arena_span(arena, hone_buf_span(&text), id);
    }
    hone_buf_finish(&text);
    return code;
}

/* The id as JSON text, in the arena; empty, and HONE_E_INVALID, for what cannot
 * be an id. */
static int id_of(struct hone_span *id, const json_t *value, struct hone_arena *arena)
{
    if (json_is_string(value)) {
        return id_of_string(id, value, arena);
    }
    if (!json_is_integer(value)) {
        return HONE_E_INVALID;
    }
    const char *text =
        hone_arena_format(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (text == NULL) {
        return HONE_E_NOMEM;
    }
    *id = hone_span_text(text);
    return 0;
}

static int read_id(struct hone_span *id, const json_t *root, struct hone_arena *arena,
                   struct hone_jsonrpc_problem *problem)
{
    const json_t *value = json_object_get(root, "id");
    /* A peer that could not read our request answers with a null id. */
    bool nameless_error = json_is_null(value) &&
                          json_object_get(root, "method") == NULL &&
                          json_object_get(root, "error") != NULL;
    if (value == NULL || nameless_error) {
        *id = value == NULL ? hone_span_of(NULL, 0) : hone_span_text(null_id);
        return 0;
    }
    switch (id_of(id, value, arena)) {
    case 0:
        return 0;
    case HONE_E_LIMIT:
        return refuse(problem, *id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: id is too long");
    case HONE_E_NOMEM:
        return refuse(problem, *id, HONE_RPC_INTERNAL, "no memory for the message");
    default:
        return refuse(problem, *id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: id must be a string or an integer");
    }
}

static int read_call(struct hone_jsonrpc_message *message, const json_t *method,
                     struct hone_jsonrpc_problem *problem)
{
    if (!json_is_string(method)) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: method must be a string");
    }
    json_t *params = json_object_get(message->root, "params");
    if (json_is_null(params)) {
        params = NULL; /* how some languages write an absent member */
    }
    if (params != NULL && !json_is_object(params)) {
        return refuse(problem, message->id, HONE_RPC_INVALID_PARAMS,
                      "invalid params: params must be an object");
    }
    message->kind =
        message->id.len > 0 ? HONE_JSONRPC_REQUEST : HONE_JSONRPC_NOTIFICATION;
    message->method = hone_span_of(json_string_value(method), json_string_length(method));
    message->params = params;
    return 0;
}

static int read_response(struct hone_jsonrpc_message *message,
                         struct hone_jsonrpc_problem *problem)
{
    const json_t *result = json_object_get(message->root, "result");
    const json_t *error = json_object_get(message->root, "error");
    if (result == NULL && error == NULL) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: no method, and no result or error either");
    }
    bool one = (result == NULL) != (error == NULL);
    if (!one || (error != NULL && !json_is_object(error)) || message->id.len == 0) {
        return refuse(
            problem, message->id, HONE_RPC_INVALID_REQUEST,
            "invalid request: a response has an id and either a result or an error "
            "object");
    }
    message->kind = HONE_JSONRPC_RESPONSE;
    return 0;
}

static int read_message(struct hone_jsonrpc_message *message, struct hone_arena *arena,
                        struct hone_jsonrpc_problem *problem)
{
    const json_t *root = message->root;
    if (json_is_array(root)) {
        return refuse(
            problem, message->id, HONE_RPC_INVALID_REQUEST,
            "invalid request: batches are not supported, send one message at a time");
    }
    if (!json_is_object(root)) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: a message is a JSON object");
    }
    if (read_id(&message->id, root, arena, problem) != 0) {
        return -1;
    }
    if (!hone_span_is(hone_json_text(root, "jsonrpc"), "2.0")) {
        return refuse(problem, message->id, HONE_RPC_INVALID_REQUEST,
                      "invalid request: jsonrpc must be \"2.0\"");
    }
    const json_t *method = json_object_get(root, "method");
    return method != NULL ? read_call(message, method, problem)
                          : read_response(message, problem);
}

/* A message that is JSON but breaks a rule of ours (a NUL in a string, a key that
 * comes twice) still gets its answer under its own id, so that the peer does not
 * wait for it. */
static void recover_id(struct hone_jsonrpc_problem *problem, struct hone_span bytes,
                       struct hone_arena *arena)
{
    json_error_t ignored;
    struct hone_span id = {0};
    json_t *root = json_loadb(bytes.data, bytes.len,
                              JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &ignored);
    if (id_of(&id, json_object_get(root, "id"), arena) == 0 && id.len > 0) {
        problem->id = id;
    }
    json_decref(root);
}

int hone_jsonrpc_parse(struct hone_jsonrpc_message *out, struct hone_span bytes,
                       struct hone_arena *arena, struct hone_jsonrpc_problem *problem)
{
    struct hone_error err;
    struct hone_jsonrpc_message message = {.root = NULL};
    int code = hone_json_parse(&message.root, bytes, &err);
    if (code != 0) {
        (void)refuse_text(problem, code, &err);
        if (code == HONE_E_INVALID) {
            recover_id(problem, bytes, arena);
        }
        return -1;
    }
    if (read_message(&message, arena, problem) != 0) {
        json_decref(message.root);
        return -1;
    }
    *out = message;
    return 0;
}

void hone_jsonrpc_finish(struct hone_jsonrpc_message *message)
{
    json_decref(message->root);
    *message = (struct hone_jsonrpc_message){.root = NULL};
}

static void begin_answer(struct hone_buf *buf, struct hone_span id, const char *member)
{
    (void)hone_buf_append_text(buf, "{\"jsonrpc\":\"2.0\",\"id\":");
    (void)hone_buf_append_span(buf, id.len > 0 ? id : hone_span_text(null_id));
    (void)hone_buf_append_format(buf, ",\"%s\":", member);
}

int hone_jsonrpc_write_result(struct hone_buf *buf, struct hone_span id,
                              const json_t *result)
{
    begin_answer(buf, id, "result");
    (void)hone_json_append(buf, result);
    return hone_buf_append_char(buf, '}');
}

int hone_jsonrpc_write_result_text(struct hone_buf *buf, struct hone_span id,
                                   struct hone_span result_json)
{
    begin_answer(buf, id, "result");
    (void)hone_buf_append_span(buf, result_json);
    return hone_buf_append_char(buf, '}');
}

int hone_jsonrpc_write_problem(struct hone_buf *buf,
                               const struct hone_jsonrpc_problem *problem)
{
    begin_answer(buf, problem->id, "error");
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
