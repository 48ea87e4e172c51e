#include "cli/command.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/backend.h"
#include "store/backup.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TIMEOUT_MS (12 * 60 * 60 * 1000) /* a large folder takes its time */

/* The server works in another folder. free() *out. */
static int make_absolute(char **out, const char *path, struct hone_error *err)
{
    if (path[0] == '/') {
        *out = hone_alloc_text(path);
        return 0;
    }
    char *here = getcwd(NULL, 0);
    if (here == NULL) {
        return hone_error_set_errno(err, errno, "cannot tell the current folder");
    }
    *out = hone_alloc_format("%s/%s", here, path);
    free(here);
    return 0;
}

/* No server runs: nobody has to be let through between the steps. */
static int back_up_store(json_t **report, struct hone_store *store, const char *folder,
                         struct hone_error *err)
{
    struct hone_backup *backup = hone_backup_create(store, folder, hone_clock_unix_ms());
    int code = 0;
    while (code == 0 && hone_backup_next(backup) != HONE_BACKUP_DONE) {
        code = hone_backup_step(backup, err);
    }
    if (code == 0) {
        *report = hone_backup_report(backup);
    }
    hone_backup_destroy(backup);
    return code;
}

static int back_up(json_t **report, struct hone_backend *backend, const char *folder,
                   struct hone_error *err)
{
    if (hone_backend_store(backend) != NULL) {
        return back_up_store(report, hone_backend_store(backend), folder, err);
    }
    json_t *params = json_pack("{s:s}", "folder", folder);
    if (params == NULL) {
        return hone_error_set(err, HONE_E_INVALID, "the path is not UTF-8");
    }
    hone_backend_set_timeout(backend, TIMEOUT_MS);
    int code = hone_backend_request(backend, "hone/backup", params, report, err);
    json_decref(params);
    return code;
}

static void print_report(FILE *file, const json_t *report)
{
    const char *folder = json_string_value(json_object_get(report, "folder"));
    hone_output_plain(file, folder != NULL ? folder : "");
    (void)fprintf(file, ": %lld skills, %lld files with %lld bytes\n",
                  (long long)json_integer_value(json_object_get(report, "skills")),
                  (long long)json_integer_value(json_object_get(report, "files")),
                  (long long)json_integer_value(json_object_get(report, "bytes")));
}

int hone_command_backup(const struct hone_command_input *input)
{
    struct hone_backend *backend = NULL;
    char *folder = NULL;
    json_t *report = NULL;
    struct hone_error err;
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, &err);
    if (code == 0) {
        code = make_absolute(&folder, input->arguments->words[0], &err);
    }
    if (code == 0) {
        code = hone_backend_open_to_check(&backend, input->arguments, &err);
    }
    if (code == 0) {
        code = back_up(&report, backend, folder, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, report);
    } else {
        print_report(input->output->data, report);
        hone_output_next(input->output, "next: hone restore %s --data NEW",
                         input->arguments->words[0]);
    }
    json_decref(report);
    free(folder);
    hone_backend_close(backend);
    return exit_code;
}
