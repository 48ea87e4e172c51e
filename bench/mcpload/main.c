/* mcpload: a load generator for servers of the Model Context Protocol. One thread; every
 * answer is verified (docs/benchmarks.md). */
#include "bench/mcpload/http_load.h"
#include "bench/mcpload/options.h"
#include "bench/mcpload/stdio_load.h"

#include <signal.h>

int main(int argc, char **argv)
{
    static int (*const runs[])(const struct hone_options *options) = {
        [HONE_OPTIONS_HTTP] = hone_http_load_run,
        [HONE_OPTIONS_IDLE] = hone_http_load_idle,
        [HONE_OPTIONS_SESSIONS] = hone_http_load_sessions,
        [HONE_OPTIONS_STARTUP] = hone_stdio_load_startup,
        [HONE_OPTIONS_STDIO] = hone_stdio_load_run,
    };
    struct hone_options options;
    (void)signal(SIGPIPE, SIG_IGN);
    hone_options_read(&options, argc, argv);
    return runs[options.mode](&options);
}
