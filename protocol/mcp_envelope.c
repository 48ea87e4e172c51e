/* The body decides, headers only cross-check: a modern message says so in
 * params._meta. Once it has said so it is never taken for a legacy one, whatever else
 * is wrong with it. */
#include "protocol/mcp_envelope.h"

#include "base/buf.h"
#include "base/check.h"
#include "protocol/mcp_era.h"
#include "protocol/mcp_header.h"
#include "schema/json_walk.h"

#include <stdbool.h>

#define HTTP_BAD_REQUEST 400

#define KEY_VERSION      HONE_MCP_KEY_VERSION
#define KEY_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"
#define KEY_CLIENT       "io.modelcontextprotocol/clientInfo"
#define KEY_LEVEL        "io.modelcontextprotocol/logLevel"

#define PRINTED_MAX 64 /* bytes of a peer's text that go into a message */

struct envelope {
    struct hone_jsonrpc_message *message;
    const struct hone_mcp_headers *headers; /* NULL where the transport has none */
    struct hone_span meta;                  /* text of an object, or empty */
    struct hone_span named, capabilities, client, level; /* texts of members of meta */
    struct hone_span version; /* that the body names: what `named` says */
    struct hone_jsonrpc_problem *problem;
};

static int printed_len(struct hone_span text)
{
    return (int)(text.len < PRINTED_MAX ? text.len : PRINTED_MAX);
}

static int refuse(const struct envelope *envelope, int code, const char *message)
{
    hone_jsonrpc_problem_set(envelope->problem, code, HTTP_BAD_REQUEST, "%s", message);
    if (envelope->message->id.len > 0) {
        envelope->problem->id = envelope->message->id;
    }
    return -1;
}

static int refuse_mismatch(const struct envelope *envelope, const char *header,
                           struct hone_span sent, struct hone_span body)
{
    hone_jsonrpc_problem_set(envelope->problem, HONE_RPC_HEADER_MISMATCH,
                             HTTP_BAD_REQUEST,
                             "header mismatch: %s is \"%.*s\" but the body says \"%.*s\"",
                             header, printed_len(sent), sent.len > 0 ? sent.data : "",
                             printed_len(body), body.len > 0 ? body.data : "");
    if (envelope->message->id.len > 0) {
        envelope->problem->id = envelope->message->id;
    }
    return -1;
}

static int check_shape(const struct envelope *envelope)
{
    if (!hone_json_walk_is_string(envelope->named)) {
        return refuse(envelope, HONE_RPC_INVALID_PARAMS,
                      "invalid params: _meta \"" KEY_VERSION "\" must be a string");
    }
    if (!hone_json_walk_is_object(envelope->capabilities)) {
        return refuse(envelope, HONE_RPC_INVALID_PARAMS,
                      "invalid params: _meta \"" KEY_CAPABILITIES "\" must be an object");
    }
    return 0;
}

static int check_headers_agree(const struct envelope *envelope)
{
    const struct hone_mcp_headers *headers = envelope->headers;
    if (headers == NULL) {
        return 0;
    }
    if (headers->protocol_version.len > 0 &&
        !hone_span_equal(headers->protocol_version, envelope->version)) {
        return refuse_mismatch(envelope, "MCP-Protocol-Version",
                               headers->protocol_version, envelope->version);
    }
    if (headers->method.len > 0 &&
        !hone_span_equal(headers->method, envelope->message->method)) {
        return refuse_mismatch(envelope, "Mcp-Method", headers->method,
                               envelope->message->method);
    }
    return 0;
}

static int check_version(const struct envelope *envelope)
{
    if (hone_mcp_era_is_supported(envelope->version)) {
        return 0;
    }
    (void)refuse(envelope, HONE_RPC_UNSUPPORTED_VERSION,
                 "unsupported protocol version; supported per request: " HONE_MCP_MODERN
                 ", older versions through initialize");
    json_t *data = json_object();
    (void)json_object_set_new(data, "supported", hone_mcp_era_supported());
    (void)json_object_set_new(
        data, "requested", json_stringn(envelope->version.data, envelope->version.len));
    envelope->problem->data = data;
    return -1;
}

