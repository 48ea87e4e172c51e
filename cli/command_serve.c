#include "cli/command.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/client.h"
#include "cli/place.h"
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
                           const struct hone_config *config, struct hone_error *err)
{
    uint64_t deadline_us = hone_clock_monotonic_us() + OWNER_TIMEOUT_MS * UINT64_C(1000);
    int code = serve(input, config, err);
    while (code == HONE_E_BUSY && hone_clock_monotonic_us() < deadline_us &&
           !has_server(config)) {
        (void)poll(NULL, 0, OWNER_POLL_MS);
        code = serve(input, config, err);
    }
    return code;
}

static int run(const struct hone_command_input *input, const struct hone_config *config,
               struct hone_error *err)
{
    int code = set_up_log(config, err);
    if (code != 0) {
        return code;
    }
    return serve_when_free(input, config, err);
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
