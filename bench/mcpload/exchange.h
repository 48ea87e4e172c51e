/* One HTTP/1.1 exchange of a client: a POST, and its answer taken apart.
 *
 * Bytes in, answer out; no sockets here. Thread: any, one at a time. */
#ifndef HONE_BENCH_MCPLOAD_EXCHANGE_H
#define HONE_BENCH_MCPLOAD_EXCHANGE_H

#include "base/buf.h"
#include "bench/mcpload/options.h"
#include "bench/mcpload/walk.h"

#define HONE_EXCHANGE_SESSION_MAX 128

struct hone_exchange {
    struct hone_buf to, from, body;
    size_t to_used, from_used;
    bool has_head, is_chunked, is_stream, closes;
    long long content_length; /* -1: until the connection ends */
    int status;
    char session[HONE_EXCHANGE_SESSION_MAX]; /* Mcp-Session-Id of the answer, or "" */
};

void hone_exchange_init(struct hone_exchange *exchange);
void hone_exchange_finish(struct hone_exchange *exchange);
/* A new connection: nothing is left of the old one. */
void hone_exchange_reset(struct hone_exchange *exchange);

/* session and version are not sent when they are NULL. */
void hone_exchange_post(struct hone_exchange *exchange,
                        const struct hone_options *options, struct hone_span body,
                        const char *session, const char *version);
/* Takes what was read into `from`; true when the answer is whole. eof: nothing follows. */
bool hone_exchange_take(struct hone_exchange *exchange, bool eof);
/* The JSON-RPC answer in the body, which may be an event stream. */
bool hone_exchange_answer(const struct hone_exchange *exchange, struct hone_walk *answer,
                          struct hone_span *raw);

#endif
