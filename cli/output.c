#include "cli/output.h"

#include "server/config.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define REAL_DIGITS 9 /* what a float needs, so that 0.804 stays 0.804 */

static bool is_terminal(FILE *file)
{
    int descriptor = fileno(file);
    return descriptor >= 0 && isatty(descriptor) == 1;
}

static bool wants_color(void)
{
    const char *refused = hone_config_environment("NO_COLOR");
    const char *term = hone_config_environment("TERM");
    return (refused == NULL || refused[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

void hone_output_init(struct hone_output *output, FILE *data, FILE *talk)
{
    *output = (struct hone_output){.data = data, .talk = talk};
    output->data_is_terminal = is_terminal(data);
    output->talk_is_terminal = is_terminal(talk);
    output->color = output->talk_is_terminal && wants_color();
}

static void print_error_document(struct hone_output *output, int exit_code,
                                 const struct hone_error *err)
{
    json_t *document =
        json_pack("{s:{s:s, s:s, s:i}}", "error", "code", hone_error_name(err->code),
                  "message", err->message, "exit", exit_code);
    if (err->hint[0] != '\0') {
        json_object_set_new(json_object_get(document, "error"), "hint",
                            json_string(err->hint));
    }
    hone_output_json(output, document);
    json_decref(document);
}

int hone_output_fail(struct hone_output *output, int exit_code,
                     const struct hone_error *err)
{
    (void)fflush(output->data);
    (void)fprintf(output->talk, "%serror:%s %s\n", output->color ? "\033[1;31m" : "",
                  output->color ? "\033[0m" : "", err->message);
    if (err->hint[0] != '\0') {
        (void)fprintf(output->talk, "  %shint:%s %s\n", output->color ? "\033[1m" : "",
                      output->color ? "\033[0m" : "", err->hint);
    }
    if (output->json) {
        print_error_document(output, exit_code, err);
    }
    return exit_code;
}

int hone_output_exit_code(int code)
{
    switch (code) {
    case 0:
        return HONE_OUTPUT_OK;
    case HONE_E_INVALID:
    case HONE_E_LIMIT:
        return HONE_OUTPUT_USAGE;
    case HONE_E_NOT_FOUND:
        return HONE_OUTPUT_NOT_FOUND;
    case HONE_E_BUSY:
    case HONE_E_CLOSED:
    case HONE_E_AGAIN:
        return HONE_OUTPUT_UNREACHABLE;
    case HONE_E_CANCELLED:
        return HONE_OUTPUT_INTERRUPTED;
    default:
        return HONE_OUTPUT_FAILED;
    }
}

const char *hone_output_exit_sentence(int exit_code)
{
    switch (exit_code) {
    case HONE_OUTPUT_OK:
        return "done";
    case HONE_OUTPUT_FAILED:
        return "failed";
    case HONE_OUTPUT_USAGE:
        return "wrong usage, configuration or package";
    case HONE_OUTPUT_DENIED:
        return "not allowed";
    case HONE_OUTPUT_UNREACHABLE:
        return "the server cannot be reached";
    case HONE_OUTPUT_REFUSED:
        return "the server refused";
    case HONE_OUTPUT_GATE:
        return "the gate refused";
    case HONE_OUTPUT_NOT_FOUND:
        return "not found";
    case HONE_OUTPUT_INTERRUPTED:
        return "interrupted";
    default:
        return NULL;
    }
}

void hone_output_next(struct hone_output *output, const char *format, ...)
{
    if (!output->talk_is_terminal || !output->data_is_terminal || output->json) {
        return;
    }
    va_list values;
    va_start(values, format);
    (void)fprintf(output->talk, "%s", output->color ? "\033[2m" : "");
    (void)vfprintf(output->talk, format, values);
    (void)fprintf(output->talk, "%s\n", output->color ? "\033[0m" : "");
    va_end(values);
}

void hone_output_json(struct hone_output *output, const json_t *document)
{
    (void)json_dumpf(document, output->data,
                     JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS));
    (void)fputc('\n', output->data);
}

void hone_output_plain(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        unsigned char next = (unsigned char)text[1];
        if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
            text++; /* U+0080 to U+009F: some terminals obey these too */
        } else if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t') {
            (void)fputc(c, file);
        }
    }
}

bool hone_output_can_ask(const struct hone_output *output)
{
    return output->talk_is_terminal && isatty(STDIN_FILENO) == 1;
}

bool hone_output_confirm(struct hone_output *output, const char *question)
{
    char answer[16] = "";
    (void)fprintf(output->talk, "%s [y/N] ", question);
    (void)fflush(output->talk);
    if (fgets(answer, sizeof answer, stdin) == NULL) {
        return false;
    }
    return strcmp(answer, "y\n") == 0 || strcmp(answer, "Y\n") == 0 ||
           strcmp(answer, "yes\n") == 0;
}
