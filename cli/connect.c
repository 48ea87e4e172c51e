#include "cli/connect.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX (1u << 20)

struct hone_connect_client {
    const char *name, *title;
    const char *file; /* where the document goes; NULL: command line only */
    /* The client's own command (new text), or NULL. */
    char *(*make_command)(const struct hone_connect_target *target);
    /* The document for its configuration file (new reference), or NULL. */
    json_t *(*make_document)(const struct hone_connect_target *target);
};

static bool is_plain_word(const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "_-./:=@%+,";
    return word[0] != '\0' && strspn(word, plain) == strlen(word);
}

static void append_shell_word(struct hone_buf *out, const char *word)
{
    if (is_plain_word(word)) {
        hone_buf_append_text(out, word);
        return;
    }
    hone_buf_append_char(out, '\'');
    for (; *word != '\0'; word++) {
        hone_buf_append_text(out, *word == '\'' ? "'\\'" : "");
        hone_buf_append_char(out, *word);
    }
    hone_buf_append_char(out, '\'');
}

/* "HEAD -- program argument..." or "HTTP_HEAD url". */
static char *make_line(const char *head, const char *http_head,
                       const struct hone_connect_target *target)
{
    struct hone_buf line;
    size_t index;
    const json_t *word;
    hone_buf_init(&line, TEXT_BYTES_MAX);
    if (target->url != NULL) {
        hone_buf_append_format(&line, "%s ", http_head);
        append_shell_word(&line, target->url);
    } else {
        hone_buf_append_format(&line, "%s --", head);
        json_array_foreach(target->command, index, word)
        {
            hone_buf_append_char(&line, ' ');
            append_shell_word(&line, json_string_value(word));
        }
    }
    return hone_buf_take(&line, NULL);
}

static json_t *arguments_of(const struct hone_connect_target *target)
{
    json_t *rest = json_copy(target->command);
    json_array_remove(rest, 0);
    return rest;
}

static char *make_claude_command(const struct hone_connect_target *target)
{
    return make_line("claude mcp add hone", "claude mcp add --transport http hone",
                     target);
}

static char *make_codex_command(const struct hone_connect_target *target)
{
    return make_line("codex mcp add hone", "codex mcp add hone --url", target);
}

static json_t *make_claude_document(const struct hone_connect_target *target)
{
    if (target->url != NULL) {
        return json_pack("{s:{s:{s:s, s:s}}}", "mcpServers", "hone", "type", "http",
                         "url", target->url);
    }
    return json_pack("{s:{s:{s:s, s:O, s:o, s:{}}}}", "mcpServers", "hone", "type",
                     "stdio", "command", json_array_get(target->command, 0), "args",
                     arguments_of(target), "env");
}

static json_t *make_cursor_document(const struct hone_connect_target *target)
{
    if (target->url != NULL) {
        return json_pack("{s:{s:{s:s}}}", "mcpServers", "hone", "url", target->url);
    }
    return json_pack("{s:{s:{s:O, s:o}}}", "mcpServers", "hone", "command",
                     json_array_get(target->command, 0), "args", arguments_of(target));
}

static json_t *make_vscode_document(const struct hone_connect_target *target)
{
    if (target->url != NULL) {
        return json_pack("{s:{s:{s:s, s:s}}, s:[]}", "servers", "hone", "type", "http",
                         "url", target->url, "inputs");
    }
    return json_pack("{s:{s:{s:s, s:O, s:o}}, s:[]}", "servers", "hone", "type", "stdio",
                     "command", json_array_get(target->command, 0), "args",
                     arguments_of(target), "inputs");
}

static json_t *make_opencode_document(const struct hone_connect_target *target)
{
    if (target->url != NULL) {
        return json_pack("{s:{s:{s:s, s:s, s:b}}}", "mcp", "hone", "type", "remote",
                         "url", target->url, "enabled", 1);
    }
    return json_pack("{s:{s:{s:s, s:O, s:b}}}", "mcp", "hone", "type", "local", "command",
                     target->command, "enabled", 1);
}

static const struct hone_connect_client clients[] = {
    {"claude", "Claude Code", ".mcp.json", make_claude_command, make_claude_document},
    {"codex", "Codex", NULL, make_codex_command, NULL},
    {"cursor", "Cursor", ".cursor/mcp.json", NULL, make_cursor_document},
    {"opencode", "OpenCode", "opencode.json", NULL, make_opencode_document},
    {"vscode", "VS Code", ".vscode/mcp.json", NULL, make_vscode_document},
};

#define N_CLIENTS (sizeof clients / sizeof *clients)

int hone_connect_find(const struct hone_connect_client **out, const char *name,
                      struct hone_error *err)
{
    const char *names[N_CLIENTS];
    for (size_t i = 0; i < N_CLIENTS; i++) {
        names[i] = clients[i].name;
        if (strcmp(clients[i].name, name) == 0) {
            *out = &clients[i];
            return 0;
        }
    }
    const char *nearest = hone_text_nearest(name, names, N_CLIENTS);
    (void)hone_error_set(err, HONE_E_INVALID, "unknown client \"%s\"", name);
    if (nearest != NULL) {
        return hone_error_hint(err, "did you mean \"%s\"?", nearest);
    }
    return hone_error_hint(err, "one of claude, codex, cursor, opencode, vscode");
}

const struct hone_connect_client *hone_connect_at(size_t index)
{
    return index < N_CLIENTS ? &clients[index] : NULL;
}

void hone_connect_print(FILE *file, const struct hone_connect_client *client,
                        const struct hone_connect_target *target)
{
    (void)fprintf(file, "%s\n", client->title);
    if (client->make_command != NULL) {
        char *line = client->make_command(target);
        (void)fprintf(file, "  %s\n", line);
        free(line);
    }
    if (client->make_document != NULL) {
        json_t *document = client->make_document(target);
        char *text = json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY);
        (void)fprintf(file, "  %s%s:\n  %s\n",
                      client->make_command != NULL ? "or in " : "in ", client->file,
                      text);
        free(text);
        json_decref(document);
    }
}

json_t *hone_connect_describe(const struct hone_connect_client *client,
                              const struct hone_connect_target *target)
{
    json_t *entry = json_pack("{s:s}", "client", client->name);
    if (client->make_command != NULL) {
        char *line = client->make_command(target);
        json_object_set_new(entry, "command", json_string(line));
        free(line);
    }
    if (client->make_document != NULL) {
        json_object_set_new(entry, "file", json_string(client->file));
        json_object_set_new(entry, "document", client->make_document(target));
    }
    return entry;
}
