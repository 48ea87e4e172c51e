#include "cli/arguments.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "server/config.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64
#define CANDIDATES_MAX 96

/* A word that starts with "--", taken apart. */
struct option_word {
    char name[NAME_MAX_BYTES]; /* cut when longer: no option has such a name */
    const char *value;         /* behind '=', or NULL */
};

/* Where parsing stands. */
struct cursor {
    char **args;
    int n_args, at;
};

static void read_option_word(struct option_word *out, const char *word)
{
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    if (len >= sizeof out->name) {
        len = sizeof out->name - 1;
    }
    memcpy(out->name, name, len);
    out->name[len] = '\0';
    out->value = equals != NULL ? equals + 1 : NULL;
}

/* Options of the configuration are written with '_' in hone.yaml and '-' on
 * the command line. */
static void spell_setting(char out[NAME_MAX_BYTES], const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0' && i < NAME_MAX_BYTES - 1; i++) {
        out[i] = name[i] == '_' ? '-' : name[i];
    }
    out[i] = '\0';
}

bool hone_arguments_takes(enum hone_arguments_settings settings, const char *setting)
{
    switch (settings) {
    case HONE_ARGUMENTS_NO_SETTINGS:
        return false;
    case HONE_ARGUMENTS_PLACE:
        return strcmp(setting, "config") == 0 || strcmp(setting, "data") == 0 ||
               strcmp(setting, "skills") == 0;
    case HONE_ARGUMENTS_ALL_SETTINGS:
        return true;
    }
    return false;
}

static const struct hone_option *find_setting(enum hone_arguments_settings settings,
                                              const char *name)
{
    size_t n = 0;
    const struct hone_option *table = hone_config_options(&n);
    for (size_t i = 0; i < n; i++) {
        char spelt[NAME_MAX_BYTES];
        spell_setting(spelt, table[i].name);
        if (strcmp(spelt, name) == 0 && hone_arguments_takes(settings, table[i].name)) {
            return &table[i];
        }
    }
    return NULL;
}

