/* Load over Streamable HTTP, many sessions, and many connections. Each returns the program's exit code.
 *
 * Thread: main. */
#ifndef HONE_BENCH_MCPLOAD_HTTP_LOAD_H
#define HONE_BENCH_MCPLOAD_HTTP_LOAD_H

#include "bench/mcpload/options.h"

int hone_http_load_run(const struct hone_options *options);
int hone_http_load_sessions(const struct hone_options *options);
int hone_http_load_idle(const struct hone_options *options);

#endif
