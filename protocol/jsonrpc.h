/* JSON-RPC 2.0 messages: parse one, write answers. Batches are recognised and
 * refused above. Bytes in, messages out; no I/O. Thread: any (a message belongs
 * to one thread).
 *
 * A message is checked and taken apart in one pass that allocates nothing
 * (schema/json_scan.h); what it says is read from its text, and values are made of parts
 * of it only where somebody asks for them. */
#ifndef HONE_PROTOCOL_JSONRPC_H
#define HONE_PROTOCOL_JSONRPC_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"
#include "schema/json_scan.h"

#include <jansson.h>

/* Ids longer than this as JSON text are refused: they are kept and echoed. */
#define HONE_JSONRPC_ID_BYTES_MAX 1024
/* Parts of one message that are made values: params, and three members. */
#define HONE_JSONRPC_VALUES_MAX 4

enum {
    HONE_RPC_PARSE_ERROR = -32700,
    HONE_RPC_INVALID_REQUEST = -32600,
    HONE_RPC_METHOD_NOT_FOUND = -32601,
    HONE_RPC_INVALID_PARAMS = -32602,
    HONE_RPC_INTERNAL = -32603,
    HONE_RPC_HEADER_MISMATCH = -32020,
    HONE_RPC_MISSING_CAPABILITY = -32021,
    HONE_RPC_UNSUPPORTED_VERSION = -32022,
    HONE_RPC_URL_ELICITATION_REQUIRED = -32042, /* 2025-11-25 alone */
};

enum hone_jsonrpc_kind {
    HONE_JSONRPC_REQUEST,
    HONE_JSONRPC_NOTIFICATION,
    HONE_JSONRPC_RESPONSE, /* an answer to something that we asked */
};

/* All spans but id are borrowed from the bytes that were parsed, or in the arena: they
 * live as long as both do. */
struct hone_jsonrpc_message {
    enum hone_jsonrpc_kind kind;
    struct hone_span id;     /* its text as it was sent, in the arena; empty for
                                notifications */
    struct hone_span method; /* decoded; empty for responses */
    struct hone_span params; /* text of an object; empty when absent */
    struct hone_json_scan scan;
    struct hone_arena *arena; /* borrowed */
    struct hone_jsonrpc_value {
        struct hone_span text;
        json_t *value; /* owned: released by hone_jsonrpc_finish */
    } values[HONE_JSONRPC_VALUES_MAX];
    size_t n_values;
};

/* A protocol failure on its way to the peer. */
struct hone_jsonrpc_problem {
    int code;        /* HONE_RPC_* */
    int http_status; /* what an HTTP transport answers with: 200, 400, 404 ... */
    char message[512];
    json_t *data;        /* owned by whoever holds the problem, or NULL */
    struct hone_span id; /* of the request, in the arena; "null" when unknown */
};

/* bytes and arena must outlive the use of the message; its id and the values made of its
 * parts (hone_jsonrpc_value) need the arena alone.
 * 0, or -1 with *problem filled (HTTP status 400): parse error, invalid request (batch,
 * bad id, jsonrpc not "2.0", numbers or nesting beyond the limits of schema/json.h),
 * invalid params (not an object). id must be a string or an integer that fits 64 bits. */
int hone_jsonrpc_parse(struct hone_jsonrpc_message *out, struct hone_span bytes,
                       struct hone_arena *arena,
                       struct hone_jsonrpc_problem *problem) HONE_MUST_USE;
/* Accepts zeroed memory. */
void hone_jsonrpc_finish(struct hone_jsonrpc_message *message);

/* The text of a member of params; empty when it is absent. */
struct hone_span hone_jsonrpc_param(const struct hone_jsonrpc_message *message,
                                    const char *key);
/* What a string in the message says, decoded: part is its text. The span of NULL when that
 * is empty or not a string, or when the arena is full. */
struct hone_span hone_jsonrpc_text(const struct hone_jsonrpc_message *message,
                                   struct hone_span part);
/* The same for a member of params. */
struct hone_span hone_jsonrpc_param_text(const struct hone_jsonrpc_message *message,
                                         const char *key);
/* A part of the message (the text of a value in it) as a value: made when first asked for,
 * then kept; borrowed from the message. NULL for the empty span, and when memory is out.
 * HONE_JSONRPC_VALUES_MAX different parts at most. */
json_t *hone_jsonrpc_value(struct hone_jsonrpc_message *message, struct hone_span part);
/* The params as a value; NULL when absent. */
json_t *hone_jsonrpc_params(struct hone_jsonrpc_message *message);

/* Fills every field of a problem, which may be uninitialised: id becomes "null" and
 * data NULL, so set those afterwards. http_status: 200 for handler errors; see mcp.h
 * for envelope errors. */
void hone_jsonrpc_problem_set(struct hone_jsonrpc_problem *problem, int code,
                              int http_status, const char *format, ...) HONE_PRINTF(4, 5);

/* Append one complete message without newline; return buf->error. write_request with an
 * empty id writes a notification; params may be NULL. */
int hone_jsonrpc_write_result(struct hone_buf *buf, struct hone_span id,
                              const json_t *result);
int hone_jsonrpc_write_result_text(struct hone_buf *buf, struct hone_span id,
                                   struct hone_span result_json);
/* Up to where the result's text begins; behind that one brace is missing. */
int hone_jsonrpc_write_result_begin(struct hone_buf *buf, struct hone_span id);
int hone_jsonrpc_write_problem(struct hone_buf *buf,
                               const struct hone_jsonrpc_problem *problem);
int hone_jsonrpc_write_request(struct hone_buf *buf, struct hone_span id,
                               const char *method, const json_t *params);

#endif
