#include "cli/command.h"

#include "base/clock.h"
#include "cli/place.h"
#include "store/restore.h"

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void print_report(FILE *file, const json_t *report)
{
    size_t index;
    const json_t *skill;
    json_array_foreach(json_object_get(report, "skills"), index, skill)
    {
        const char *name = json_string_value(json_object_get(skill, "skill"));
        hone_output_plain(file, name != NULL ? name : "");
        (void)fprintf(file, ": version %lld, %lld events, %lld calls\n",
                      (long long)number_of(skill, "live_version"),
                      (long long)number_of(skill, "log_end"),
                      (long long)number_of(skill, "calls"));
    }
    const char *data = json_string_value(json_object_get(report, "data"));
    hone_output_plain(file, data != NULL ? data : "");
    (void)fprintf(file, ": as it was on %s, %lld files with %lld bytes, all whole\n",
                  json_string_value(json_object_get(report, "created")),
                  (long long)number_of(report, "files"),
                  (long long)number_of(report, "bytes"));
}

/* Which folder is meant must be said: one that happens to be there is no place for it. */
static int find_data(struct hone_config *config, const struct hone_arguments *arguments,
                     struct hone_error *err)
{
    int code = hone_place_read(config, arguments, err);
    if (code == 0 && config->data == NULL && config->n_skills == 0) {
        code = hone_error_set(err, HONE_E_INVALID, "no data folder is named");
        (void)hone_error_hint(err, "say where it goes: --data DIR");
    }
    return code == 0 ? hone_config_finalize(config, err) : code;
}

int hone_command_restore(const struct hone_command_input *input)
{
    struct hone_config config = {0};
    json_t *report = NULL;
    struct hone_error err;
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, &err);
    if (code == 0) {
        code = find_data(&config, input->arguments, &err);
    }
    if (code == 0) {
        struct hone_restore restore = {
            .backup = input->arguments->words[0],
            .data = config.data,
            .force = hone_arguments_flag(input->arguments, "force"),
            .now_unix_ms = hone_clock_unix_ms(),
        };
        code = hone_restore_run(&restore, &report, &err);
    }
    int exit_code = hone_output_exit_code(code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, report);
    } else {
        print_report(input->output->data, report);
    }
    json_decref(report);
    hone_config_finish(&config);
    return exit_code;
}
