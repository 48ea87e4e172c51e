#include "cli/command.h"

#include "cli/backend.h"

#define DIGEST_SHOWN 12

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* Texts are of people and may hold anything: one after the other, not in columns. */
static void print_why(FILE *file, const json_t *entry)
{
    hone_output_plain(file, text_of(entry, "actor"));
    (void)fputs(": ", file);
    hone_output_plain(file, text_of(entry, "reason"));
    (void)fputc('\n', file);
}

static void print_entry(FILE *file, const json_t *entry)
{
    const char *tensors = text_of(entry, "tensors");
    (void)fprintf(file, "%-24s  %-16s  %-12s  %7lld  %4lld  %-12.*s  ",
                  text_of(entry, "time"), text_of(entry, "skill"),
                  text_of(entry, "action"), (long long)number_of(entry, "version"),
                  (long long)number_of(entry, "live"), DIGEST_SHOWN,
                  tensors[0] != '\0' ? tensors : "-");
    print_why(file, entry);
}

static void print_entries(FILE *file, const json_t *entries)
{
    size_t index;
    const json_t *entry;
    (void)fprintf(file, "%-24s  %-16s  %-12s  %7s  %4s  %-12s  %s\n", "time", "skill",
                  "action", "version", "live", "tensors", "who: why");
    json_array_foreach(entries, index, entry)
    {
        print_entry(file, entry);
    }
}

static void print_states(FILE *file, const json_t *answer)
{
    size_t index;
    const json_t *state;
    (void)fprintf(file, "at %s\n", text_of(answer, "at"));
    json_array_foreach(json_object_get(answer, "skills"), index, state)
    {
        const json_t *why = json_object_get(state, "why");
        hone_output_plain(file, text_of(state, "skill"));
        if (!json_is_object(why)) {
            (void)fputs(": not there yet\n", file);
            continue;
        }
        (void)fprintf(file, ": version %lld, since %s, %s by ",
                      (long long)number_of(state, "live"), text_of(why, "time"),
                      text_of(why, "action"));
        print_why(file, why);
    }
}

static int ask(const struct hone_command_input *input, struct hone_backend *backend,
               long limit, json_t **answer, struct hone_error *err)
{
    const struct hone_arguments *arguments = input->arguments;
    json_t *params = json_pack("{s:s*,s:s*}", "skill",
                               arguments->n_words > 0 ? arguments->words[0] : NULL, "at",
                               hone_arguments_value(arguments, "at"));
    if (limit > 0) {
        (void)json_object_set_new(params, "limit", json_integer(limit));
    }
    int code = hone_backend_request(backend, "hone/log", params, answer, err);
    json_decref(params);
    return code;
}

int hone_command_log(const struct hone_command_input *input)
{
    struct hone_backend *backend = NULL;
    json_t *answer = NULL;
    struct hone_error err;
    long limit = 0;
    int code = hone_arguments_check_words(input->arguments, 0, 1, input->usage, &err);
    if (code == 0) {
        int given =
            hone_arguments_integer(&limit, input->arguments, "limit", 1, 1000, &err);
        code = given < 0 ? given : 0;
    }
    if (code == 0) {
        code = hone_backend_open(&backend, input->arguments, &err);
    }
    if (code == 0) {
        code = ask(input, backend, limit, &answer, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, answer);
    } else if (json_object_get(answer, "at") != NULL) {
        print_states(input->output->data, answer);
    } else {
        print_entries(input->output->data, json_object_get(answer, "entries"));
    }
    json_decref(answer);
    hone_backend_close(backend);
    return exit_code;
}
