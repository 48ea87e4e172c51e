#include "cli/command.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/client.h"
#include "cli/place.h"
#include "cli/relay.h"
#include "server/app.h"
#include "server/config.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_HTTP     "127.0.0.1:8765"
#define OWNER_TIMEOUT_MS 10000
#define OWNER_POLL_MS    20

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
    if (code == 0 && !config->stdio && config->http == NULL && config->socket == NULL) {
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
    (void)fprintf(talk, "%s\n", config->stdio ? ", MCP on stdio" : "");
    (void)fflush(talk);
}

static int serve(const struct hone_command_input *input, const struct hone_config *config,
                 struct hone_error *err)
{
    struct hone_app *app = NULL;
    int code = hone_app_create(&app, config, true, err);
    if (code == 0) {
        code = hone_app_listen(app, err);
    }
    if (code == 0) {
        print_where(input->output->talk, app, config);
        code = hone_app_run(app, err);
    }
    hone_app_destroy(app);
    return code;
}

/* HONE_E_NOT_FOUND: nobody owns the data folder. */
static int relay(const struct hone_command_input *input, const struct hone_config *config,
                 struct hone_error *err)
{
    int owner = -1;
    char *path = hone_app_control_path(config->data);
    int code = hone_client_dial(&owner, path, err);
    free(path);
    if (code != 0) {
        return code;
    }
    (void)fprintf(input->output->talk,
                  "hone %s: MCP on stdio, passed on to the server that owns %s\n",
                  HONE_VERSION, config->data);
    (void)fflush(input->output->talk);
    code = hone_relay_run(STDIN_FILENO, STDOUT_FILENO, owner, err);
    close(owner);
    return code;
}

/* Agents start one process each, but a data folder has one owner: the first to come. Between
 * taking the folder and listening the owner cannot be reached yet, so others try again. */
static int relay_or_serve(const struct hone_command_input *input,
                          const struct hone_config *config, struct hone_error *err)
{
    uint64_t deadline_us = hone_clock_monotonic_us() + OWNER_TIMEOUT_MS * UINT64_C(1000);
    for (;;) {
        int code = relay(input, config, err);
        if (code == HONE_E_AGAIN) {
            deadline_us = hone_clock_monotonic_us() + OWNER_TIMEOUT_MS * UINT64_C(1000);
            continue; /* the owner left: another process, or this one, takes its place */
        }
        if (code == HONE_E_NOT_FOUND) {
            code = serve(input, config, err);
        }
        if (code != HONE_E_BUSY || hone_clock_monotonic_us() > deadline_us) {
            return code;
        }
        (void)poll(NULL, 0, OWNER_POLL_MS);
    }
}

static bool may_relay(const struct hone_config *config)
{
    return config->stdio && !config->standalone && config->http == NULL &&
           config->socket == NULL;
}

static int run(const struct hone_command_input *input, const struct hone_config *config,
               struct hone_error *err)
{
    int code = set_up_log(config, err);
    if (code != 0) {
        return code;
    }
    return may_relay(config) ? relay_or_serve(input, config, err)
                             : serve(input, config, err);
}

int hone_command_serve(const struct hone_command_input *input)
{
    struct hone_config config;
    struct hone_error err;
    /* In stdio mode stdout is the protocol's, also when this fails. */
    input->output->json = false;
    int code = read_config(&config, input->arguments, &err);
    if (code == 0) {
        code = run(input, &config, &err);
    }
    hone_config_finish(&config);
    return code == 0 ? HONE_OUTPUT_OK
                     : hone_output_fail(input->output, hone_output_exit_code(code), &err);
}
