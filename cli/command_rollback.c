#include "cli/command.h"

#include "base/alloc.h"
#include "cli/backend.h"

#include <limits.h>
#include <stdlib.h>

/* What would change: the live version and the one that would be live instead. */
struct change {
    json_int_t from, to;
};

static const json_t *find_version(const json_t *versions, json_int_t number)
{
    size_t index;
    const json_t *version;
    json_array_foreach(versions, index, version)
    {
        if (json_integer_value(json_object_get(version, "number")) == number) {
            return version;
        }
    }
    return NULL;
}

static int find_change(struct change *out, struct hone_backend *backend,
                       const char *skill, long to, struct hone_error *err)
{
    json_t *params = json_pack("{s:s}", "skill", skill);
    json_t *answer = NULL;
    int code = hone_backend_request(backend, "hone/versions", params, &answer, err);
    if (code == 0) {
        const json_t *versions = json_object_get(answer, "versions");
        out->from = json_integer_value(json_object_get(answer, "live"));
        out->to = to > 0 ? to
                         : json_integer_value(json_object_get(
                               find_version(versions, out->from), "parent"));
    }
    json_decref(answer);
    json_decref(params);
    return code;
}

static bool is_wanted(const struct hone_command_input *input, const char *skill,
                      const struct change *change)
{
    if (hone_arguments_flag(input->arguments, "yes") || change->to == 0 ||
        !hone_output_can_ask(input->output)) {
        return true;
    }
    char *question = hone_alloc_format("Roll %s back from version %lld to %lld?", skill,
                                       (long long)change->from, (long long)change->to);
    bool yes = hone_output_confirm(input->output, question);
    free(question);
    return yes;
}

static int roll_back(const struct hone_command_input *input, struct hone_backend *backend,
                     long to, json_t **answer, struct hone_error *err)
{
    const char *skill = input->arguments->words[0];
    struct change change = {0};
    int code = find_change(&change, backend, skill, to, err);
    if (code != 0) {
        return code;
    }
    if (!is_wanted(input, skill, &change)) {
        return hone_error_set(err, HONE_E_CANCELLED, "nothing was changed");
    }
    json_t *params =
        json_pack("{s:s, s:s, s:s*}", "skill", skill, "actor", "cli", "reason",
                  hone_arguments_value(input->arguments, "reason"));
    if (to > 0) {
        json_object_set_new(params, "to", json_integer(to));
    }
    code = hone_backend_request(backend, "hone/rollback", params, answer, err);
    json_decref(params);
    return code;
}

static void print_answer(FILE *file, const json_t *answer)
{
    const char *skill = json_string_value(json_object_get(answer, "skill"));
    hone_output_plain(file, skill != NULL ? skill : "");
    (void)fprintf(file, ": version %lld -> %lld (log position %lld)\n",
                  (long long)json_integer_value(json_object_get(answer, "from")),
                  (long long)json_integer_value(json_object_get(answer, "live")),
                  (long long)json_integer_value(json_object_get(answer, "position")));
}

int hone_command_rollback(const struct hone_command_input *input)
{
    struct hone_backend *backend = NULL;
    json_t *answer = NULL;
    struct hone_error err;
    long to = 0;
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, &err);
    if (code == 0) {
        int given = hone_arguments_integer(&to, input->arguments, "to", 1, INT_MAX, &err);
        code = given < 0 ? given : 0;
    }
    if (code == 0) {
        code = hone_backend_open(&backend, input->arguments, &err);
    }
    if (code == 0) {
        code = roll_back(input, backend, to, &answer, &err);
    }
    int exit_code = code == HONE_E_CANCELLED ? HONE_OUTPUT_FAILED
                                             : hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, answer);
    } else {
        print_answer(input->output->data, answer);
        hone_output_next(input->output, "next: hone versions %s",
                         input->arguments->words[0]);
    }
    json_decref(answer);
    hone_backend_close(backend);
    return exit_code;
}
