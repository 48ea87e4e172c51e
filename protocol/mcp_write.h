/* Results that are written often, straight into the bytes of the answer: no value is made
 * of them first. The same bytes as those of protocol/mcp.h's results. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_WRITE_H
#define HONE_PROTOCOL_MCP_WRITE_H

#include "base/buf.h"
#include "base/span.h"
#include "protocol/mcp.h"

#include <stdbool.h>

/* What every modern result says in the same words: made once. */
struct hone_mcp_writer {
    struct hone_buf server_info; /* a member of _meta */
};

void hone_mcp_write_init(struct hone_mcp_writer *out,
                         const struct hone_mcp_server *server);
void hone_mcp_write_finish(struct hone_mcp_writer *writer); /* accepts zeroed memory */

/* Members are JSON text without the braces around it: "a":1,"b":2. All borrowed, all but
 * text may be empty. */
struct hone_mcp_answer {
    struct hone_span text;       /* of the one text block; any bytes */
    struct hone_span note;       /* more of it; valid UTF-8 */
    struct hone_span structured; /* text of an object; not sent with an error */
    struct hone_span members;    /* that follow those of structured */
    struct hone_span meta;       /* members of _meta */
    bool is_error;
};

/* Each appends one complete answer to the request, without newline; returns out->error. */
int hone_mcp_write_tool_result(struct hone_buf *out, const struct hone_mcp_writer *writer,
                               const struct hone_mcp_request *request,
                               const struct hone_mcp_answer *answer);
/* {} or the modern {"resultType":"complete"}. */
int hone_mcp_write_empty_result(struct hone_buf *out,
                                const struct hone_mcp_writer *writer,
                                const struct hone_mcp_request *request);

#endif
