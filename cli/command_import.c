/* The other programs' files, line by line, to rows on stdout or in a file. */
#include "cli/command.h"

#include "cli/bad_rows.h"
#include "cli/progress.h"
#include "offline/import.h"
#include "offline/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_BYTES_MAX (64U * 1024 * 1024) /* that one line can become */

struct import {
    const struct hone_command_input *input;
    struct hone_import_settings settings;
    struct hone_import *import;
    struct hone_lines *lines;
    FILE *file;
    struct hone_buf rows;
    struct hone_progress progress;
    struct hone_bad_rows bad;
    uint64_t n_rows;
};

/* ---- options ---- */

struct choice {
    const char *name;
    int value;
};

/* The value of an option that is one of a few words; *out stays when it is not given. */
static int read_choice(int *out, const struct hone_arguments *arguments, const char *name,
                       const struct choice *choices, size_t n_choices,
                       struct hone_error *err)
{
    const char *text = hone_arguments_value(arguments, name);
    char list[128] = "";
    size_t used = 0;
    for (size_t i = 0; text != NULL && i < n_choices; i++) {
        if (strcmp(choices[i].name, text) == 0) {
            *out = choices[i].value;
            return 0;
        }
        int n = snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "",
                         choices[i].name);
        used += n > 0 && (size_t)n < sizeof(list) - used ? (size_t)n : 0;
    }
    return text == NULL ? 0
                        : hone_error_set(err, HONE_E_INVALID, "--%s must be one of %s",
                                         name, list);
}

static int read_delimiter(struct import *import, const struct hone_arguments *arguments,
                          struct hone_error *err)
{
    const char *text = hone_arguments_value(arguments, "delimiter");
    import->settings.delimiter = ',';
    if (text == NULL) {
        return 0;
    }
    if (strcmp(text, "tab") == 0) {
        text = "\t";
    }
    if (strlen(text) != 1 || strchr("\"\r\n", text[0]) != NULL ||
        (unsigned char)text[0] > 0x7f) {
        return hone_error_set(err, HONE_E_INVALID,
                              "--delimiter must be one ASCII character, or tab");
    }
    import->settings.delimiter = text[0];
    return 0;
}

/* A record's labels as one answer. */
static int read_sets(struct import *import, const struct hone_arguments *arguments,
                     struct hone_error *err)
{
    struct hone_import_settings *settings = &import->settings;
    const char *separator = hone_arguments_value(arguments, "labels-separator");
    bool is_csv = settings->from == HONE_IMPORT_CSV;
    settings->takes_labels =
        separator != NULL || hone_arguments_flag(arguments, "labels");
    if (separator != NULL &&
        (strlen(separator) != 1 || strchr("\" \r\n", separator[0]) != NULL ||
         (unsigned char)separator[0] > 0x7f)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "--labels-separator must be one ASCII character");
    }
    settings->labels_separator = separator != NULL ? separator[0] : '\0';
    if (settings->takes_labels && is_csv != (separator != NULL)) {
        (void)hone_error_set(err, HONE_E_INVALID,
                             is_csv ? "--labels-separator is missing"
                                    : "--labels-separator is for csv");
        return hone_error_hint(
            err, is_csv ? "it says what parts the labels of a cell, as ; or |"
                        : "--labels is enough: VW parts labels by commas, fastText by "
                          "__label__");
    }
    if (settings->takes_labels &&
        (settings->answer_is_value || settings->first_label_only)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "--labels goes neither with --answer value nor with "
                              "--first-label");
    }
    return 0;
}

static int read_settings(struct import *import, const struct hone_arguments *arguments,
                         struct hone_error *err)
{
    static const struct choice from[] = {{"csv", HONE_IMPORT_CSV},
                                         {"fasttext", HONE_IMPORT_FASTTEXT},
                                         {"vw", HONE_IMPORT_VW}};
    static const struct choice answers[] = {{"label", 0}, {"value", 1}};
    static const struct choice inputs[] = {{"features", HONE_IMPORT_FEATURES},
                                           {"namespaces", HONE_IMPORT_NAMESPACES},
                                           {"text", HONE_IMPORT_TEXT}};
    int program = 0, answer = 0, form = HONE_IMPORT_TEXT;
    if (hone_arguments_value(arguments, "from") == NULL) {
        return hone_error_set(err, HONE_E_INVALID,
                              "--from is missing: vw, fasttext or csv");
    }
    int code = read_choice(&program, arguments, "from", from, 3, err);
    if (code == 0) {
        code = read_choice(&answer, arguments, "answer", answers, 2, err);
    }
    if (code == 0) {
        code = read_choice(&form, arguments, "input", inputs, 3, err);
    }
    if (code == 0) {
        code = read_delimiter(import, arguments, err);
    }
    import->settings.from = (enum hone_import_from)program;
    import->settings.input = (enum hone_import_input)form;
    import->settings.answer_is_value = answer == 1;
    import->settings.label_column = hone_arguments_value(arguments, "label-column");
    import->settings.text_column = hone_arguments_value(arguments, "text-column");
    import->settings.has_no_header = hone_arguments_flag(arguments, "no-header");
    import->settings.only_strings = hone_arguments_flag(arguments, "strings");
    import->settings.first_label_only = hone_arguments_flag(arguments, "first-label");
    return code == 0 ? read_sets(import, arguments, err) : code;
}

