#include "cli/command.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/client.h"
#include "cli/place.h"
#include "server/app.h"
#include "server/config.h"
#include "server/relay.h"
#include "server/relay_start.h"
#include "server/stdio_ends.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEFAULT_HTTP     "127.0.0.1:8765"
#define OWNER_TIMEOUT_MS 10000
#define OWNER_POLL_MS    20
#define DESCRIPTORS_OWN  64 /* files, pipes and sockets that are no client's */

static int add_folders(struct hone_config *config, const struct hone_arguments *arguments,
                       struct hone_error *err)
{
    for (int i = 0; i < arguments->n_words; i++) {
        if (config->n_skills == HONE_CONFIG_LIST_MAX) {
            return hone_error_set(err, HONE_E_LIMIT, "more than %d skills folders",
                                  HONE_CONFIG_LIST_MAX);
        }
        config->skills[config->n_skills++] = hone_alloc_text(arguments->words[i]);
    }
    return 0;
}

static int read_config(struct hone_config *config, const struct hone_arguments *arguments,
                       struct hone_error *err)
{
    int code = hone_place_read(config, arguments, err);
    if (code == 0) {
        code = add_folders(config, arguments, err);
    }
    if (code == 0 && !config->stdio && !config->background && config->http == NULL &&
        config->http_socket == NULL && config->socket == NULL && config->tcp == NULL) {
        config->http = hone_alloc_text(DEFAULT_HTTP);
    }
    return code == 0 ? hone_config_finalize(config, err) : code;
}

static int set_up_log(const struct hone_config *config, struct hone_error *err)
{
    enum hone_log_level level = HONE_LOG_INFO;
    if (config->log_level != NULL &&
        hone_log_level_parse(&level, config->log_level) != 0) {
        return hone_error_set(err, HONE_E_INVALID, "unknown log level \"%s\"",
                              config->log_level);
    }
    hone_log_configure(level, config->log_components, config->log_json);
    return 0;
}

/* On stderr also in HTTP mode: stdout may be the protocol's. */
static void print_where(FILE *talk, const struct hone_app *app,
                        const struct hone_config *config)
{
    const char *url = hone_app_http_url(app);
    (void)fprintf(talk, "hone %s: %zu skills %s, data %s", HONE_VERSION, config->n_skills,
                  config->n_skills == 1 ? "folder" : "folders", config->data);
    if (url != NULL) {
        (void)fprintf(talk, ", MCP at %s", url);
    }
    if (config->socket != NULL) {
        (void)fprintf(talk, ", socket %s", config->socket);
    }
    if (config->http_socket != NULL) {
        (void)fprintf(talk, ", HTTP socket %s", config->http_socket);
    }
    if (hone_app_tcp_port(app) != 0) {
        (void)fprintf(talk, ", TCP port %u", (unsigned)hone_app_tcp_port(app));
    }
    (void)fprintf(talk, "%s\n", config->stdio ? ", MCP on stdio" : "");
    (void)fflush(talk);
}

/* To the process that started this one in the background; nothing follows. */
static void report(struct hone_stdio_ends *ends, const char *text)
{
    if (ends->out >= 0) {
        (void)dprintf(ends->out, "%s\n", text);
        close(ends->out);
        ends->out = -1;
    }
}

/* As many connections as the system allows this process: what a shell gives is often 1,024
 * descriptors, and connections_max is more. */
static void raise_descriptors(const struct hone_config *config)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_max < (rlim_t)config->connections_max + DESCRIPTORS_OWN) {
        hone_log_info("server",
                      "the system allows this process fewer connections than "
                      "connections_max descriptors=%llu connections_max=%lld",
                      (unsigned long long)limit.rlim_max,
                      (long long)config->connections_max);
    }
}

