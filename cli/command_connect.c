#include "cli/command.h"

#include "base/alloc.h"
#include "cli/client.h"
#include "cli/connect.h"
#include "cli/place.h"
#include "server/app.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define STATUS_TIMEOUT_MS 5000

/* The absolute path of this program: a client's PATH may be another one. */
static int add_program(json_t *command, struct hone_error *err)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0) {
        return hone_error_set_errno(err, errno, "cannot read /proc/self/exe");
    }
    path[len] = '\0';
    json_array_append_new(command, json_string(path));
    return 0;
}

static void add_option(json_t *command, const char *option, const char *value)
{
    char *real = realpath(value, NULL);
    json_array_append_new(command, json_string(option));
    json_array_append_new(command, json_string(real != NULL ? real : value));
    free(real);
}

/* The URL of the running server of a data folder; its skills are not known here, so that
 * another process could not be started for them. */
static int find_url(char **out, const struct hone_config *config, struct hone_error *err)
{
    struct hone_client *client = NULL;
    json_t *status = NULL;
    bool answered = false;
    char *path = hone_app_control_path(config->data);
    int code = hone_client_connect(&client, path, err);
    if (code == 0) {
        code = hone_client_request(client, "hone/status", NULL, STATUS_TIMEOUT_MS,
                                   &status, &answered, err);
    }
    const char *url = json_string_value(json_object_get(status, "http"));
    if (code == 0 && url == NULL) {
        code = hone_error_set(err, HONE_E_NOT_FOUND,
                              "the running server does not serve HTTP");
    }
    if (code == 0) {
        *out = hone_alloc_text(url);
    } else {
        (void)hone_error_hint(err, "name the skills to serve: hone connect --skills DIR");
    }
    json_decref(status);
    hone_client_destroy(client);
    free(path);
    return code;
}

static int make_command(json_t **out, const struct hone_config *config, bool derived,
                        struct hone_error *err)
{
    json_t *command = json_array();
    int code = add_program(command, err);
    if (code != 0) {
        json_decref(command);
        return code;
    }
    json_array_append_new(command, json_string("serve"));
    json_array_append_new(command, json_string("--stdio"));
    for (size_t i = 0; i < config->n_skills; i++) {
        add_option(command, "--skills", config->skills[i]);
    }
    /* What follows from the skills need not be named. */
    if (!derived) {
        add_option(command, "--data", config->data);
    }
    *out = command;
    return 0;
}

/* Fills either *url or *command; both are the caller's. */
static int find_target(char **url, json_t **command,
                       const struct hone_arguments *arguments, struct hone_error *err)
{
    struct hone_config config;
    bool derived = false;
    int code = hone_place_read(&config, arguments, err);
    if (code == 0) {
        derived = config.data == NULL;
        hone_config_finish(&config);
        code = hone_place_find(&config, arguments, err);
    }
    if (code == 0) {
        code = config.n_skills == 0 ? find_url(url, &config, err)
                                    : make_command(command, &config, derived, err);
    }
    hone_config_finish(&config);
    return code;
}

static void print_clients(struct hone_output *output,
                          const struct hone_connect_client *only,
                          const struct hone_connect_target *target)
{
    json_t *list = json_array();
    for (size_t i = 0; hone_connect_at(i) != NULL; i++) {
        const struct hone_connect_client *client = hone_connect_at(i);
        if (only != NULL && only != client) {
            continue;
        }
        if (output->json) {
            json_array_append_new(list, hone_connect_describe(client, target));
        } else {
            hone_connect_print(output->data, client, target);
        }
    }
    if (output->json) {
        json_t *document = json_pack("{s:O}", "clients", list);
        hone_output_json(output, document);
        json_decref(document);
    }
    json_decref(list);
}

int hone_command_connect(const struct hone_command_input *input)
{
    const struct hone_arguments *arguments = input->arguments;
    const struct hone_connect_client *client = NULL;
    struct hone_connect_target target = {.url = hone_arguments_value(arguments, "url")};
    char *found_url = NULL;
    struct hone_error err;
    int code = hone_arguments_check_words(arguments, 0, 1, input->usage, &err);
    if (code == 0 && arguments->n_words == 1) {
        code = hone_connect_find(&client, arguments->words[0], &err);
    }
    if (code == 0 && target.url == NULL) {
        code = find_target(&found_url, &target.command, arguments, &err);
        target.url = found_url;
    }
    if (code != 0) {
        return hone_output_fail(input->output, hone_output_exit_code(code), &err);
    }
    print_clients(input->output, client, &target);
    if (target.url != NULL && !input->output->json) {
        (void)fprintf(input->output->talk,
                      "a server that asks for tokens (hone token) wants a header, too:\n"
                      "Authorization: Bearer TOKEN\n");
    }
    json_decref(target.command);
    free(found_url);
    return HONE_OUTPUT_OK;
}