static int find_option(const struct hone_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->n_options; i++) {
        if (strcmp(arguments->options[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static int unknown_option(const struct hone_arguments *arguments,
                          enum hone_arguments_settings settings, const char *name,
                          struct hone_error *err)
{
    size_t n_settings = 0;
    size_t n = 0;
    const struct hone_option *table = hone_config_options(&n_settings);
    char spelt[CANDIDATES_MAX][NAME_MAX_BYTES];
    const char *candidates[CANDIDATES_MAX];
    candidates[n++] = "json";
    candidates[n++] = "help";
    for (size_t i = 0; i < arguments->n_options; i++) {
        candidates[n++] = arguments->options[i].name;
    }
    for (size_t i = 0; i < n_settings && n < CANDIDATES_MAX; i++) {
        if (hone_arguments_takes(settings, table[i].name)) {
            spell_setting(spelt[n], table[i].name);
            candidates[n] = spelt[n];
            n++;
        }
    }
    (void)hone_error_set(err, HONE_E_INVALID, "unknown option --%s", name);
    const char *nearest = hone_text_nearest(name, candidates, n);
    if (nearest != NULL) {
        return hone_error_hint(err, "did you mean --%s?", nearest);
    }
    return hone_error_hint(err, "--help lists the options");
}

/* The value of an option: behind '=' or the next argument. */
static int take_value(const char **out, struct cursor *cursor,
                      const struct option_word *word, const char *value_name,
                      struct hone_error *err)
{
    if (word->value != NULL) {
        *out = word->value;
        return 0;
    }
    if (cursor->at + 1 >= cursor->n_args) {
        return hone_error_set(err, HONE_E_INVALID, "--%s needs a value: --%s %s",
                              word->name, word->name, value_name);
    }
    *out = cursor->args[++cursor->at];
    return 0;
}

static int take_own_option(struct hone_arguments *out, int index, struct cursor *cursor,
                           const struct option_word *word, struct hone_error *err)
{
    if (out->values[index] != NULL) {
        return hone_error_set(err, HONE_E_INVALID, "--%s is given twice", word->name);
    }
    if (out->options[index].value != NULL) {
        int code =
            take_value(&out->values[index], cursor, word, out->options[index].value, err);
        if (code == 0 && strcmp(word->name, HONE_ARGUMENTS_DATA_FOLDER) == 0) {
            out->settings[out->n_settings++] = (char *)(uintptr_t) "--data";
            out->settings[out->n_settings++] = (char *)(uintptr_t)out->values[index];
        }
        return code;
    }
    if (word->value != NULL) {
        return hone_error_set(err, HONE_E_INVALID, "--%s takes no value", word->name);
    }
    out->values[index] = "";
    return 0;
}

static int take_setting(struct hone_arguments *out, const struct hone_option *setting,
                        struct cursor *cursor, const struct option_word *word,
                        struct hone_error *err)
{
    const char *value = NULL;
    int first = cursor->at;
    if (setting->type != HONE_OPTION_FLAG) {
        int code = take_value(&value, cursor, word,
                              setting->value != NULL ? setting->value : "VALUE", err);
        if (code != 0) {
            return code;
        }
    }
    for (int i = first; i <= cursor->at; i++) {
        out->settings[out->n_settings++] = cursor->args[i];
    }
    return 0;
}

static int take_option(struct hone_arguments *out, enum hone_arguments_settings settings,
                       struct cursor *cursor, struct hone_error *err)
{
    struct option_word word;
    read_option_word(&word, cursor->args[cursor->at]);
    int index = find_option(out, word.name);
    if (index >= 0) {
        return take_own_option(out, index, cursor, &word, err);
    }
    if (strcmp(word.name, "help") == 0 && word.value == NULL) {
        out->help = true;
        return 0;
    }
    if (strcmp(word.name, "json") == 0 && word.value == NULL) {
        out->json = true;
        return 0;
    }
    const struct hone_option *setting = find_setting(settings, word.name);
    if (setting != NULL) {
        return take_setting(out, setting, cursor, &word, err);
    }
    return unknown_option(out, settings, word.name, err);
}

int hone_arguments_parse(struct hone_arguments *out,
                         const struct hone_arguments_option *options, size_t n_options,
                         enum hone_arguments_settings settings, int n_args, char **args,
                         struct hone_error *err)
{
    HONE_REQUIRE(n_options <= HONE_ARGUMENTS_OPTIONS_MAX && n_args >= 0);
    struct cursor cursor = {.args = args, .n_args = n_args};
    bool options_ended = false;
    int code = 0;
    *out = (struct hone_arguments){.options = options, .n_options = n_options};
    out->words = hone_alloc_zeroed((size_t)n_args + 1, sizeof *out->words);
    out->settings = hone_alloc_zeroed(2 * (size_t)n_args + 1, sizeof *out->settings);
    for (; cursor.at < n_args && code == 0; cursor.at++) {
        char *word = args[cursor.at];
        if (options_ended || word[0] != '-' || word[1] == '\0') {
            out->words[out->n_words++] = word;
        } else if (strcmp(word, "--") == 0) {
            options_ended = true;
        } else if (strcmp(word, "-h") == 0) {
            out->help = true;
        } else if (word[1] == '-') {
            code = take_option(out, settings, &cursor, err);
        } else {
            code = hone_error_set(err, HONE_E_INVALID, "unknown option %s", word);
            (void)hone_error_hint(err,
                                  "options start with two dashes; after -- all is text");
        }
    }
    if (code != 0) {
        hone_arguments_finish(out);
    }
    return code;
}

void hone_arguments_finish(struct hone_arguments *arguments)
{
    free(arguments->words);
    free(arguments->settings);
    *arguments = (struct hone_arguments){0};
}

const char *hone_arguments_value(const struct hone_arguments *arguments, const char *name)
{
    int index = find_option(arguments, name);
    HONE_REQUIRE(index >= 0);
    return arguments->values[index];
}

bool hone_arguments_flag(const struct hone_arguments *arguments, const char *name)
{
    return hone_arguments_value(arguments, name) != NULL;
}

int hone_arguments_number(double *out, const struct hone_arguments *arguments,
                          const char *name, double min, double max,
                          struct hone_error *err)
{
    const char *text = hone_arguments_value(arguments, name);
    char *end = NULL;
    if (text == NULL) {
        return 0;
    }
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || value < min || value > max) {
        return hone_error_set(err, HONE_E_INVALID,
                              "--%s wants a number from %g to %g, not \"%s\"", name, min,
                              max, text);
    }
    *out = value;
    return 1;
}

int hone_arguments_integer(long *out, const struct hone_arguments *arguments,
                           const char *name, long min, long max, struct hone_error *err)
{
    const char *text = hone_arguments_value(arguments, name);
    char *end = NULL;
    if (text == NULL) {
        return 0;
    }
    /* Saturates at the type's ends, which the range refuses. */
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < min || value > max) {
        return hone_error_set(err, HONE_E_INVALID,
                              "--%s wants a whole number from %ld to %ld, not \"%s\"",
                              name, min, max, text);
    }
    *out = value;
    return 1;
}

int hone_arguments_check_words(const struct hone_arguments *arguments, int min, int max,
                               const char *usage, struct hone_error *err)
{
    if (arguments->n_words < min) {
        (void)hone_error_set(err, HONE_E_INVALID, "an argument is missing");
    } else if (arguments->n_words > max) {
        (void)hone_error_set(err, HONE_E_INVALID, "unexpected argument \"%s\"",
                             arguments->words[max]);
    } else {
        return 0;
    }
    (void)hone_error_hint(err, "usage: %s", usage);
    return HONE_E_INVALID;
}
