#include "bench/mcpload/options.h"

#include "base/attr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kinds[] = {"classify", "custom", "echo", "list", "ping"};
static const char *const modes[] = {"http", "idle", "sessions", "startup", "stdio"};
static const char *const sessions[] = {"conn", "none", "shared"};

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

HONE_NORETURN static void usage(void)
{
    (void)fputs(
        "mcpload stdio    [options] -- command args...\n"
        "mcpload startup  [options] -- command args...\n"
        "mcpload http     [options] http://127.0.0.1:PORT/PATH\n"
        "mcpload sessions [options] http://127.0.0.1:PORT/PATH\n"
        "mcpload idle     [options] http://127.0.0.1:PORT/PATH\n"
        " -n N  requests (100000)       -s S  seconds instead of -n\n"
        " -w N  warm-up requests (1000) -k classify|custom|echo|list|ping\n"
        " -D N  depth, stdio (1)        -C N  connections, http (1)\n"
        " -P N  payload bytes (64)      -R N  open loop at N requests/s\n"
        " -S conn|shared|none  sessions: one a connection, one for all, never sent\n"
        " -A FILE  the server's counts of allocations "
        "(bench/support/count_allocations.c)\n"
        " -p PID  server process        -N N  sessions (1000)   -r N  repeats (20)\n"
        " -t TOOL -a JSON -e TEXT  tool name, arguments (custom), expected text\n"
        " -f FILE  texts for classify and echo: JSON lines with \"text\"\n"
        " -c CPU / -x CPU  pin the generator / the spawned server   -V VERSION  "
        "protocol\n"
        " -U  run at high priority where that is allowed, so that the generator is not "
        "late\n"
        " -l LABEL   -T S  timeout (30)   -E  show the server's stderr\n"
        " -H  send MCP-Protocol-Version with initialize too (some servers demand it)\n",
        stderr);
    exit(2);
}

static size_t choose(const char *word, const char *const *table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, table[i]) == 0) {
            return i;
        }
    }
    usage();
}

static double number(const char *word)
{
    char *end = NULL;
    double value = strtod(word, &end);
    if (end == word || *end != '\0' || !(value >= 0.0 && value <= 1e12)) {
        usage();
    }
    return value;
}

static size_t count(const char *word)
{
    return (size_t)number(word);
}

/* Options that are texts, choices or flags; false when it is none of them. */
static bool set_text(struct hone_options *out, int option, const char *value)
{
    switch (option) {
    case 'k':
        out->kind = (enum hone_options_kind)choose(value, kinds, N_OF(kinds));
        return true;
    case 'S':
        out->session = (enum hone_options_session)choose(value, sessions, N_OF(sessions));
        return true;
    case 't':
        out->tool = value;
        return true;
    case 'a':
        out->arguments = value;
        return true;
    case 'e':
        out->expected = value;
        return true;
    case 'f':
        out->texts_path = value;
        return true;
    case 'V':
        out->protocol = value;
        return true;
    case 'A':
        out->counts_path = value;
        return true;
    case 'l':
        out->label = value;
        return true;
    case 'H':
        out->version_always = true;
        return true;
    case 'U':
        out->urgent = true;
        return true;
    case 'E':
        out->show_stderr = true;
        return true;
    default:
        return false;
    }
}

static void set_number(struct hone_options *out, int option, const char *value)
{
    switch (option) {
    case 'n':
        out->n_requests = count(value);
        break;
    case 's':
        out->seconds = number(value);
        break;
    case 'w':
        out->n_warmup = count(value);
        break;
    case 'D':
        out->depth = count(value);
        break;
    case 'C':
        out->n_connections = count(value);
        break;
    case 'P':
        out->payload_bytes = count(value);
        break;
    case 'R':
        out->rate = number(value);
        break;
    case 'p':
        out->pid = (pid_t)count(value);
        break;
    case 'N':
        out->n_sessions = count(value);
        break;
    case 'r':
        out->n_repeats = count(value);
        break;
    case 'c':
        out->cpu = (int)count(value);
        break;
    case 'x':
        out->server_cpu = (int)count(value);
        break;
    case 'T':
        out->timeout_s = number(value);
        break;
    default:
        usage();
    }
}

static void read_url(struct hone_options *out, const char *url)
{
    unsigned port = 0;
    if (sscanf(url, "http://%63[^:/]:%u%255s", out->host, &port, out->path) < 2 ||
        port > UINT16_MAX) {
        usage();
    }
    out->port = (uint16_t)port;
    if (out->path[0] == '\0') {
        (void)snprintf(out->path, sizeof(out->path), "/");
    }
}

void hone_options_read(struct hone_options *out, int n_args, char **args)
{
    *out = (struct hone_options){
        .label = "",
        .protocol = "2025-06-18",
        .kind = HONE_OPTIONS_ECHO,
        .n_requests = 100000,
        .n_warmup = 1000,
        .timeout_s = 30,
        .depth = 1,
        .n_connections = 1,
        .payload_bytes = 64,
        .cpu = -1,
        .server_cpu = -1,
        .n_repeats = 20,
        .n_sessions = 1000,
    };
    if (n_args < 3) {
        usage();
    }
    out->mode = (enum hone_options_mode)choose(args[1], modes, N_OF(modes));
    optind = 2;
    int option = 0;
    while ((option = getopt(n_args, args,
                            "+n:s:w:k:D:C:P:R:S:p:N:r:t:a:e:f:c:x:V:l:T:A:EHU")) != -1) {
        if (!set_text(out, option, optarg)) {
            set_number(out, option, optarg);
        }
    }
    bool is_custom = out->kind == HONE_OPTIONS_CUSTOM;
    if (optind >= n_args ||
        (is_custom && (out->tool == NULL || out->arguments == NULL)) ||
        out->n_repeats == 0 || out->n_sessions == 0 || out->n_connections == 0) {
        usage();
    }
    if (out->mode == HONE_OPTIONS_STDIO || out->mode == HONE_OPTIONS_STARTUP) {
        out->command = args + optind;
    } else {
        read_url(out, args[optind]);
    }
}

const char *hone_options_kind_name(enum hone_options_kind kind)
{
    return kinds[kind];
}
