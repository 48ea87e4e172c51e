/* A very small walk over JSON-RPC messages: finds the members that a client looks at, and
 * nothing more. Own code on purpose: what checks a server should not be that server's
 * parser.
 *
 * Borrows from the text it is given. Thread: any. */
#ifndef HONE_BENCH_MCPLOAD_WALK_H
#define HONE_BENCH_MCPLOAD_WALK_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_walk {
    bool has_id, has_method, has_error;
    int64_t id;
    struct hone_span result; /* as it stands in the text; empty when there is none */
};

/* False when the text is not an object. */
bool hone_walk_message(struct hone_walk *out, struct hone_span text);
/* The value of a member of an object, quotes and all; empty when it is not there. */
struct hone_span hone_walk_member(struct hone_span object, const char *key);
bool hone_walk_holds(struct hone_span text, struct hone_span part);

#endif
