/* JSON-RPC 2.0 messages: parse one, write answers. Batches are recognised and
 * refused above. Bytes in, messages out; no I/O. Thread: any (a message belongs
 * to one thread). */
#ifndef HONE_PROTOCOL_JSONRPC_H
#define HONE_PROTOCOL_JSONRPC_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <jansson.h>

/* Ids longer than this as JSON text are refused: they are kept and echoed. */
#define HONE_JSONRPC_ID_BYTES_MAX 1024

enum {
    HONE_RPC_PARSE_ERROR = -32700,
    HONE_RPC_INVALID_REQUEST = -32600,
    HONE_RPC_METHOD_NOT_FOUND = -32601,
    HONE_RPC_INVALID_PARAMS = -32602,
    HONE_RPC_INTERNAL = -32603,
    HONE_RPC_HEADER_MISMATCH = -32020,
    HONE_RPC_MISSING_CAPABILITY = -32021,
    HONE_RPC_UNSUPPORTED_VERSION = -32022,
};

enum hone_jsonrpc_kind {
    HONE_JSONRPC_REQUEST,
    HONE_JSONRPC_NOTIFICATION,
    HONE_JSONRPC_RESPONSE, /* an answer to something that we asked */
};

struct hone_jsonrpc_message {
    enum hone_jsonrpc_kind kind;
    struct hone_span id; /* JSON text of the id, in the arena; empty for notifications */
    struct hone_span method; /* borrowed from root */
    json_t *params;          /* borrowed from root: an object, or NULL when absent */
    json_t *root;            /* owned: release with hone_jsonrpc_finish */
};

/* A protocol failure on its way to the peer. */
struct hone_jsonrpc_problem {
    int code;        /* HONE_RPC_* */
    int http_status; /* what an HTTP transport answers with: 200, 400, 404 ... */
    char message[512];
    json_t *data;        /* owned by whoever holds the problem, or NULL */
    struct hone_span id; /* of the request, in the arena; "null" when unknown */
};

/* 0, or -1 with *problem filled (HTTP status 400): parse error, invalid request (batch,
 * bad id, jsonrpc not "2.0", numbers or nesting beyond the limits of schema/json.h),
 * invalid params (not an object). id must be a string or an integer that fits 64 bits. */
int hone_jsonrpc_parse(struct hone_jsonrpc_message *out, struct hone_span bytes,
                       struct hone_arena *arena,
                       struct hone_jsonrpc_problem *problem) HONE_MUST_USE;
void hone_jsonrpc_finish(struct hone_jsonrpc_message *message);

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
int hone_jsonrpc_write_problem(struct hone_buf *buf,
                               const struct hone_jsonrpc_problem *problem);
int hone_jsonrpc_write_request(struct hone_buf *buf, struct hone_span id,
                               const char *method, const json_t *params);

#endif
