/* The Model Context Protocol, both eras, as pure functions from messages to messages.
 *
 * modern: revision 2026-07-28, stateless, every request carries its envelope in
 * params._meta. legacy: 2024-11-05 to 2025-11-25, opened by `initialize`. The era is
 * decided per message, body first; HTTP headers only cross-check. Modern fields never
 * appear in legacy results, nor the reverse. No I/O, no state. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_H
#define HONE_PROTOCOL_MCP_H

#include "base/attr.h"
#include "base/span.h"
#include "protocol/jsonrpc.h"

#include <jansson.h>
#include <stdbool.h>

#define HONE_MCP_MODERN        "2026-07-28"
#define HONE_MCP_LEGACY_NEWEST "2025-11-25"

enum hone_mcp_era {
    HONE_MCP_ERA_LEGACY,
    HONE_MCP_ERA_MODERN,
};

/* HTTP headers that concern MCP; pass NULL where there are none (stdio, sockets). */
struct hone_mcp_headers {
    struct hone_span protocol_version; /* MCP-Protocol-Version; empty when absent */
    struct hone_span method;           /* Mcp-Method */
    struct hone_span name;             /* Mcp-Name, still encoded */
};

struct hone_mcp_request {
    enum hone_mcp_era era;
    const struct hone_jsonrpc_message *message;
    const json_t *meta;                /* params._meta or NULL; borrowed */
    struct hone_span client_name;      /* modern envelope's clientInfo, or empty */
    const json_t *client_capabilities; /* modern envelope; NULL for legacy */
};

/* Applies the dispatch rule to a request or notification (never a response). 0,
 * or -1 with *problem (code, HTTP status, data, the request's id) when the
 * envelope or the headers are wrong. Whether the method exists is the caller's
 * next question: hone_mcp_has_method. */
int hone_mcp_open_request(struct hone_mcp_request *out,
                          const struct hone_jsonrpc_message *message,
                          const struct hone_mcp_headers *headers,
                          struct hone_jsonrpc_problem *problem) HONE_MUST_USE;

/* Who we are. Borrowed texts. */
struct hone_mcp_server {
    const char *name, *title, *version, *description, *instructions, *website;
};

/* Results; each a new reference, complete for its era. */
json_t *hone_mcp_initialize_result(const json_t *params,
                                   const struct hone_mcp_server *server);
json_t *hone_mcp_discover_result(const struct hone_mcp_server *server);
/* The version that initialize_result negotiates for these params; static text. */
const char *hone_mcp_negotiate(const json_t *initialize_params);
/* client name from legacy initialize params ("" when absent); borrowed. */
struct hone_span hone_mcp_client_name(const json_t *initialize_params);

/* A tool as clients see it. All borrowed. */
struct hone_mcp_tool {
    const char *name, *title, *description;
    const json_t *input_schema;
    const json_t *output_schema; /* or NULL */
    bool read_only, idempotent, destructive, open_world;
};
/* tools/list result for an era (no pagination: lists are short and complete). */
json_t *hone_mcp_tools_list_result(enum hone_mcp_era era,
                                   const struct hone_mcp_tool *tools, size_t n_tools,
                                   const struct hone_mcp_server *server);

/* tools/call parameters. 0 or -1 with *problem (-32602). */
struct hone_mcp_tool_call {
    struct hone_span name;   /* borrowed */
    const json_t *arguments; /* borrowed; NULL when absent: treat as {} */
    const json_t *meta;      /* params._meta or NULL; borrowed */
};
int hone_mcp_parse_tool_call(struct hone_mcp_tool_call *out,
                             const struct hone_mcp_request *request,
                             struct hone_jsonrpc_problem *problem) HONE_MUST_USE;

/* tools/call result: one text block; structured (borrowed, may be NULL) only when not an
 * error; meta (borrowed object, may be NULL) goes into _meta. structured, and the
 * schemas of a tool list, are shared with the result by reference: nobody may change
 * them while it lives. */
json_t *hone_mcp_tool_result(enum hone_mcp_era era, struct hone_span text,
                             const json_t *structured, const json_t *meta, bool is_error,
                             const struct hone_mcp_server *server);

/* An empty result ({} or the modern {"resultType":"complete"}). */
json_t *hone_mcp_empty_result(enum hone_mcp_era era,
                              const struct hone_mcp_server *server);

/* Is this a request method of that era? Notifications have no answer: unknown ones are
 * accepted and ignored. */
bool hone_mcp_has_method(enum hone_mcp_era era, struct hone_span method);
/* -32601 with the era's HTTP status, for a request whose method is not there. */
void hone_mcp_refuse_method(struct hone_jsonrpc_problem *problem,
                            const struct hone_mcp_request *request);

#endif
