/* What the tests of the parser need besides. Thread: any. */
#ifndef HONE_PROTOCOL_HTTP1_INTERNAL_H
#define HONE_PROTOCOL_HTTP1_INTERNAL_H

#include <stdbool.h>

struct hone_http1_parser;

/* Between requests: no part of one that is not complete has come. */
bool hone_http1_is_idle(const struct hone_http1_parser *parser);

#endif
