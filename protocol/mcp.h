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
#include <stddef.h>
#include <stdint.h>

#define HONE_MCP_MODERN        "2026-07-28"
#define HONE_MCP_LEGACY_NEWEST "2025-11-25"

/* By this key in params._meta a message says that it is a modern one. */
#define HONE_MCP_KEY_VERSION "io.modelcontextprotocol/protocolVersion"

#define HONE_MCP_EXTENSION_SKILLS "io.modelcontextprotocol/skills"
#define HONE_MCP_EXTENSION_TASKS  "io.modelcontextprotocol/tasks"

enum hone_mcp_era {
    HONE_MCP_ERA_LEGACY,
    HONE_MCP_ERA_MODERN,
};

/* Every revision that is spoken, oldest first: what a list may say depends on it. */
enum hone_mcp_revision {
    HONE_MCP_2024_11_05,
    HONE_MCP_2025_03_26,
    HONE_MCP_2025_06_18,
    HONE_MCP_2025_11_25,
    HONE_MCP_2026_07_28,
    HONE_MCP_REVISION_N,
};

/* HTTP headers that concern MCP; pass NULL where there are none (stdio, sockets). */
struct hone_mcp_headers {
    struct hone_span protocol_version; /* MCP-Protocol-Version; empty when absent */
    struct hone_span method;           /* Mcp-Method */
    struct hone_span name;             /* Mcp-Name, still encoded */
    /* The value of another header by its name in any case, still encoded; data is NULL
     * when it is absent. May be NULL: there are no others. */
    struct hone_span (*find)(const void *owner, const char *name);
    const void *owner;
};

struct hone_mcp_request {
    enum hone_mcp_era era;
    struct hone_jsonrpc_message *message;
    struct hone_span meta;         /* text of params._meta; empty unless an object */
    struct hone_span client_name;  /* modern envelope's clientInfo, or empty */
    struct hone_span capabilities; /* text; modern envelope; empty for legacy */
};

/* Applies the dispatch rule to a request or notification (never a response). 0,
 * or -1 with *problem (code, HTTP status, data, the request's id) when the
 * envelope or the headers are wrong. Whether the method exists is for the caller
 * to know. */
int hone_mcp_open_request(struct hone_mcp_request *out,
                          struct hone_jsonrpc_message *message,
                          const struct hone_mcp_headers *headers,
                          struct hone_jsonrpc_problem *problem) HONE_MUST_USE;

/* Place of a level of RFC 5424 (debug is 0, emergency the last), or -1. */
int hone_mcp_log_level(struct hone_span name);

/* What the client of a modern request can do: made a value when first asked for. Borrowed
 * from the message; NULL for legacy. */
const json_t *hone_mcp_request_capabilities(const struct hone_mcp_request *request);

/* What the server has to offer; tools always. Capabilities say exactly this. */
enum hone_mcp_feature {
    HONE_MCP_RESOURCES = 1,
    HONE_MCP_PROMPTS = 2,
    HONE_MCP_COMPLETIONS = 4,
    HONE_MCP_LOGGING = 8, /* legacy only */
    HONE_MCP_TASKS = 16,  /* extension; modern only */
    HONE_MCP_SKILLS = 32, /* extension; wants RESOURCES */
};

/* Who we are. All borrowed. Icons are shown where the server introduces itself (initialize,
 * server/discover), not with each result. */
struct hone_mcp_server {
    const char *name, *title, *version, *description, *instructions, *website;
    const json_t *icons; /* or NULL */
    unsigned features;   /* of enum hone_mcp_feature */
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
    const json_t *icons, *meta;  /* or NULL */
    bool read_only, idempotent, destructive, open_world;
};

/* A resource as clients see it. All borrowed; only uri and name must be there. */
struct hone_mcp_resource {
    const char *uri, *name, *title, *description, *mime_type;
    int64_t size_bytes; /* below 0: not said */
    const json_t *icons, *annotations, *meta;
};

struct hone_mcp_resource_template {
    const char *uri_template, *name, *title, *description, *mime_type;
    const json_t *icons, *annotations, *meta;
};

struct hone_mcp_prompt_argument {
    const char *name, *title, *description;
    bool required;
};

struct hone_mcp_prompt {
    const char *name, *title, *description;
    const struct hone_mcp_prompt_argument *arguments;
    size_t n_arguments;
    const json_t *icons, *meta;
};

/* tools/call parameters. 0 or -1 with *problem (-32602). */
struct hone_mcp_tool_call {
    struct hone_span name;   /* borrowed */
    struct hone_span text;   /* of the arguments; empty when absent */
    const json_t *arguments; /* borrowed; NULL until made, and when absent: treat as {} */
    struct hone_span meta;   /* text of params._meta; empty unless an object */
};
int hone_mcp_parse_tool_call(struct hone_mcp_tool_call *out,
                             const struct hone_mcp_request *request,
                             struct hone_jsonrpc_problem *problem) HONE_MUST_USE;
/* Makes a value of the arguments, which parsing them does not. 0 or -1 with *problem. */
int hone_mcp_make_arguments(struct hone_mcp_tool_call *call,
                            const struct hone_mcp_request *request,
                            struct hone_jsonrpc_problem *problem) HONE_MUST_USE;

/* tools/call result, for answers that are rare: protocol/mcp_write.h writes the same
 * without making values. One text block; structured (borrowed, may be NULL) only when not an
 * error; meta (borrowed object, may be NULL) goes into _meta. structured, and the
 * schemas of a tool list, are shared with the result by reference: nobody may change
 * them while it lives. */
json_t *hone_mcp_tool_result(enum hone_mcp_era era, struct hone_span text,
                             const json_t *structured, const json_t *meta, bool is_error,
                             const struct hone_mcp_server *server);

/* -32601 with the era's HTTP status, for a request whose method is not there. */
void hone_mcp_refuse_method(struct hone_jsonrpc_problem *problem,
                            const struct hone_mcp_request *request);

#endif
