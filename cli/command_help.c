#include "cli/command_help.h"

#include "server/config.h"

#include <string.h>

#define HELP_BYTES_MAX (1u << 20)
#define WRAP_COLUMNS   84
#define CONFIG_TOPIC   "config"
#define NAME_COLUMNS   26

static const char intro[] = "hone is an MCP server whose tools learn from feedback.";

/* A paragraph, broken at spaces, each line after indent spaces. */
static void append_wrapped(struct hone_buf *out, const char *text, size_t indent)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > 0 && column + 1 + len > WRAP_COLUMNS) {
            hone_buf_append_char(out, '\n');
            column = 0;
        }
        if (column == 0) {
            hone_buf_append_format(out, "%*s", (int)indent, "");
            column = indent;
        } else {
            hone_buf_append_char(out, ' ');
            column++;
        }
        hone_buf_append(out, text, len);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    hone_buf_append_char(out, '\n');
}

static void append_line(struct hone_buf *out, const char *name, const char *value,
                        const char *sentence)
{
    struct hone_buf left;
    hone_buf_init(&left, HELP_BYTES_MAX);
    hone_buf_append_format(&left, "%s%s%s", name, value != NULL ? " " : "",
                           value != NULL ? value : "");
    hone_buf_append_format(out, "  %-*s %s\n", NAME_COLUMNS, left.data, sentence);
    hone_buf_finish(&left);
}

/* "--keep-versions" for the key keep_versions. */
static void append_setting_name(struct hone_buf *out, const char *key)
{
    hone_buf_append_text(out, "--");
    for (; *key != '\0'; key++) {
        hone_buf_append_char(out, *key == '_' ? '-' : *key);
    }
}

static void append_setting(struct hone_buf *out, const struct hone_option *setting)
{
    struct hone_buf name;
    hone_buf_init(&name, HELP_BYTES_MAX);
    append_setting_name(&name, setting->name);
    append_line(out, name.data, setting->value, setting->sentence);
    hone_buf_finish(&name);
}

static void append_usage(struct hone_buf *out, const struct hone_command *command)
{
    hone_buf_append_format(out, "hone %s%s%s [OPTION]...", command->name,
                           command->arguments[0] != '\0' ? " " : "", command->arguments);
}

void hone_command_help_overview(struct hone_buf *out)
{
    size_t n = 0;
    const struct hone_command *table = hone_command_table(&n);
    hone_buf_append_format(out, "%s\n\nUsage: hone COMMAND [ARGUMENT]... [OPTION]...\n\n",
                           intro);
    hone_buf_append_text(out, "Commands:\n");
    for (size_t i = 0; i < n; i++) {
        hone_buf_append_format(out, "  %-10s %s\n", table[i].name, table[i].sentence);
    }
    hone_buf_append_text(out,
                         "\nEvery command takes --json (one JSON document on stdout) and "
                         "--help.\nExit codes:");
    for (int code = 0; code <= HONE_OUTPUT_INTERRUPTED; code++) {
        const char *sentence = hone_output_exit_sentence(code);
        if (sentence != NULL) {
            hone_buf_append_format(out, "%s %d %s", code == 0 ? "" : ",", code, sentence);
        }
    }
    hone_buf_append_text(out, ".\n");
}

static bool has_option(const struct hone_command *command, const char *name)
{
    size_t i = 0;
    while (i < command->n_options && strcmp(command->options[i].name, name) != 0) {
        i++;
    }
    return i < command->n_options;
}

void hone_command_help_details(struct hone_buf *out, const struct hone_command *command)
{
    size_t n_settings = 0;
    const struct hone_option *settings = hone_config_options(&n_settings);
    hone_buf_append_text(out, "Usage: ");
    append_usage(out, command);
    hone_buf_append_format(out, "\n\n%s\n", command->sentence);
    if (command->more != NULL) {
        append_wrapped(out, command->more, 0);
    }
    hone_buf_append_text(out, "\nOptions:\n");
    for (size_t i = 0; i < command->n_options; i++) {
        const struct hone_arguments_option *option = &command->options[i];
        struct hone_buf name;
        hone_buf_init(&name, HELP_BYTES_MAX);
        hone_buf_append_format(&name, "--%s", option->name);
        append_line(out, name.data, option->value, option->sentence);
        hone_buf_finish(&name);
    }
    append_line(out, "--json", NULL, "Print one JSON document on stdout.");
    append_line(out, "--help", NULL, "Print this.");
    if (command->settings == HONE_ARGUMENTS_ALL_SETTINGS) {
        hone_buf_append_text(out,
                             "\nSettings (also HONE_NAME in the environment, name in "
                             "hone.yaml):\n");
        hone_config_help(out);
    } else if (command->settings == HONE_ARGUMENTS_PLACE) {
        for (size_t i = 0; i < n_settings; i++) {
            if (hone_arguments_takes(command->settings, settings[i].name) &&
                !has_option(command, settings[i].name)) {
                append_setting(out, &settings[i]);
            }
        }
    }
}

