#include "cli/command.h"

#include "cli/backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

/* "label: " and a text that may hold anything. */
static void print_line(FILE *file, const char *name, const char *text)
{
    (void)fprintf(file, "%-10s  ", name);
    hone_output_plain(file, text);
    (void)fputc('\n', file);
}

static void print_entry(FILE *file, const char *name, const json_t *entry)
{
    (void)fprintf(file, "%-10s  %s, version %lld -> %lld, %s by ", name,
                  text_of(entry, "time"), number_of(entry, "former_live"),
                  number_of(entry, "live"), text_of(entry, "action"));
    hone_output_plain(file, text_of(entry, "actor"));
    (void)fputs(": ", file);
    hone_output_plain(file, text_of(entry, "reason"));
    (void)fputc('\n', file);
}

static void print_learnt(FILE *file, const json_t *learnt, const char *what)
{
    size_t index;
    const json_t *count;
    const json_t *counts = json_object_get(learnt, "feedback");
    if (number_of(learnt, "through") == number_of(learnt, "after")) {
        (void)fprintf(file, "%-10s  nothing %s\n", "learnt", what);
        return;
    }
    (void)fprintf(file, "%-10s  log positions %lld to %lld %s", "learnt",
                  number_of(learnt, "after") + 1, number_of(learnt, "through"), what);
    json_array_foreach(counts, index, count)
    {
        (void)fprintf(file, "%s%lld %s from ", index == 0 ? ": " : ", ",
                      number_of(count, "n"), text_of(count, "kind"));
        hone_output_plain(file, text_of(count, "source"));
    }
    (void)fputs(json_array_size(counts) == 0 ? ": no feedback\n" : "\n", file);
}

static void print_version(FILE *file, const json_t *version)
{
    if (!json_is_object(version)) {
        print_line(file, "evidence", "the version's row is not there");
        return;
    }
    (void)fprintf(file, "%-10s  %s, made %s, package %.12s, tensors %.12s\n", "status",
                  text_of(version, "status"), text_of(version, "created"),
                  text_of(version, "package"),
                  text_of(version, "tensors")[0] != '\0' ? text_of(version, "tensors")
                                                         : "not kept");
    print_line(file, "evidence", text_of(version, "words"));
}

static void print_feedback(FILE *file, const json_t *feedback)
{
    const char *value = text_of(feedback, "value");
    (void)fprintf(file, "%-10s  position %lld, %s ", "feedback",
                  number_of(feedback, "position"), text_of(feedback, "kind"));
    if (value[0] != '\0') {
        hone_output_plain(file, value);
    } else if (strcmp(text_of(feedback, "kind"), "reward") == 0) {
        (void)fprintf(file, "%g", json_number_value(json_object_get(feedback, "reward")));
    }
    (void)fputs(" from ", file);
    hone_output_plain(file, text_of(feedback, "source"));
    (void)fprintf(file, ": %s: ", text_of(feedback, "became"));
    hone_output_plain(file, text_of(feedback, "why"));
    (void)fputs(json_is_true(json_object_get(feedback, "repeated"))
                    ? " (not the first on this call: no evidence)\n"
                    : "\n",
                file);
}

static void print_call(FILE *file, const json_t *answer)
{
    const json_t *call = json_object_get(answer, "call");
    size_t index;
    const json_t *feedback;
    print_line(file, "call", text_of(call, "call_id"));
    (void)fprintf(file, "%-10s  %s, from ", "when", text_of(call, "time"));
    hone_output_plain(file, text_of(call, "source"));
    (void)fputc('\n', file);
    print_line(file, "input", text_of(call, "input"));
    print_line(file, "answer", text_of(call, "output"));
    (void)fprintf(file, "%-10s  %s, confidence %.4f, propensity %.4f, %lld us\n",
                  "outcome", text_of(call, "outcome"),
                  json_number_value(json_object_get(call, "confidence")),
                  json_number_value(json_object_get(call, "propensity")),
                  number_of(call, "latency_us"));
    (void)fprintf(file, "%-10s  version %lld of %s\n", "by", number_of(call, "version"),
                  text_of(answer, "skill"));
    print_learnt(file, json_object_get(answer, "learnt"), "on top of it");
    if (json_is_object(json_object_get(answer, "live_by"))) {
        print_entry(file, "live since", json_object_get(answer, "live_by"));
    }
    print_version(file, json_object_get(answer, "version"));
    json_array_foreach(json_object_get(answer, "feedback"), index, feedback)
    {
        print_feedback(file, feedback);
    }
    if (index == 0) {
        print_line(file, "feedback", "none");
    }
}

static void print_explained_version(FILE *file, const json_t *answer)
{
    const json_t *version = json_object_get(answer, "version");
    size_t index;
    const json_t *entry;
    (void)fprintf(file, "%-10s  %lld of %s, parent ", "version",
                  number_of(version, "number"), text_of(answer, "skill"));
    if (number_of(version, "parent") > 0) {
        (void)fprintf(file, "%lld\n", number_of(version, "parent"));
    } else {
        (void)fputs("none\n", file);
    }
    print_version(file, version);
    print_learnt(file, json_object_get(answer, "learnt"), "beyond its parent");
    json_array_foreach(json_object_get(answer, "history"), index, entry)
    {
        print_entry(file, "history", entry);
    }
    (void)fprintf(file, "%-10s  version %lld\n", "live now", number_of(answer, "live"));
}

/* "SKILL@VERSION", or the id of a call. */
static json_t *make_params(const char *word, struct hone_error *err)
{
    const char *at = strrchr(word, '@');
    if (at == NULL) {
        return json_pack("{s:s}", "call_id", word);
    }
    char *end = NULL;
    errno = 0;
    long version = strtol(at + 1, &end, 10);
    if (at == word || end == at + 1 || *end != '\0' || errno != 0 || version < 1) {
        (void)hone_error_set(err, HONE_E_INVALID, "\"%s\" names no version", word);
        (void)hone_error_hint(err, "for example triage@3");
        return NULL;
    }
    return json_pack("{s:s%,s:I}", "skill", word, (size_t)(at - word), "version",
                     (json_int_t)version);
}

int hone_command_explain(const struct hone_command_input *input)
{
    struct hone_backend *backend = NULL;
    json_t *params = NULL;
    json_t *answer = NULL;
    struct hone_error err;
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, &err);
    if (code == 0) {
        params = make_params(input->arguments->words[0], &err);
        code = params != NULL ? 0 : HONE_E_INVALID;
    }
    if (code == 0) {
        code = hone_backend_open(&backend, input->arguments, &err);
    }
    if (code == 0) {
        code = hone_backend_request(backend, "hone/explain", params, &answer, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, answer);
    } else if (json_object_get(answer, "call") != NULL) {
        print_call(input->output->data, answer);
    } else {
        print_explained_version(input->output->data, answer);
    }
    json_decref(answer);
    json_decref(params);
    hone_backend_close(backend);
    return exit_code;
}