/* The member of params that Mcp-Name repeats, or NULL. */
static const char *name_param(struct hone_span method)
{
    static const struct {
        const char *method, *param;
    } rows[] = {
        {"prompts/get", "name"}, {"resources/read", "uri"},  {"tasks/cancel", "taskId"},
        {"tasks/get", "taskId"}, {"tasks/update", "taskId"}, {"tools/call", "name"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (hone_span_is(method, rows[i].method)) {
            return rows[i].param;
        }
    }
    return NULL;
}

/* Mcp-Name repeats one member of params, encoded where a header could not carry it. A
 * member that is missing from the body is left to the method's own check. */
static int check_name_header(const struct envelope *envelope, const char *param)
{
    struct hone_span sent = envelope->headers->name;
    struct hone_span body = hone_jsonrpc_param_text(envelope->message, param);
    struct hone_buf decoded;
    if (sent.len == 0) {
        return refuse(envelope, HONE_RPC_HEADER_MISMATCH,
                      "header mismatch: the Mcp-Name header is missing");
    }
    char *memory = hone_arena_alloc(envelope->message->arena, sent.len + 1, 1);
    if (memory == NULL) {
        return refuse(envelope, HONE_RPC_INTERNAL, "no memory for the message");
    }
    hone_buf_init_fixed(&decoded, memory, sent.len + 1);
    if (hone_mcp_header_decode(&decoded, sent) != 0) {
        return refuse(
            envelope, HONE_RPC_HEADER_MISMATCH,
            "header mismatch: Mcp-Name is not valid base64 between its markers");
    }
    return body.data == NULL || hone_span_equal(hone_buf_span(&decoded), body)
               ? 0
               : refuse_mismatch(envelope, "Mcp-Name", hone_buf_span(&decoded), body);
}

static int check_headers_present(const struct envelope *envelope)
{
    const struct hone_mcp_headers *headers = envelope->headers;
    if (headers == NULL || envelope->message->kind != HONE_JSONRPC_REQUEST) {
        return 0;
    }
    if (headers->protocol_version.len == 0) {
        return refuse(envelope, HONE_RPC_HEADER_MISMATCH,
                      "header mismatch: the MCP-Protocol-Version header is missing");
    }
    if (headers->method.len == 0) {
        return refuse(envelope, HONE_RPC_HEADER_MISMATCH,
                      "header mismatch: the Mcp-Method header is missing");
    }
    const char *param = name_param(envelope->message->method);
    return param != NULL ? check_name_header(envelope, param) : 0;
}

static int open_modern(struct hone_mcp_request *out, struct envelope *envelope)
{
    if (check_shape(envelope) != 0) {
        return -1;
    }
    envelope->version = hone_jsonrpc_text(envelope->message, envelope->named);
    if (check_headers_agree(envelope) != 0 || check_version(envelope) != 0 ||
        check_headers_present(envelope) != 0) {
        return -1;
    }
    if (envelope->level.len > 0 &&
        hone_mcp_log_level(hone_jsonrpc_text(envelope->message, envelope->level)) < 0) {
        return refuse(envelope, HONE_RPC_INVALID_PARAMS,
                      "invalid params: _meta \"" KEY_LEVEL
                      "\" must be a level from debug "
                      "to emergency");
    }
    *out = (struct hone_mcp_request){
        .era = HONE_MCP_ERA_MODERN,
        .message = envelope->message,
        .meta = envelope->meta,
        .client_name = hone_jsonrpc_text(envelope->message,
                                         hone_json_walk_member(envelope->client, "name")),
        .capabilities = envelope->capabilities,
    };
    return 0;
}

/* A request without the modern claim. Notifications never come here with
 * a modern header. */
static int check_legacy_headers(const struct envelope *envelope, bool is_initialize)
{
    struct hone_span version = envelope->headers->protocol_version;
    if (hone_mcp_era_names_modern(version)) {
        if (is_initialize) {
            return refuse(
                envelope, HONE_RPC_HEADER_MISMATCH,
                "header mismatch: initialize belongs to older versions than the "
                "MCP-Protocol-Version header names");
        }
        return refuse(envelope, HONE_RPC_INVALID_PARAMS,
                      "invalid params: _meta must have \"" KEY_VERSION "\" and "
                      "\"" KEY_CAPABILITIES "\"");
    }
    if (!is_initialize && version.len > 0 && hone_mcp_era_find_legacy(version) == NULL) {
        return refuse(envelope, HONE_RPC_INVALID_REQUEST,
                      "invalid request: unsupported MCP-Protocol-Version header");
    }
    return 0;
}

static int open_legacy(struct hone_mcp_request *out, const struct envelope *envelope)
{
    bool is_initialize = hone_span_is(envelope->message->method, "initialize");
    bool is_notification = envelope->message->kind == HONE_JSONRPC_NOTIFICATION;
    enum hone_mcp_era era = HONE_MCP_ERA_LEGACY;
    if (envelope->headers != NULL) {
        if (is_notification &&
            hone_mcp_era_is_supported(envelope->headers->protocol_version)) {
            era = HONE_MCP_ERA_MODERN;
        } else if (check_legacy_headers(envelope, is_initialize) != 0) {
            return -1;
        }
    }
    *out = (struct hone_mcp_request){
        .era = era, .message = envelope->message, .meta = envelope->meta};
    return 0;
}

static void read_meta(struct envelope *envelope)
{
    struct hone_json_walk walk;
    struct hone_span key, value;
    struct hone_span meta = hone_jsonrpc_param(envelope->message, "_meta");
    if (!hone_json_walk_is_object(meta)) {
        return;
    }
    envelope->meta = meta;
    hone_json_walk_begin(&walk, meta);
    while (hone_json_walk_next(&walk, &key, &value)) {
        if (hone_json_walk_key_is(key, KEY_VERSION)) {
            envelope->named = value;
        } else if (hone_json_walk_key_is(key, KEY_CAPABILITIES)) {
            envelope->capabilities = value;
        } else if (hone_json_walk_key_is(key, KEY_CLIENT)) {
            envelope->client = value;
        } else if (hone_json_walk_key_is(key, KEY_LEVEL)) {
            envelope->level = value;
        }
    }
}

int hone_mcp_envelope_open(struct hone_mcp_request *out,
                           struct hone_jsonrpc_message *message,
                           const struct hone_mcp_headers *headers,
                           struct hone_jsonrpc_problem *problem)
{
    HONE_REQUIRE(message->kind != HONE_JSONRPC_RESPONSE);
    struct envelope envelope = {
        .message = message, .headers = headers, .problem = problem};
    read_meta(&envelope);
    bool claims_modern = envelope.named.len > 0;
    if (claims_modern && hone_span_is(message->method, "initialize")) {
        /* A malformed claim on initialize is an old client's stray key, not
         * a new client. */
        claims_modern = hone_json_walk_is_string(envelope.named) &&
                        hone_json_walk_is_object(envelope.capabilities);
    }
    return claims_modern ? open_modern(out, &envelope) : open_legacy(out, &envelope);
}
