#include "cli/command_versions.h"

#include "base/buf.h"
#include "cli/backend.h"
#include "cli/hold_lines.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void format_number(char out[24], const json_t *value)
{
    if (json_is_integer(value) && json_integer_value(value) > 0) {
        (void)snprintf(out, 24, "%lld", (long long)json_integer_value(value));
    } else {
        (void)snprintf(out, 24, "-");
    }
}

/* What the gate saw, when it saw anything. Names as in hone_trainer_verdict_body. */
static void print_evidence(FILE *file, const json_t *evidence)
{
    const json_t *pairs = json_object_get(evidence, "n_pairs");
    const json_t *gain = json_object_get(evidence, "mean_gain");
    if (json_is_integer(pairs) && json_is_number(gain)) {
        (void)fprintf(file, "gain %.3f nats on %lld pairs", json_number_value(gain),
                      (long long)json_integer_value(pairs));
    }
}

static void print_version(FILE *file, const json_t *version, json_int_t live)
{
    char parent[24], tensors[13] = "-";
    json_int_t number = json_integer_value(json_object_get(version, "number"));
    const char *digest = text_of(version, "tensors");
    format_number(parent, json_object_get(version, "parent"));
    if (digest[0] != '\0') {
        (void)snprintf(tensors, sizeof tensors, "%.12s", digest);
    }
    (void)fprintf(file, "%s %6lld  %6s  %-11s  %8lld  %-24s  %-12s  ",
                  number == live ? "*" : " ", (long long)number, parent,
                  text_of(version, "status"),
                  (long long)json_integer_value(json_object_get(version, "position")),
                  text_of(version, "created"), tensors);
    print_evidence(file, json_object_get(version, "evidence"));
    (void)fputc('\n', file);
}

static void print_versions(FILE *file, const json_t *answer)
{
    size_t index;
    const json_t *version;
    json_int_t live = json_integer_value(json_object_get(answer, "live"));
    (void)fprintf(file,
                  "  number  parent  status       position  %-24s  %-12s  evidence\n",
                  "created", "tensors");
    json_array_foreach(json_object_get(answer, "versions"), index, version)
    {
        print_version(file, version, live);
    }
    hone_hold_lines_print(file, json_object_get(answer, "hold"));
    size_t n = json_array_size(json_object_get(answer, "quarantine"));
    if (n > 0) {
        (void)fprintf(file, "%zu time%s something learnt was withdrawn: hone quarantine ",
                      n, n == 1 ? "" : "s");
        hone_output_plain(file, text_of(answer, "skill"));
        (void)fputc('\n', file);
    }
}

int hone_command_versions_run(const struct hone_command_input *input,
                              void (*print)(FILE *file, const json_t *answer))
{
    struct hone_backend *backend = NULL;
    json_t *params = NULL;
    json_t *answer = NULL;
    struct hone_error err;
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, &err);
    if (code == 0) {
        params = json_pack("{s:s}", "skill", input->arguments->words[0]);
        code = hone_backend_open(&backend, input->arguments, &err);
    }
    if (code == 0) {
        code = hone_backend_request(backend, "hone/versions", params, &answer, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, answer);
    } else {
        print(input->output->data, answer);
    }
    json_decref(answer);
    json_decref(params);
    hone_backend_close(backend);
    return exit_code;
}

int hone_command_versions(const struct hone_command_input *input)
{
    return hone_command_versions_run(input, print_versions);
}