static int serve(const struct hone_command_input *input, const struct hone_config *config,
                 struct hone_stdio_ends *ends, struct hone_error *err)
{
    struct hone_app *app = NULL;
    raise_descriptors(config);
    int code = hone_app_create(&app, config, !config->conformance, err);
    if (code == 0) {
        code = hone_app_listen(app, ends, err);
    }
    if (code == 0) {
        print_where(input->output->talk, app, config);
        if (config->background) {
            report(ends, HONE_RELAY_START_READY);
        }
        hone_app_run(app);
    }
    hone_app_destroy(app);
    return code;
}

/* Does a server answer for this data folder? */
static bool has_server(const struct hone_config *config)
{
    int owner = -1;
    struct hone_error err;
    char *path = hone_app_control_path(config->data);
    int code = hone_client_dial(&owner, path, &err);
    free(path);
    if (code == 0) {
        close(owner);
    }
    return code == 0;
}

/* A command that opened the data folder for one request lets go of it in a moment. */
static int serve_when_free(const struct hone_command_input *input,
                           const struct hone_config *config, struct hone_stdio_ends *ends,
                           struct hone_error *err)
{
    uint64_t deadline_us = hone_clock_monotonic_us() + OWNER_TIMEOUT_MS * UINT64_C(1000);
    int code = serve(input, config, ends, err);
    while (code == HONE_E_BUSY && hone_clock_monotonic_us() < deadline_us &&
           !has_server(config)) {
        (void)poll(NULL, 0, OWNER_POLL_MS);
        code = serve(input, config, ends, err);
    }
    return code;
}

static int run(const struct hone_command_input *input, const struct hone_config *config,
               struct hone_stdio_ends *ends, struct hone_error *err)
{
    int code = serve_when_free(input, config, ends, err);
    if (code == HONE_E_BUSY && config->background && has_server(config)) {
        report(ends, HONE_RELAY_START_READY); /* another one was faster */
        return 0;
    }
    return code;
}

static void report_failure(struct hone_stdio_ends *ends, const struct hone_error *err)
{
    char *why = hone_alloc_format("%s%s%s", err->message,
                                  err->hint[0] != '\0' ? "; fix: " : "", err->hint);
    report(ends, why);
    free(why);
}

struct connection {
    FILE *talk;
    const char *data;
};

static void print_connection(void *user, long owner_pid)
{
    const struct connection *connection = user;
    (void)fprintf(connection->talk,
                  "hone %s: MCP on stdio, passed on to process %ld, data %s\n",
                  HONE_VERSION, owner_pid, connection->data);
    (void)fflush(connection->talk);
}

static int relay(const struct hone_output *output, const struct hone_config *config,
                 const struct hone_stdio_ends *ends, struct hone_error *err)
{
    struct connection connection = {output->talk, config->data};
    return hone_relay_run(config, ends, print_connection, &connection, err);
}

int hone_command_serve(const struct hone_command_input *input)
{
    struct hone_config config;
    struct hone_stdio_ends ends = {.in = -1, .out = -1};
    struct hone_error err;
    bool logged = false; /* the error, where it happened */
    /* In stdio mode stdout is the protocol's, also when this fails. */
    input->output->json = false;
    int code = read_config(&config, input->arguments, &err);
    bool relays = config.stdio && !config.standalone;
    if (code == 0 && (config.stdio || config.background)) {
        code = hone_stdio_ends_take(&ends, &err);
    }
    if (code == 0) {
        code = set_up_log(&config, &err);
    }
    if (code == 0 && relays) {
        code = relay(input->output, &config, &ends, &err);
        logged = code != 0;
    } else if (code == 0) {
        code = run(input, &config, &ends, &err);
    }
    if (code != 0 && config.background) {
        report_failure(&ends, &err);
    }
    hone_config_finish(&config);
    if (code == 0) {
        return HONE_OUTPUT_OK;
    }
    return logged ? hone_output_exit_code(code)
                  : hone_output_fail(input->output, hone_output_exit_code(code), &err);
}
