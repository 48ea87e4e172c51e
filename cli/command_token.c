/* hone token: works on the file of tokens itself; a server need not run. */
#include "cli/command.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/place.h"
#include "server/tokens.h"

#include <stdlib.h>
#include <string.h>

#define N_OF(table)      (sizeof(table) / sizeof(table)[0])
#define DATA_FOLDER_MODE 0700

/* ---- which file ---- */

/* The configured file, or that of the data folder, which is made when it is not there. */
static int find_configured(char **path, const struct hone_command_input *input,
                           struct hone_error *err)
{
    struct hone_config config;
    int code = hone_place_read(&config, input->arguments, err);
    if (code == 0 && config.http_tokens == NULL) {
        hone_config_finish(&config);
        code = hone_place_find(&config, input->arguments, err);
        if (code == 0) {
            code = hone_file_make_folder(config.data, DATA_FOLDER_MODE, err);
        }
    }
    if (code == 0) {
        *path = hone_tokens_path(&config);
    }
    hone_config_finish(&config);
    return code;
}

static int find_path(char **path, const struct hone_command_input *input,
                     struct hone_error *err)
{
    const char *named = hone_arguments_value(input->arguments, "tokens");
    if (named != NULL) {
        *path = hone_alloc_text(named);
        return 0;
    }
    return find_configured(path, input, err);
}

static json_t *list_roles(unsigned roles)
{
    static const struct {
        const char *name;
        enum hone_role role;
    } all[] = {
        {"admin", HONE_ROLE_ADMIN},
        {"call", HONE_ROLE_CALL},
        {"feedback", HONE_ROLE_FEEDBACK},
    };
    json_t *list = json_array();
    for (size_t i = 0; i < N_OF(all); i++) {
        if ((roles & (unsigned)all[i].role) != 0) {
            (void)json_array_append_new(list, json_string(all[i].name));
        }
    }
    return list;
}

/* ---- add ---- */

static int parse_roles(unsigned *roles, const struct hone_command_input *input,
                       struct hone_error *err)
{
    const char *text = hone_arguments_value(input->arguments, "role");
    if (text == NULL) {
        (void)hone_error_set(err, HONE_E_INVALID, "what may the token do?");
        (void)hone_error_hint(err, "--role call, --role call,feedback or --role admin");
        return HONE_E_INVALID;
    }
    return hone_tokens_parse_roles(roles, hone_span_text(text), err);
}

static void print_added(struct hone_output *output, const char *path, const char *name,
                        unsigned roles, const char *token)
{
    char text[HONE_TOKENS_ROLES_SIZE];
    hone_tokens_format_roles(text, roles);
    if (output->json) {
        json_t *document = json_pack("{s:s, s:o, s:s, s:s}", "name", name, "roles",
                                     list_roles(roles), "token", token, "file", path);
        hone_output_json(output, document);
        json_decref(document);
        return;
    }
    (void)fprintf(output->talk,
                  "token of %s (%s), shown this once and kept nowhere; send it as\n"
                  "Authorization: Bearer TOKEN\n",
                  name, text);
    (void)fprintf(output->data, "%s\n", token);
}

static int add(const struct hone_command_input *input, const char *path,
               struct hone_error *err)
{
    const char *name = input->arguments->words[1];
    char token[HONE_TOKENS_TEXT_LEN + 1];
    unsigned roles = 0;
    int code = parse_roles(&roles, input, err);
    if (code == 0) {
        code = hone_tokens_add(path, name, roles, token, err);
    }
    if (code == 0) {
        print_added(input->output, path, name, roles, token);
        hone_secret_wipe(token, sizeof(token));
    }
    return code;
}

/* ---- list ---- */

static void print_list(struct hone_output *output, const struct hone_tokens *tokens,
                       const char *path)
{
    json_t *list = json_array();
    for (size_t i = 0; i < hone_tokens_count(tokens); i++) {
        const struct hone_tokens_entry *entry = hone_tokens_at(tokens, i);
        char roles[HONE_TOKENS_ROLES_SIZE];
        hone_tokens_format_roles(roles, entry->roles);
        (void)json_array_append_new(
            list, json_pack("{s:s, s:o, s:s}", "name", entry->name, "roles",
                            list_roles(entry->roles), "created", entry->created));
        if (!output->json) {
            (void)fprintf(output->data, "%-24s  %-19s  %s\n", entry->name, roles,
                          entry->created);
        }
    }
    json_t *document = json_pack("{s:s, s:o}", "file", path, "tokens", list);
    if (output->json) {
        hone_output_json(output, document);
    }
    json_decref(document);
}

static int list(const struct hone_command_input *input, const char *path,
                struct hone_error *err)
{
    struct hone_tokens *tokens = NULL;
    int code = hone_tokens_load(&tokens, path, err);
    if (code == 0) {
        print_list(input->output, tokens, path);
    }
    hone_tokens_destroy(tokens);
    return code;
}

/* ---- revoke ---- */

static int revoke(const struct hone_command_input *input, const char *path,
                  struct hone_error *err)
{
    const char *name = input->arguments->words[1];
    int code = hone_tokens_revoke(path, name, err);
    if (code == 0 && input->output->json) {
        json_t *document = json_pack("{s:s, s:s}", "revoked", name, "file", path);
        hone_output_json(input->output, document);
        json_decref(document);
    } else if (code == 0) {
        (void)fprintf(input->output->data, "revoked %s\n", name);
    }
    return code;
}

/* ---- the command ---- */

static const struct {
    const char *name;
    int n_words; /* with the name */
    int (*run)(const struct hone_command_input *input, const char *path,
               struct hone_error *err);
} actions[] = {
    {"add", 2, add},
    {"list", 1, list},
    {"revoke", 2, revoke},
};

static int find_action(size_t *action, const struct hone_command_input *input,
                       struct hone_error *err)
{
    const char *names[N_OF(actions)];
    int code = hone_arguments_check_words(input->arguments, 1, 2, input->usage, err);
    if (code != 0) {
        return code;
    }
    const char *word = input->arguments->words[0];
    for (size_t i = 0; i < N_OF(actions); i++) {
        names[i] = actions[i].name;
        if (strcmp(word, actions[i].name) == 0) {
            *action = i;
            return hone_arguments_check_words(input->arguments, actions[i].n_words,
                                              actions[i].n_words, input->usage, err);
        }
    }
    const char *nearest = hone_text_nearest(word, names, N_OF(actions));
    (void)hone_error_set(err, HONE_E_INVALID, "hone token cannot \"%s\"", word);
    if (nearest != NULL) {
        (void)hone_error_hint(err, "did you mean \"%s\"?", nearest);
    } else {
        (void)hone_error_hint(err, "usage: %s", input->usage);
    }
    return HONE_E_INVALID;
}

int hone_command_token(const struct hone_command_input *input)
{
    struct hone_error err;
    char *path = NULL;
    size_t action = 0;
    int code = find_action(&action, input, &err);
    if (code == 0) {
        code = find_path(&path, input, &err);
    }
    if (code == 0) {
        code = actions[action].run(input, path, &err);
    }
    free(path);
    return code == 0 ? HONE_OUTPUT_OK
                     : hone_output_fail(input->output, hone_output_exit_code(code), &err);
}
