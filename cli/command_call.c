#include "cli/command.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/span.h"
#include "cli/backend.h"
#include "cli/command_tool.h"
#include "schema/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STDIN_BYTES_MAX (4u * 1024 * 1024)

static int read_stdin(struct hone_buf *out, struct hone_error *err)
{
    char block[16384];
    for (size_t n = fread(block, 1, sizeof block, stdin); n > 0;
         n = fread(block, 1, sizeof block, stdin)) {
        if (hone_buf_append(out, block, n) != 0) {
            return hone_error_set(err, HONE_E_LIMIT, "stdin has more than %u bytes",
                                  STDIN_BYTES_MAX);
        }
    }
    return ferror(stdin) ? hone_error_set(err, HONE_E_IO, "cannot read stdin") : 0;
}

static int read_input(json_t **out, const struct hone_arguments *arguments,
                      struct hone_error *err)
{
    if (arguments->n_words < 2) {
        *out = json_object();
        return 0;
    }
    if (strcmp(arguments->words[1], "-") != 0) {
        return hone_command_tool_parse(out, hone_span_text(arguments->words[1]), err);
    }
    struct hone_buf text;
    hone_buf_init(&text, STDIN_BYTES_MAX);
    int code = read_stdin(&text, err);
    if (code == 0) {
        code = hone_command_tool_parse(out, hone_buf_span(&text), err);
    }
    hone_buf_finish(&text);
    return code;
}

int hone_command_call(const struct hone_command_input *input)
{
    json_t *arguments = NULL;
    struct hone_error err;
    int code = hone_arguments_check_words(input->arguments, 1, 2, input->usage, &err);
    if (code == 0) {
        code = read_input(&arguments, input->arguments, &err);
    }
    if (code != 0) {
        int exit_code = hone_backend_exit_code(NULL, code);
        (void)hone_output_fail(input->output, exit_code, &err);
        return exit_code;
    }
    int exit_code = hone_command_tool_run(
        input, input->arguments->words[0], arguments,
        "next: hone feedback %s --label LABEL, or --value NUMBER", "call_id");
    json_decref(arguments);
    return exit_code;
}
