#include "cli/command.h"

#include "cli/backend.h"
#include "cli/hold_lines.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* What is so now, after each action. */
static const struct {
    const char *action, *part, *now, *before;
} words[] = {
    {"freeze", "frozen", "frozen: it answers as before and learns nothing",
     "frozen already"},
    {"pin", "pinned", "pinned: that version answers, whatever is learnt",
     "pinned already"},
    {"unpin", NULL, "unpinned: what it has learnt is served, as far as the gate allows",
     "not pinned"},
    {"thaw", NULL, "thawed: it learns from what comes from now on", "not frozen"},
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

/* Of an action that makes another version live. */
static void print_move(FILE *file, const json_t *answer)
{
    long long from = (long long)json_integer_value(json_object_get(answer, "from"));
    long long live = (long long)json_integer_value(json_object_get(answer, "live"));
    hone_output_plain(file, text_of(answer, "skill"));
    if (!json_is_true(json_object_get(answer, "changed"))) {
        (void)fprintf(file, ": version %lld is live already\n", live);
        return;
    }
    (void)fprintf(file, ": version %lld -> %lld (log position %lld)\n", from, live,
                  (long long)json_integer_value(json_object_get(answer, "position")));
}

static void print_answer(FILE *file, const json_t *answer)
{
    bool changed = json_is_true(json_object_get(answer, "changed"));
    long long position =
        (long long)json_integer_value(json_object_get(answer, "position"));
    if (json_object_get(answer, "live") != NULL) {
        print_move(file, answer);
        return;
    }
    hone_output_plain(file, text_of(answer, "skill"));
    for (size_t i = 0; i < N_WORDS; i++) {
        if (strcmp(words[i].action, text_of(answer, "action")) != 0) {
            continue;
        }
        (void)fprintf(file, " is %s", changed ? words[i].now : words[i].before);
        if (!changed && words[i].part != NULL) {
            hone_hold_lines_print_why(
                file, json_object_get(json_object_get(answer, "hold"), words[i].part));
        }
    }
    if (changed) {
        (void)fprintf(file, " (log position %lld)", position);
    }
    (void)fputc('\n', file);
}

/* How a version is named on the command line. */
enum naming { NOT_NAMED, BY_OPTION, BY_WORD };

/* SKILL@N */
static int split_word(json_t *params, const char *word, struct hone_error *err)
{
    char *end = NULL;
    const char *at = strrchr(word, '@');
    long to = at != NULL ? strtol(at + 1, &end, 10) : 0;
    if (at == NULL || at == word || to < 1 || to > INT_MAX || *end != '\0') {
        (void)hone_error_set(err, HONE_E_INVALID, "\"%s\" is not SKILL@VERSION", word);
        return hone_error_hint(err, "for example triage@3");
    }
    (void)json_object_set_new(params, "skill", json_stringn(word, (size_t)(at - word)));
    (void)json_object_set_new(params, "to", json_integer(to));
    return 0;
}

static int read_option(json_t *params, const struct hone_arguments *arguments,
                       struct hone_error *err)
{
    long to = 0;
    int code = hone_arguments_integer(&to, arguments, "to", 1, INT_MAX, err);
    if (code >= 0 && to > 0) {
        (void)json_object_set_new(params, "to", json_integer(to));
    }
    return code < 0 ? code : 0;
}

static int make_params(json_t **out, const struct hone_command_input *input,
                       const char *action, enum naming naming, struct hone_error *err)
{
    const struct hone_arguments *arguments = input->arguments;
    int code = hone_arguments_check_words(arguments, 1, 1, input->usage, err);
    if (code != 0) {
        return code;
    }
    *out =
        json_pack("{s:s, s:s, s:s, s:s*}", "skill", arguments->words[0], "action", action,
                  "actor", "cli", "reason", hone_arguments_value(arguments, "reason"));
    if (naming == BY_OPTION) {
        code = read_option(*out, arguments, err);
    } else if (naming == BY_WORD) {
        code = split_word(*out, arguments->words[0], err);
    }
    return code;
}

static int act(const struct hone_command_input *input, const char *action,
               enum naming naming)
{
    struct hone_backend *backend = NULL;
    json_t *answer = NULL, *params = NULL;
    struct hone_error err;
    int code = make_params(&params, input, action, naming, &err);
    if (code == 0) {
        code = hone_backend_open(&backend, input->arguments, &err);
    }
    if (code == 0) {
        code = hone_backend_request(backend, "hone/action", params, &answer, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, answer);
    } else {
        print_answer(input->output->data, answer);
        hone_output_next(input->output, "next: hone status %s", text_of(answer, "skill"));
    }
    json_decref(answer);
    json_decref(params);
    hone_backend_close(backend);
    return exit_code;
}

int hone_command_action_freeze(const struct hone_command_input *input)
{
    return act(input, "freeze", NOT_NAMED);
}

int hone_command_action_promote(const struct hone_command_input *input)
{
    return act(input, "promote", BY_WORD);
}

int hone_command_action_thaw(const struct hone_command_input *input)
{
    return act(input, "thaw", NOT_NAMED);
}

int hone_command_action_pin(const struct hone_command_input *input)
{
    return act(input, "pin", BY_OPTION);
}

int hone_command_action_unpin(const struct hone_command_input *input)
{
    return act(input, "unpin", NOT_NAMED);
}
