#include "cli/command.h"

#include "base/alloc.h"
#include "cli/client.h"
#include "cli/place.h"
#include "server/app.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define REQUEST_TIMEOUT_MS 5000
#define LEAVE_MARGIN_MS    10000 /* for saving, beyond what is in flight */

/* A pidfd can be read once the process has ended, also when nobody has collected it. */
static int wait_for_end(long pid, int64_t timeout_ms, struct hone_error *err)
{
    struct pollfd entry = {.fd = pidfd_open((pid_t)pid, 0), .events = POLLIN};
    if (entry.fd < 0) {
        return errno == ESRCH
                   ? 0
                   : hone_error_set_errno(err, errno, "cannot wait for process %ld", pid);
    }
    int n = poll(&entry, 1, (int)timeout_ms + LEAVE_MARGIN_MS);
    close(entry.fd);
    return n > 0
               ? 0
               : hone_error_set(err, HONE_E_AGAIN, "process %ld has not ended yet", pid);
}

/* Asks the owner to stop and waits until it has gone. */
static int stop(long *pid, const struct hone_config *config, struct hone_error *err)
{
    struct hone_client *client = NULL;
    json_t *result = NULL;
    bool answered = false;
    char *path = hone_app_control_path(config->data);
    int code = hone_client_connect(&client, path, err);
    if (code == 0) {
        code = hone_client_request(client, "hone/stop", NULL, REQUEST_TIMEOUT_MS, &result,
                                   &answered, err);
    }
    hone_client_destroy(client);
    if (code == 0) {
        *pid = (long)json_integer_value(json_object_get(result, "pid"));
        code = wait_for_end(*pid, config->stop_timeout_ms, err);
    }
    json_decref(result);
    free(path);
    return code;
}

int hone_command_stop(const struct hone_command_input *input)
{
    struct hone_config config = {0};
    struct hone_error err;
    long pid = 0;
    int code = hone_arguments_check_words(input->arguments, 0, 0, input->usage, &err);
    int exit_code = HONE_OUTPUT_USAGE;
    if (code == 0) {
        code = hone_place_find(&config, input->arguments, &err);
        exit_code = hone_output_exit_code(code);
    }
    if (code == 0) {
        code = stop(&pid, &config, &err);
        exit_code = code == 0 ? HONE_OUTPUT_OK : HONE_OUTPUT_UNREACHABLE;
    }
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        json_t *document =
            json_pack("{s:I, s:s}", "stopped", (json_int_t)pid, "data", config.data);
        hone_output_json(input->output, document);
        json_decref(document);
    } else {
        (void)fprintf(input->output->data, "process %ld has stopped\n", pid);
    }
    hone_config_finish(&config);
    return exit_code;
}
