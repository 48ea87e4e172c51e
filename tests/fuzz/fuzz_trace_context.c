/* fuzz: protocol - a traceparent in the first line and a tracestate in the rest. What is read
 * is the parent when it is put together again. */
#include "protocol/trace_context.h"

#include "base/check.h"
#include "base/error.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_trace_context trace;
    const char *text = (const char *)data;
    const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;
    struct hone_span parent =
        hone_span_of(text, newline != NULL ? (size_t)(newline - text) : size);
    struct hone_span state = {NULL, 0};
    if (newline != NULL) {
        state = hone_span_of(newline + 1, size - parent.len - 1);
    }
    int status = hone_trace_context_parse(&trace, parent, state);
    if (status != 0) {
        HONE_INVARIANT(status == HONE_E_INVALID);
        return 0;
    }
    char again[HONE_TRACE_CONTEXT_PARENT_LEN + 1];
    (void)snprintf(again, sizeof(again), "%.2s-%.32s-%.16s-%.2s", parent.data,
                   trace.trace_id.data, trace.parent_id.data, trace.flags.data);
    HONE_INVARIANT(hone_span_is(parent, again));
    HONE_INVARIANT(trace.state.len == 0 || hone_span_equal(trace.state, state));
    HONE_INVARIANT(trace.state.len <= HONE_TRACE_CONTEXT_STATE_LEN_MAX);
    return 0;
}
