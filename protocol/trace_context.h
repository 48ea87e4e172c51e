/* Which trace of its client a request belongs to (W3C Trace Context), as its _meta says:
 * "traceparent" and, for whoever passes it on, "tracestate". Pure. Thread: any. */
#ifndef HONE_PROTOCOL_TRACE_CONTEXT_H
#define HONE_PROTOCOL_TRACE_CONTEXT_H

#include "base/attr.h"
#include "base/span.h"

#define HONE_TRACE_CONTEXT_PARENT_LEN    55
#define HONE_TRACE_CONTEXT_STATE_LEN_MAX 512

/* All borrowed from what was read. */
struct hone_trace_context {
    struct hone_span trace_id;  /* 32 hexadecimal digits in lower case, not all zero */
    struct hone_span parent_id; /* 16 of them */
    struct hone_span flags;     /* 2 */
    struct hone_span state;     /* as it came; empty: none that can be passed on */
};

/* parent: 00-TRACE_ID-PARENT_ID-FLAGS, of any version but ff. HONE_E_INVALID for anything
 * else. A state that is malformed is left out and spoils nothing. */
int hone_trace_context_parse(struct hone_trace_context *out, struct hone_span parent,
                             struct hone_span state) HONE_MUST_USE;

#endif
