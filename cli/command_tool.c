#include "cli/command_tool.h"

#include "base/alloc.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "schema/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* White space at both ends says nothing: a file ends with a newline. */
static struct hone_span trim(struct hone_span text)
{
    static const char space[] = " \t\r\n";
    while (text.len > 0 && strchr(space, text.data[0]) != NULL && text.data[0] != '\0') {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && text.data[text.len - 1] != '\0' &&
           strchr(space, text.data[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

int hone_command_tool_parse(json_t **out, struct hone_span text, struct hone_error *err)
{
    text = trim(text);
    if (text.len > 0 && text.data[0] == '{') {
        if (hone_json_parse(out, text, err) != 0) {
            hone_error_prefix(err, "the arguments are not a JSON object");
            (void)hone_error_hint(
                err, "text that starts with '{' goes as {\"text\": \"...\"}");
            return HONE_E_INVALID;
        }
        return 0;
    }
    json_t *value = json_stringn(text.len > 0 ? text.data : "", text.len);
    if (value == NULL) {
        return hone_error_set(err, HONE_E_INVALID, "the text is not UTF-8");
    }
    *out = json_pack("{s:o}", "text", value);
    return 0;
}

/* The format's part before and after its %s, around the value. */
static void print_next(const struct hone_command_input *input, const char *format,
                       const char *value)
{
    const char *place = strstr(format, "%s");
    hone_output_next(input->output, "%.*s%s%s", (int)(place - format), format, value,
                     place + 2);
}

static void print_result(const struct hone_command_input *input, const json_t *result,
                         const char *next_format, const char *next_key)
{
    const json_t *structured = json_object_get(result, "structuredContent");
    if (input->output->json) {
        hone_output_json(input->output, structured != NULL ? structured : result);
        return;
    }
    char *text = hone_backend_tool_text(result);
    const char *value = json_string_value(json_object_get(structured, next_key));
    hone_output_plain(input->output->data, text);
    (void)fputc('\n', input->output->data);
    if (value != NULL) {
        print_next(input, next_format, value);
    }
    free(text);
}

int hone_command_tool_run(const struct hone_command_input *input, const char *tool,
                          const json_t *arguments, const char *next_format,
                          const char *next_key)
{
    struct hone_backend *backend = NULL;
    json_t *result = NULL;
    struct hone_error err;
    int code = hone_backend_open(&backend, input->arguments, &err);
    if (code == 0) {
        code = hone_backend_call_tool(backend, tool, arguments, &result, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code == 0) {
        print_result(input, result, next_format, next_key);
    } else {
        (void)hone_output_fail(input->output, exit_code, &err);
    }
    json_decref(result);
    hone_backend_close(backend);
    return exit_code;
}
