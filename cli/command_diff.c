#include "cli/command.h"

#include "base/alloc.h"
#include "cli/backend.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS (30 * 60 * 1000)

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static double real_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* ---- people's form ---- */

static void print_side(FILE *file, const char *name, const json_t *version)
{
    (void)fprintf(file, "%s  version %lld, %s, position %lld, %s, tensors %.12s\n", name,
                  number_of(version, "number"), text_of(version, "status"),
                  number_of(version, "position"), text_of(version, "created"),
                  text_of(version, "tensors"));
}

static void print_labels(FILE *file, const char *name, const json_t *labels)
{
    size_t index;
    const json_t *label;
    json_array_foreach(labels, index, label)
    {
        (void)fputs(index == 0 ? name : ", ", file);
        hone_output_plain(file, json_string_value(label));
    }
    (void)fputs(json_array_size(labels) > 0 ? "\n" : "", file);
}

static void print_share(FILE *file, long long right, long long n)
{
    if (n > 0) {
        (void)fprintf(file, "%lld of %lld (%.1f %%)", right, n,
                      100.0 * (double)right / (double)n);
    } else {
        (void)fputs("-", file);
    }
}

static void print_class(FILE *file, const json_t *class)
{
    size_t index;
    const json_t *feature;
    hone_output_plain(file, text_of(class, "label"));
    (void)fprintf(file, ": %lld examples between; right in A ",
                  number_of(class, "examples"));
    print_share(file, number_of(class, "right_a"), number_of(class, "labelled"));
    (void)fputs(", in B ", file);
    print_share(file, number_of(class, "right_b"), number_of(class, "labelled"));
    (void)fputc('\n', file);
    json_array_foreach(json_object_get(class, "features"), index, feature)
    {
        const char *name = json_string_value(json_object_get(feature, "feature"));
        const char *field = text_of(feature, "field");
        (void)fprintf(file, "    %+8.4f -> %+8.4f  ", real_of(feature, "before"),
                      real_of(feature, "after"));
        hone_output_plain(file, field);
        (void)fputs(field[0] != '\0' ? ": " : "", file);
        hone_output_plain(file, name != NULL ? name : "unknown");
        (void)fputc('\n', file);
    }
}

/* An order, or a set of labels, has a line for each. */
static void print_line(FILE *file, const char *text)
{
    for (const char *at = text; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        char *part = hone_alloc_bytes(at, len);
        hone_output_plain(file, part);
        free(part);
        at += len + (at[len] == '\n' ? 1 : 0);
        (void)fputs(*at != '\0' ? ", " : "", file);
    }
}

static void print_flip(FILE *file, const json_t *flip)
{
    const char *right = json_string_value(json_object_get(flip, "right"));
    (void)fprintf(file, "%s  ", text_of(flip, "call_id"));
    print_line(file, text_of(flip, "a"));
    (void)fprintf(file, " (%.2f) -> ", real_of(flip, "confidence_a"));
    print_line(file, text_of(flip, "b"));
    (void)fprintf(file, " (%.2f), right: ", real_of(flip, "confidence_b"));
    print_line(file, right != NULL ? right : "unknown");
    (void)fputs("\n    ", file);
    print_line(file, text_of(flip, "input"));
    (void)fputc('\n', file);
}

static void print_answer(FILE *file, const json_t *answer)
{
    size_t index;
    const json_t *item;
    print_side(file, "A", json_object_get(answer, "a"));
    print_side(file, "B", json_object_get(answer, "b"));
    print_labels(file, "labels added: ", json_object_get(answer, "added"));
    print_labels(file, "labels removed: ", json_object_get(answer, "removed"));
    (void)fprintf(file, "\n%lld recorded inputs answered by both: %lld answers differ",
                  number_of(answer, "calls"), number_of(answer, "flips"));
    if (json_is_number(json_object_get(answer, "mean_change"))) {
        (void)fprintf(file, ", by %.4g on average", real_of(answer, "mean_change"));
    }
    (void)fputs("; right in A ", file);
    print_share(file, number_of(answer, "right_a"), number_of(answer, "labelled"));
    (void)fputs(", in B ", file);
    print_share(file, number_of(answer, "right_b"), number_of(answer, "labelled"));
    (void)fputs("\n\n", file);
    json_array_foreach(json_object_get(answer, "classes"), index, item)
    {
        print_class(file, item);
    }
    json_array_foreach(json_object_get(answer, "flipped"), index, item)
    {
        (void)fputs(index == 0 ? "\n" : "", file);
        print_flip(file, item);
    }
}

/* ---- the command ---- */

static int read_version(json_t *params, const char *key, const char *word,
                        struct hone_error *err)
{
    char *end = NULL;
    errno = 0;
    long number = strtol(word, &end, 10);
    if (end == word || *end != '\0' || errno != 0 || number < 1 || number > INT_MAX) {
        (void)hone_error_set(err, HONE_E_INVALID, "\"%s\" is no version", word);
        return hone_error_hint(err, "versions are numbers: hone diff triage 2 3");
    }
    (void)json_object_set_new(params, key, json_integer(number));
    return 0;
}

static int read_option(json_t *params, const struct hone_arguments *arguments,
                       const char *name, long max, struct hone_error *err)
{
    long value = 0;
    int given = hone_arguments_integer(&value, arguments, name, 1, max, err);
    if (given == 1) {
        (void)json_object_set_new(params, name, json_integer(value));
    }
    return given < 0 ? given : 0;
}

static int read_params(json_t *params, const struct hone_command_input *input,
                       struct hone_error *err)
{
    const struct hone_arguments *arguments = input->arguments;
    int code = hone_arguments_check_words(arguments, 3, 3, input->usage, err);
    if (code == 0) {
        (void)json_object_set_new(params, "skill", json_string(arguments->words[0]));
        code = read_version(params, "a", arguments->words[1], err);
    }
    if (code == 0) {
        code = read_version(params, "b", arguments->words[2], err);
    }
    if (code == 0) {
        code = read_option(params, arguments, "calls", 10000, err);
    }
    return code == 0 ? read_option(params, arguments, "limit", 200, err) : code;
}

int hone_command_diff(const struct hone_command_input *input)
{
    struct hone_backend *backend = NULL;
    json_t *params = json_object();
    json_t *answer = NULL;
    struct hone_error err;
    int code = read_params(params, input, &err);
    if (code == 0) {
        code = hone_backend_open(&backend, input->arguments, &err);
    }
    if (code == 0) {
        hone_backend_set_timeout(backend, TIMEOUT_MS);
        code = hone_backend_request(backend, "hone/diff", params, &answer, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, answer);
    } else {
        print_answer(input->output->data, answer);
    }
    json_decref(answer);
    json_decref(params);
    hone_backend_close(backend);
    return exit_code;
}
