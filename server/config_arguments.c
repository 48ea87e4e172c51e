#include "server/config_arguments.h"

#include "base/alloc.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENVIRONMENT_PREFIX "HONE_"
#define NUMBERS_SIZE       64

/* How a process runs, not what it serves. Sorted. */
static const char *const own[] = {"background", "config", "standalone", "stdio"};

struct words {
    char **items;
    size_t n;
};

static void add_take(struct words *words, char *word)
{
    words->items = hone_alloc_resize(words->items, words->n + 2, sizeof *words->items);
    words->items[words->n++] = word;
    words->items[words->n] = NULL;
}

static void add_setting(struct words *words, const struct hone_option *option,
                        const char *value)
{
    if (option->standard != NULL && strcmp(value, option->standard) == 0) {
        return;
    }
    char *word = hone_alloc_format("--%s=%s", option->name, value);
    for (char *c = word; *c != '='; c++) {
        *c = *c == '_' ? '-' : *c;
    }
    add_take(words, word);
}

char *hone_config_arguments_absolute(const char *path)
{
    char here[PATH_MAX];
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL) {
        return hone_alloc_text(path);
    }
    return hone_alloc_format("%s/%s", here, path);
}

static bool is_own(const struct hone_option *option)
{
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strcmp(own[i], option->name) == 0) {
            return true;
        }
    }
    return false;
}

/* Relative folders and sockets are relative to where this process runs. */
static void add_text(struct words *words, const struct hone_option *option,
                     const char *text)
{
    bool is_path = option->value != NULL && (strcmp(option->value, "DIR") == 0 ||
                                             strcmp(option->value, "PATH") == 0 ||
                                             strcmp(option->value, "FILE") == 0);
    if (is_path) {
        char *absolute = hone_config_arguments_absolute(text);
        add_setting(words, option, absolute);
        free(absolute);
    } else {
        add_setting(words, option, text);
    }
}

static void add_list(struct words *words, const struct hone_config *config,
                     const struct hone_option *option)
{
    size_t n = 0;
    char *const *items = hone_config_list(config, option, &n);
    for (size_t i = 0; i < n; i++) {
        add_text(words, option, items[i]);
    }
}

static void add_option(struct words *words, const struct hone_config *config,
                       const struct hone_option *option)
{
    const char *field = (const char *)config + option->offset;
    const char *text = NULL;
    int64_t number = 0;
    bool flag = false;
    char digits[32];
    switch (option->type) {
    case HONE_OPTION_FLAG:
        memcpy(&flag, field, sizeof flag);
        add_setting(words, option, flag ? "true" : "false");
        break;
    case HONE_OPTION_NUMBER:
        memcpy(&number, field, sizeof number);
        (void)snprintf(digits, sizeof digits, "%lld", (long long)number);
        add_setting(words, option, digits);
        break;
    case HONE_OPTION_LIST:
        add_list(words, config, option);
        break;
    default:
        memcpy(&text, field, sizeof text);
        if (text != NULL) {
            add_text(words, option, text);
        }
    }
}

char **hone_config_arguments_make(const struct hone_config *config)
{
    struct words words = {0};
    size_t n_options = 0;
    const struct hone_option *options = hone_config_options(&n_options);
    add_take(&words, hone_alloc_text("hone"));
    add_take(&words, hone_alloc_text("serve"));
    for (size_t i = 0; i < n_options; i++) {
        if (!is_own(&options[i])) {
            add_option(&words, config, &options[i]);
        }
    }
    return words.items;
}

void hone_config_arguments_destroy(char **arguments)
{
    for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++) {
        free(arguments[i]);
    }
    free(arguments);
}

char **hone_config_arguments_environment(void)
{
    size_t n = 0, n_kept = 0;
    while (environ[n] != NULL) {
        n++;
    }
    char **kept = hone_alloc_zeroed(n + 1, sizeof *kept);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], ENVIRONMENT_PREFIX, strlen(ENVIRONMENT_PREFIX)) != 0) {
            kept[n_kept++] = environ[i];
        }
    }
    return kept;
}

static int compare_texts(const void *a, const void *b)
{
    const char *left = NULL, *right = NULL;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return strcmp(left, right);
}

struct hone_digest hone_config_arguments_digest(const struct hone_config *config)
{
    struct hone_digest_stream stream;
    const char *sorted[HONE_CONFIG_LIST_MAX];
    char number[NUMBERS_SIZE];
    for (size_t i = 0; i < config->n_skills; i++) {
        sorted[i] = config->skills[i];
    }
    qsort(sorted, config->n_skills, sizeof sorted[0], compare_texts);
    hone_digest_stream_init(&stream);
    for (size_t i = 0; i < config->n_skills; i++) {
        hone_digest_stream_update(&stream, sorted[i], strlen(sorted[i]) + 1);
    }
    (void)snprintf(number, sizeof number, "%lld %lld %d",
                   (long long)config->record_input_bytes,
                   (long long)config->tools_list_max, config->conformance ? 1 : 0);
    hone_digest_stream_update(&stream, number, strlen(number));
    return hone_digest_stream_final(&stream);
}
