/* fuzz: protocol - the scan of a message against jansson, which it stands in for: the same
 * texts are accepted, the members are the same, and a message reads the same. */
#include "schema/json_scan.h"

#include "base/check.h"
#include "base/error.h"
#include "protocol/jsonrpc.h"
#include "schema/json.h"
#include "schema/json_walk.h"

#include <stdint.h>

#define ARENA_MAX (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text of a value says that value, which may be NULL. */
static void check_value(struct hone_span text, json_t *value)
{
    json_t *read = NULL;
    if (value == NULL) {
        HONE_INVARIANT(text.len == 0);
        return;
    }
    HONE_INVARIANT(hone_json_parse(&read, text, NULL) == 0);
    HONE_INVARIANT(json_equal(read, value));
    json_decref(read);
}

static void check_text(struct hone_span literal, const json_t *string)
{
    struct hone_arena arena;
    struct hone_span text;
    hone_arena_init(&arena, ARENA_MAX);
    HONE_INVARIANT(hone_json_walk_text(&text, literal, &arena) == 0);
    HONE_INVARIANT(hone_span_equal(
        text, hone_span_of(json_string_value(string), json_string_length(string))));
    HONE_INVARIANT((text.data != NULL) == json_is_string(string));
    hone_arena_finish(&arena);
}

/* The walk through an object meets all its members, and looking one up finds it. */
static void check_object(struct hone_span text, json_t *object)
{
    struct hone_json_walk walk;
    struct hone_span key, value;
    const char *name = NULL;
    json_t *member = NULL;
    size_t n = 0;
    hone_json_walk_begin(&walk, text);
    while (hone_json_walk_next(&walk, &key, &value)) {
        n += 1;
    }
    HONE_INVARIANT(n == json_object_size(object));
    if (n > 64) {
        return; /* each look-up walks */
    }
    json_object_foreach(object, name, member)
    {
        struct hone_span found = hone_json_walk_member(text, name);
        check_value(found, member);
        check_text(found, member);
        if (json_is_object(member)) {
            check_object(found, member);
        }
    }
}

static void check_members(const struct hone_json_scan *scan, json_t *root)
{
    const char *outer = NULL, *inner = NULL;
    json_t *member = NULL, *value = NULL;
    check_value(scan->value, root);
    if (json_object_size(root) > 64) {
        return;
    }
    json_object_foreach(root, outer, member)
    {
        check_value(hone_json_scan_member(scan, outer), member);
        if (json_object_size(member) <= 64) {
            json_object_foreach(member, inner, value)
            {
                check_value(hone_json_scan_inner(scan, outer, inner), value);
            }
        }
        HONE_INVARIANT(hone_json_scan_inner(scan, outer, "no such key").len == 0 ||
                       json_object_get(member, "no such key") != NULL);
    }
    HONE_INVARIANT(hone_json_scan_member(scan, "no such key").len == 0 ||
                   json_object_get(root, "no such key") != NULL);
    if (json_is_object(root)) {
        check_object(scan->value, root);
    }
}

/* What hone_jsonrpc_parse promises, read from the value: the code of the problem, or 0. */
static int code_of_call(const json_t *root, const json_t *method)
{
    const json_t *params = json_object_get(root, "params");
    if (!json_is_string(method)) {
        return HONE_RPC_INVALID_REQUEST;
    }
    return params == NULL || json_is_null(params) || json_is_object(params)
               ? 0
               : HONE_RPC_INVALID_PARAMS;
}

static int code_of_message(const json_t *root)
{
    const json_t *id = json_object_get(root, "id");
    const json_t *method = json_object_get(root, "method");
    const json_t *result = json_object_get(root, "result");
    const json_t *error = json_object_get(root, "error");
    bool nameless = json_is_null(id) && method == NULL && error != NULL;
    if (!json_is_object(root) ||
        (id != NULL && !nameless && !json_is_string(id) && !json_is_integer(id)) ||
        !hone_span_is(hone_json_text(root, "jsonrpc"), "2.0")) {
        return HONE_RPC_INVALID_REQUEST;
    }
    if (method != NULL) {
        return code_of_call(root, method);
    }
    bool is_response = id != NULL && (result == NULL) != (error == NULL) &&
                       (error == NULL || json_is_object(error));
    return is_response ? 0 : HONE_RPC_INVALID_REQUEST;
}

static void check_read(struct hone_jsonrpc_message *message, json_t *root)
{
    json_t *id = json_object_get(root, "id");
    json_t *method = json_object_get(root, "method");
    json_t *params = json_object_get(root, "params");
    enum hone_jsonrpc_kind kind = HONE_JSONRPC_RESPONSE;
    if (method != NULL) {
        kind = id != NULL ? HONE_JSONRPC_REQUEST : HONE_JSONRPC_NOTIFICATION;
        HONE_INVARIANT(hone_span_equal(message->method, hone_json_text(root, "method")));
        HONE_INVARIANT(json_is_object(params)
                           ? json_equal(hone_jsonrpc_params(message), params)
                           : hone_jsonrpc_params(message) == NULL &&
                                 message->params.len == 0);
    }
    HONE_INVARIANT(message->kind == kind);
    check_value(message->id, id);
}

static void check_message(struct hone_span text, json_t *root, int code)
{
    struct hone_arena arena;
    struct hone_jsonrpc_message message;
    struct hone_jsonrpc_problem problem;
    int expected = code == HONE_E_LIMIT ? HONE_RPC_INVALID_REQUEST : HONE_RPC_PARSE_ERROR;
    hone_arena_init(&arena, ARENA_MAX);
    if (code == 0) {
        expected = code_of_message(root);
    }
    if (hone_jsonrpc_parse(&message, text, &arena, &problem) == 0) {
        HONE_INVARIANT(code == 0 && expected == 0);
        check_read(&message, root);
        hone_jsonrpc_finish(&message);
    } else {
        bool is_long = code == 0 &&
                       hone_json_walk_member(text, "id").len > HONE_JSONRPC_ID_BYTES_MAX;
        HONE_INVARIANT(problem.code == (is_long ? HONE_RPC_INVALID_REQUEST : expected));
    }
    hone_arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_span text = hone_span_of((const char *)data, size);
    struct hone_json_scan scan;
    json_t *root = NULL;
    int code = hone_json_parse(&root, text, NULL);
    if (hone_json_scan(&scan, text) != 0) {
        HONE_INVARIANT(code != 0);
    } else if (scan.has_checked_keys) {
        HONE_INVARIANT(code == 0);
    }
    if (code == 0) {
        check_members(&scan, root);
    }
    check_message(text, root, code);
    json_decref(root);
    return 0;
}
