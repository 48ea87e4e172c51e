#include "cli/command.h"

#include "cli/backend.h"
#include "cli/eval_file.h"

/* Names as in hone_choose_eval_report. */
static const struct {
    const char *name, *shown;
} rows[] = {
    {"logged", "earned"},
    {"ips", "IPS"},
    {"snips", "SNIPS"},
    {"dr", "doubly robust"},
};

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void print_report(FILE *file, const json_t *report)
{
    const char *policy = json_string_value(json_object_get(report, "policy"));
    (void)fputs("policy ", file);
    hone_output_plain(file, policy != NULL ? policy : "");
    (void)fprintf(
        file,
        ": %.0f rewards (%.0f passed over, %.0f clipped), worth %.1f of its own\n\n",
        number_of(report, "records"), number_of(report, "passed_over"),
        number_of(report, "clipped"), number_of(report, "effective"));
    (void)fprintf(file, "%-14s  %10s  95 %% interval\n", "", "value");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const json_t *value = json_object_get(report, rows[i].name);
        (void)fprintf(file, "%-14s  %10.4g  %.4g to %.4g\n", rows[i].shown,
                      number_of(value, "value"), number_of(value, "low"),
                      number_of(value, "high"));
    }
}

static int check(const struct hone_command_input *input, struct hone_error *err)
{
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, err);
    bool has_policy = hone_arguments_flag(input->arguments, "policy");
    bool has_data = hone_arguments_flag(input->arguments, "data");
    if (code == 0 && has_policy && has_data) {
        code = hone_error_set(err, HONE_E_INVALID,
                              "--data and --policy are two kinds of evaluation");
    }
    if (code == 0 && !has_policy && !has_data) {
        code = hone_error_set(err, HONE_E_INVALID, "--data or --policy is missing");
        (void)hone_error_hint(err,
                              "--data FILE for rows with their answers; --policy greedy, "
                              "epsilon:0.1, squarecb:20, uniform or always:OPTION for a "
                              "choose skill");
    }
    return code;
}

int hone_command_eval(const struct hone_command_input *input)
{
    struct hone_backend *backend = NULL;
    json_t *params = NULL;
    json_t *answer = NULL;
    struct hone_error err;
    int code = check(input, &err);
    if (code == 0 && hone_arguments_flag(input->arguments, "data")) {
        return hone_eval_file(input);
    }
    if (code == 0) {
        params =
            json_pack("{s:s,s:s,s:s*}", "skill", input->arguments->words[0], "policy",
                      hone_arguments_value(input->arguments, "policy"), "interval",
                      hone_arguments_value(input->arguments, "interval"));
        code = hone_backend_open(&backend, input->arguments, &err);
    }
    if (code == 0) {
        code = hone_backend_request(backend, "hone/eval", params, &answer, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, answer);
    } else {
        print_report(input->output->data, answer);
    }
    json_decref(answer);
    json_decref(params);
    hone_backend_close(backend);
    return exit_code;
}
