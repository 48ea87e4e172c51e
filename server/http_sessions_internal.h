/* What the tests of sessions need besides. Thread: loop. */
#ifndef HONE_SERVER_HTTP_SESSIONS_INTERNAL_H
#define HONE_SERVER_HTTP_SESSIONS_INTERNAL_H

#include <stddef.h>

struct hone_http_sessions;

size_t hone_http_sessions_n(const struct hone_http_sessions *sessions);

#endif
