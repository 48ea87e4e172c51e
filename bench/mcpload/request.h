/* Requests, and what their answers must hold.
 *
 * Thread: any; read-only after hone_request_init. */
#ifndef HONE_BENCH_MCPLOAD_REQUEST_H
#define HONE_BENCH_MCPLOAD_REQUEST_H

#include "base/attr.h"
#include "base/buf.h"
#include "bench/mcpload/options.h"
#include "bench/mcpload/tally.h"
#include "bench/mcpload/walk.h"

struct hone_request {
    const struct hone_options *options; /* borrowed */
    char *filler;                       /* payload_bytes of it, NUL-terminated */
    char **texts;                       /* JSON strings, quotes and all */
    size_t n_texts;
};

/* Reads the texts, if any are asked for; gives up when they cannot be read. */
void hone_request_init(struct hone_request *out, const struct hone_options *options);
void hone_request_finish(struct hone_request *request);

/* The request with this id, without a line's end. */
void hone_request_append(struct hone_buf *out, const struct hone_request *request,
                         uint64_t id);
void hone_request_append_initialize(struct hone_buf *out,
                                    const struct hone_request *request);
void hone_request_append_initialized(struct hone_buf *out);
/* The id is that of a request in flight; there is a result and no error; isError is not
 * true; the result holds what the request asked for. Counts the answer as right or wrong. */
void hone_request_verify(const struct hone_request *request, struct hone_tally *tally,
                         const struct hone_walk *answer, struct hone_span raw,
                         uint64_t id);
/* Complains and exits with 2: nothing sensible can be measured. */
HONE_NORETURN void hone_request_give_up(const char *format, ...) HONE_PRINTF(1, 2);

#endif