/* ---- the file ---- */

static uint64_t count_lines(const struct hone_buf *rows)
{
    uint64_t n = 0;
    for (size_t i = 0; i < rows->len; i++) {
        n += rows->data[i] == '\n' ? 1 : 0;
    }
    return n;
}

static int write_rows(struct import *import, struct hone_error *err)
{
    import->n_rows += count_lines(&import->rows);
    size_t n = import->rows.len > 0
                   ? fwrite(import->rows.data, 1, import->rows.len, import->file)
                   : 0;
    if (n != import->rows.len) {
        return hone_error_set_errno(err, errno, "cannot write the rows");
    }
    hone_buf_clear(&import->rows);
    return 0;
}

/* 1: more; 0: the end. */
static int take_line(struct import *import, struct hone_error *err)
{
    struct hone_span line;
    int status = hone_lines_next(import->lines, &line, err);
    if (status == 0) {
        return 0;
    }
    if (status < 0 && status != HONE_E_LIMIT) {
        return status;
    }
    int code = status;
    if (status == 1) {
        code = hone_import_line(import->import, line, &import->rows, err);
    } else if (!hone_import_skip(import->import,
                                 hone_lines_has_odd_quotes(import->lines))) {
        code = 0;
    }
    uint64_t number = hone_lines_number(import->lines);
    if (code == HONE_E_NOT_FOUND) {
        return code;
    }
    if (code != 0) {
        size_t n_lines = hone_import_n_lines(import->import);
        code = hone_bad_rows_add(&import->bad, number - n_lines + 1, err);
    } else {
        code = write_rows(import, err);
    }
    hone_progress_show(&import->progress, hone_lines_bytes(import->lines));
    return code == 0 ? 1 : code;
}

static int convert(struct import *import, struct hone_error *err)
{
    int more = 1;
    while (more == 1) {
        more = take_line(import, err);
    }
    int code = more;
    if (code == 0 && hone_import_end(import->import, err) != 0) {
        code = hone_bad_rows_add(&import->bad,
                                 hone_lines_number(import->lines) -
                                     hone_import_n_lines(import->import) + 1,
                                 err);
    }
    hone_progress_clear(&import->progress);
    if (code == 0 && import->n_rows == 0) {
        code = hone_error_set(err, HONE_E_INVALID, "%s has no row", import->bad.path);
    }
    return code;
}

static int open_files(struct import *import, struct hone_error *err)
{
    const struct hone_arguments *arguments = import->input->arguments;
    const char *output = hone_arguments_value(arguments, "output");
    int code = hone_lines_open(&import->lines, arguments->words[0], err);
    if (code != 0) {
        return code;
    }
    import->file = output != NULL ? fopen(output, "we") : import->input->output->data;
    if (import->file == NULL) {
        return hone_error_set_errno(err, errno, "cannot write %s", output);
    }
    hone_buf_init(&import->rows, ROWS_BYTES_MAX);
    import->import = hone_import_create(&import->settings);
    hone_progress_start(&import->progress, import->input->output, "importing (bytes)",
                        hone_lines_bytes_total(import->lines),
                        output == NULL || hone_arguments_flag(arguments, "quiet"));
    import->bad = (struct hone_bad_rows){
        .output = import->input->output,
        .progress = &import->progress,
        .path = arguments->words[0],
        .is_strict = hone_arguments_flag(arguments, "strict"),
    };
    return 0;
}

static int close_output(struct import *import, struct hone_error *err)
{
    bool is_own = import->file != NULL && import->file != import->input->output->data;
    FILE *file = import->file;
    import->file = NULL;
    return is_own && fclose(file) != 0
               ? hone_error_set_errno(err, errno, "cannot write the rows")
               : 0;
}

static void say_result(const struct import *import)
{
    const struct hone_output *output = import->input->output;
    const char *path = hone_arguments_value(import->input->arguments, "output");
    if (output->json && path != NULL) {
        json_t *result =
            json_pack("{s:s,s:I,s:I}", "output", path, "rows", (json_int_t)import->n_rows,
                      "bad", (json_int_t)import->bad.n);
        hone_output_json(import->input->output, result);
        json_decref(result);
        return;
    }
    hone_bad_rows_end(&import->bad);
    (void)fprintf(output->talk, "%llu rows, %llu bad\n",
                  (unsigned long long)import->n_rows, (unsigned long long)import->bad.n);
}

int hone_command_import(const struct hone_command_input *input)
{
    struct import import = {.input = input};
    struct hone_error err = {0};
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, &err);
    if (code == 0) {
        code = read_settings(&import, input->arguments, &err);
    }
    if (code == 0) {
        code = open_files(&import, &err);
    }
    if (code == 0) {
        code = convert(&import, &err);
    }
    struct hone_error close_error = {0};
    int closed = close_output(&import, &close_error);
    if (code == 0 && closed != 0) {
        code = closed;
        err = close_error;
    }
    if (code == 0) {
        say_result(&import);
    } else {
        (void)hone_output_fail(input->output, hone_output_exit_code(code), &err);
    }
    hone_import_destroy(import.import);
    hone_lines_close(import.lines);
    hone_buf_finish(&import.rows);
    return hone_output_exit_code(code);
}
