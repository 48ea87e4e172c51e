/* Load over stdio, and start-up times. Each returns the program's exit code.
 *
 * Thread: main. */
#ifndef HONE_BENCH_MCPLOAD_STDIO_LOAD_H
#define HONE_BENCH_MCPLOAD_STDIO_LOAD_H

#include "bench/mcpload/options.h"

int hone_stdio_load_run(const struct hone_options *options);
int hone_stdio_load_startup(const struct hone_options *options);

#endif
