#include "cli/command.h"

#include "cli/libraries.h"
#include "protocol/mcp.h"

int hone_command_version(const struct hone_command_input *input)
{
    struct hone_error err;
    if (hone_arguments_check_words(input->arguments, 0, 0, input->usage, &err) != 0) {
        return hone_output_fail(input->output, HONE_OUTPUT_USAGE, &err);
    }
    if (!input->output->json) {
        (void)fprintf(input->output->data, "hone %s\n", HONE_VERSION);
        return HONE_OUTPUT_OK;
    }
    json_t *document =
        json_pack("{s:s, s:s, s:[s, s], s:s, s:o}", "name", "hone", "version",
                  HONE_VERSION, "mcp", HONE_MCP_MODERN, HONE_MCP_LEGACY_NEWEST,
                  "compiler", __VERSION__, "libraries", hone_libraries_versions());
    hone_output_json(input->output, document);
    json_decref(document);
    return HONE_OUTPUT_OK;
}