static void append_markdown_command(struct hone_buf *out,
                                    const struct hone_command *command)
{
    hone_buf_append_format(out, "\n## hone %s\n\n    ", command->name);
    append_usage(out, command);
    hone_buf_append_format(out, "\n\n%s", command->sentence);
    if (command->more != NULL) {
        hone_buf_append_format(out, " %s", command->more);
    }
    hone_buf_append_text(out, "\n");
    if (command->n_options > 0) {
        hone_buf_append_text(out, "\n| option | meaning |\n|---|---|\n");
    }
    for (size_t i = 0; i < command->n_options; i++) {
        const struct hone_arguments_option *option = &command->options[i];
        hone_buf_append_format(
            out, "| `--%s%s%s` | %s |\n", option->name, option->value != NULL ? " " : "",
            option->value != NULL ? option->value : "", option->sentence);
    }
    if (command->settings == HONE_ARGUMENTS_PLACE) {
        hone_buf_append_text(
            out, "\nTakes the settings `--config`, `--data` and `--skills` of "
                 "[config.md](config.md).\n");
    } else if (command->settings == HONE_ARGUMENTS_ALL_SETTINGS) {
        hone_buf_append_text(out, "\nTakes all settings of [config.md](config.md).\n");
    }
}

static const char markdown_head[] =
    "# Commands\n\n"
    "Written by `hone help --markdown`; a test compares.\n\n"
    "Data goes to stdout, talk to stderr. Every command takes `--json` (one JSON "
    "document on\n"
    "stdout, also for an error: `{\"error\": {\"code\", \"message\", \"hint\", "
    "\"exit\"}}`) and\n"
    "`--help`. Colour and questions appear only on a terminal; `NO_COLOR` is "
    "respected.\n\n"
    "Commands that need a server find it by the data folder: the socket `hone.sock` in "
    "it. When\n"
    "no server runs they open the data folder themselves. Without `--data`, `--skills` "
    "and\n"
    "`hone.yaml` the one server that is running below the default state folder is "
    "meant.\n\n"
    "| exit code | meaning |\n|---|---|\n";

void hone_command_help_markdown(struct hone_buf *out)
{
    size_t n = 0;
    const struct hone_command *table = hone_command_table(&n);
    hone_buf_append_text(out, markdown_head);
    for (int code = 0; code <= HONE_OUTPUT_INTERRUPTED; code++) {
        const char *sentence = hone_output_exit_sentence(code);
        if (sentence != NULL) {
            hone_buf_append_format(out, "| %d | %s |\n", code, sentence);
        }
    }
    for (size_t i = 0; i < n; i++) {
        append_markdown_command(out, &table[i]);
    }
}

/* Help as a document: what the tables say. */
static json_t *describe(const struct hone_command *command)
{
    json_t *options = json_array();
    for (size_t i = 0; i < command->n_options; i++) {
        const struct hone_arguments_option *option = &command->options[i];
        json_array_append_new(options,
                              json_pack("{s:s, s:s*, s:s}", "name", option->name, "value",
                                        option->value, "sentence", option->sentence));
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "name", command->name, "arguments",
                     command->arguments, "sentence", command->sentence, "options",
                     options);
}

static void print_json(struct hone_output *output, const struct hone_command *only)
{
    size_t n = 0;
    const struct hone_command *table = hone_command_table(&n);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        if (only == NULL || only == &table[i]) {
            json_array_append_new(list, describe(&table[i]));
        }
    }
    json_t *document = json_pack("{s:o}", "commands", list);
    hone_output_json(output, document);
    json_decref(document);
}

static int unknown_topic(const struct hone_command_input *input, const char *name)
{
    struct hone_error err;
    const char *nearest = hone_command_nearest(name);
    (void)hone_error_set(&err, HONE_E_INVALID, "there is no command \"%s\"", name);
    if (nearest != NULL) {
        (void)hone_error_hint(&err, "did you mean \"hone help %s\"?", nearest);
    }
    return hone_output_fail(input->output, HONE_OUTPUT_USAGE, &err);
}

int hone_command_help(const struct hone_command_input *input)
{
    const struct hone_arguments *arguments = input->arguments;
    const struct hone_command *command = NULL;
    struct hone_error err;
    struct hone_buf text;
    if (hone_arguments_check_words(arguments, 0, 1, input->usage, &err) != 0) {
        return hone_output_fail(input->output, HONE_OUTPUT_USAGE, &err);
    }
    bool about_config =
        arguments->n_words == 1 && strcmp(arguments->words[0], CONFIG_TOPIC) == 0;
    if (arguments->n_words == 1 && !about_config) {
        command = hone_command_find(arguments->words[0]);
        if (command == NULL) {
            return unknown_topic(input, arguments->words[0]);
        }
    }
    if (input->output->json) {
        print_json(input->output, command);
        return HONE_OUTPUT_OK;
    }
    hone_buf_init(&text, HELP_BYTES_MAX);
    if (about_config && hone_arguments_flag(arguments, "markdown")) {
        hone_config_markdown(&text);
    } else if (about_config) {
        hone_config_help(&text);
    } else if (hone_arguments_flag(arguments, "markdown")) {
        hone_command_help_markdown(&text);
    } else if (command != NULL) {
        hone_command_help_details(&text, command);
    } else {
        hone_command_help_overview(&text);
    }
    (void)fwrite(text.data, 1, text.len, input->output->data);
    hone_buf_finish(&text);
    return HONE_OUTPUT_OK;
}
