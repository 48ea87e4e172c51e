#include "cli/command.h"

#include "cli/backend.h"
#include "store/verify.h"

#define TIMEOUT_MS (12 * 60 * 60 * 1000) /* a large folder takes its time */

/* No server runs: nobody has to be let through between the steps. */
static int check_store(json_t **report, struct hone_store *store, const char *skill,
                       struct hone_error *err)
{
    struct hone_verify *verify = hone_verify_create(store, hone_span_text(skill));
    int code = 0;
    while (code == 0 && hone_verify_next(verify) != HONE_VERIFY_DONE) {
        code = hone_verify_step(verify, err);
    }
    if (code == 0) {
        *report = hone_verify_report(verify);
    }
    hone_verify_destroy(verify);
    return code;
}

static int check(json_t **report, struct hone_backend *backend, const char *skill,
                 struct hone_error *err)
{
    if (hone_backend_store(backend) != NULL) {
        return check_store(report, hone_backend_store(backend), skill, err);
    }
    json_t *params = json_pack("{s:s*}", "skill", skill);
    hone_backend_set_timeout(backend, TIMEOUT_MS);
    int code = hone_backend_request(backend, "hone/verify", params, report, err);
    json_decref(params);
    return code;
}

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void print_skill(FILE *file, const json_t *skill)
{
    const char *name = json_string_value(json_object_get(skill, "skill"));
    hone_output_plain(file, name != NULL ? name : "");
    (void)fprintf(
        file,
        ": %lld audit rows, %lld versions, %lld events, %lld tensors files with "
        "%lld bytes\n",
        (long long)number_of(skill, "audit_rows"),
        (long long)number_of(skill, "versions"), (long long)number_of(skill, "events"),
        (long long)number_of(skill, "files"), (long long)number_of(skill, "bytes"));
}

static void print_problem(FILE *file, const json_t *problem)
{
    const char *skill = json_string_value(json_object_get(problem, "skill"));
    const char *part = json_string_value(json_object_get(problem, "part"));
    const char *message = json_string_value(json_object_get(problem, "message"));
    (void)fputs("broken: ", file);
    if (skill != NULL) {
        hone_output_plain(file, skill);
        (void)fputs(": ", file);
    }
    hone_output_plain(file, part != NULL ? part : "");
    if (json_is_integer(json_object_get(problem, "row"))) {
        (void)fprintf(file, " %lld", (long long)number_of(problem, "row"));
    }
    (void)fputs(": ", file);
    hone_output_plain(file, message != NULL ? message : "");
    (void)fputc('\n', file);
}

static void print_report(FILE *file, const json_t *report)
{
    size_t index;
    const json_t *item;
    const json_t *calls = json_object_get(report, "calls");
    json_array_foreach(json_object_get(report, "skills"), index, item)
    {
        print_skill(file, item);
    }
    if (json_is_object(calls)) {
        (void)fprintf(file, "%lld recorded calls in %lld blocks\n",
                      (long long)number_of(calls, "records"),
                      (long long)number_of(calls, "blocks"));
    }
    json_array_foreach(json_object_get(report, "problems"), index, item)
    {
        print_problem(file, item);
    }
    if (number_of(report, "problems_cut") > 0) {
        (void)fprintf(file, "broken: %lld more\n",
                      (long long)number_of(report, "problems_cut"));
    }
    (void)fputs(json_is_true(json_object_get(report, "whole")) ? "whole\n" : "", file);
}

int hone_command_verify(const struct hone_command_input *input)
{
    struct hone_backend *backend = NULL;
    json_t *report = NULL;
    struct hone_error err;
    int code = hone_arguments_check_words(input->arguments, 0, 1, input->usage, &err);
    if (code == 0) {
        code = hone_backend_open_to_check(&backend, input->arguments, &err);
    }
    if (code == 0) {
        bool has_skill = input->arguments->n_words > 0;
        code =
            check(&report, backend, has_skill ? input->arguments->words[0] : NULL, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else {
        if (input->output->json) {
            hone_output_json(input->output, report);
        } else {
            print_report(input->output->data, report);
        }
        bool whole = json_is_true(json_object_get(report, "whole"));
        exit_code = whole ? HONE_OUTPUT_OK : HONE_OUTPUT_FAILED;
    }
    json_decref(report);
    hone_backend_close(backend);
    return exit_code;
}
