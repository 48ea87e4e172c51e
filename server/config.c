#include "server/config.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "server/config_file.h"
#include "server/sender_check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB          1024
#define MIB          (1024 * 1024)
#define ENV_NAME_MAX 64
#define DEFAULT_FILE "hone.yaml"

#define AT(field) offsetof(struct hone_config, field)

/* Sorted by name. */
static const struct hone_option options[] = {
    {"background", HONE_OPTION_FLAG, NULL, "false", 0, 0, NULL,
     "How `hone serve --stdio` starts the process that owns the data folder: serves its "
     "clients and leaves when there has been none for `idle_timeout_ms`.",
     AT(background)},
    {"checkpoint_events", HONE_OPTION_NUMBER, "N", "1000", 10, 1000000, "events",
     "After so many events without a new version the training state is saved, so that a "
     "restart "
     "replays little.",
     AT(checkpoint_events)},
    {"config", HONE_OPTION_TEXT, "FILE", NULL, 0, 0, NULL,
     "Configuration file; without it ./hone.yaml is read when it is there.",
     AT(config_file)},
    {"conformance", HONE_OPTION_FLAG, NULL, "false", 0, 0, NULL,
     "Serve the fixtures of the official MCP conformance suite too: tools, resources and "
     "prompts for tests of clients. Needs no skills.",
     AT(conformance)},
    {"connections_max", HONE_OPTION_NUMBER, "N", "12000", 1, 100000, "connections",
     "Connections of each transport at the same time; further ones are closed at once.",
     AT(connections_max)},
    {"data", HONE_OPTION_TEXT, "DIR", NULL, 0, 0, NULL,
     "Data folder. Without it: hone/NAME-HASH below $XDG_STATE_HOME (or ~/.local/state), "
     "made "
     "from the skills folders.",
     AT(data)},
    {"http", HONE_OPTION_TEXT, "HOST:PORT", NULL, 0, 0, NULL,
     "Serve MCP over HTTP at this address; one that is not a loopback address needs "
     "tokens. Port 0 takes a free one.",
     AT(http)},
    {"http_allowed_hosts", HONE_OPTION_LIST, "NAME[:PORT]", NULL, 0, 0, NULL,
     "Host header that HTTP requests may have besides loopback names, as a proxy in "
     "front "
     "may pass it on; may be given several times.",
     AT(http_allowed_hosts)},
    {"http_allowed_origins", HONE_OPTION_LIST, "URL", NULL, 0, 0, NULL,
     "Origin, for example https://app.example.com, whose pages in a browser may send "
     "HTTP "
     "requests, besides pages of this machine; may be given several times.",
     AT(http_allowed_origins)},
    {"http_keepalive_ms", HONE_OPTION_NUMBER, "N", "15000", 1000, 3600000, "ms",
     "An event stream that was silent for so long gets a comment, so that nothing "
     "between "
     "takes its connection for dead.",
     AT(http_keepalive_ms)},
    {"http_socket", HONE_OPTION_TEXT, "PATH", NULL, 0, 0, NULL,
     "Serve MCP over HTTP at this Unix socket too.", AT(http_socket)},
    {"http_tokens", HONE_OPTION_TEXT, "PATH", NULL, 0, 0, NULL,
     "File with the bearer tokens that HTTP requests must carry, written by hone token. "
     "Without it: tokens in the data folder, when it is there.",
     AT(http_tokens)},
    {"idle_timeout_ms", HONE_OPTION_NUMBER, "N", "300000", 0, 604800000, "ms",
     "A process in the background that has had no client for so long ends; 0: it stays. "
     "One that serves other transports, too, stays in any case.",
     AT(idle_timeout_ms)},
    {"keep_versions", HONE_OPTION_NUMBER, "N", "10", 2, 10000, "versions",
     "Tensors of so many of the newest versions of a skill are kept, and of the live "
     "one; older "
     "versions keep their record.",
     AT(keep_versions)},
    {"log_components", HONE_OPTION_TEXT, "LIST", NULL, 0, 0, NULL,
     "Debug lines of these components only, for example train,store.",
     AT(log_components)},
    {"log_json", HONE_OPTION_FLAG, NULL, "false", 0, 0, NULL,
     "Log lines as JSON objects, one a line.", AT(log_json)},
    {"log_level", HONE_OPTION_TEXT, "LEVEL", "info", 0, 0, NULL,
     "error, warn, info or debug; lines go to stderr.", AT(log_level)},
    {"message_bytes_max", HONE_OPTION_NUMBER, "N", "8388608", 64 * KIB, 1024 * MIB,
     "bytes", "Longest message that is taken; a longer one is answered with an error.",
     AT(message_bytes_max)},
    {"record_delay_ms", HONE_OPTION_NUMBER, "N", "20", 1, 10000, "ms",
     "Calls are recorded in blocks; a block that does not fill is handed to the store "
     "after "
     "this time.",
     AT(record_delay_ms)},
    {"record_input_bytes", HONE_OPTION_NUMBER, "N", "16384", 256, MIB, "bytes",
     "So much of a call's input is recorded, and learnt from; longer texts are cut.",
     AT(record_input_bytes)},
    {"request_timeout_ms", HONE_OPTION_NUMBER, "N", "30000", 100, 3600000, "ms",
     "An HTTP request must be complete within this time.", AT(request_timeout_ms)},
    {"retention_calls_bytes", HONE_OPTION_NUMBER, "N", "2147483648", 0,
     (int64_t)MIB *MIB *MIB, "bytes",
     "When the database takes more than this, the oldest calls without feedback are "
     "dropped until it takes nine tenths of it; none that is younger than a day. 0: no "
     "limit.",
     AT(retention_calls_bytes)},
    {"retention_calls_days", HONE_OPTION_NUMBER, "N", "30", 0, 36500, "days",
     "Recorded calls without feedback are dropped after so many days; feedback on them "
     "is refused from then on. 0: they stay.",
     AT(retention_calls_days)},
    {"retention_feedback_days", HONE_OPTION_NUMBER, "N", "0", 0, 36500, "days",
     "Recorded calls with feedback are dropped after so many days, once the feedback is "
     "learnt by every version whose tensors are kept. 0: they stay, so that all that was "
     "ever learnt can be learnt again.",
     AT(retention_feedback_days)},
    {"skill_idle_ms", HONE_OPTION_NUMBER, "N", "600000", 0, 604800000, "ms",
     "A skill that nobody has used for so long is taken out of memory; its next call "
     "loads "
     "it again. 0: it stays.",
     AT(skill_idle_ms)},
    {"skills", HONE_OPTION_LIST, "DIR", NULL, 0, 0, NULL,
     "Folder with skills, or a skill's own folder; may be given several times.",
     AT(skills)},
    {"skills_memory_bytes", HONE_OPTION_NUMBER, "N", "1073741824", 0, (int64_t)MIB *MIB,
     "bytes",
     "What skills have learnt takes about so much memory at most; beyond that, those "
     "that "
     "were not used for the longest time are taken out of it. 0: no limit.",
     AT(skills_memory_bytes)},
    {"socket", HONE_OPTION_TEXT, "PATH", NULL, 0, 0, NULL,
     "Serve MCP at this Unix socket, one message a line.", AT(socket)},
    {"standalone", HONE_OPTION_FLAG, NULL, "false", 0, 0, NULL,
     "With stdio: serve and learn in this one process, which owns the data folder, "
     "instead "
     "of passing messages on to the one process that does.",
     AT(standalone)},
    {"stdin_end_wait_ms", HONE_OPTION_NUMBER, "N", "600", 0, 600000, "ms",
     "With stdio: after the end of stdin, so long is waited for each next answer to what "
     "was asked before it.",
     AT(stdin_end_wait_ms)},
    {"stdio", HONE_OPTION_FLAG, NULL, "false", 0, 0, NULL,
     "Serve MCP over stdin and stdout; the end of stdin ends the server.", AT(stdio)},
    {"stop_timeout_ms", HONE_OPTION_NUMBER, "N", "5000", 0, 600000, "ms",
     "On a signal, what is in flight gets this long; with stdio at most 300 ms, because "
     "the "
     "client waits for the end.",
     AT(stop_timeout_ms)},
    {"tcp", HONE_OPTION_TEXT, "HOST:PORT", NULL, 0, 0, NULL,
     "Serve MCP at this loopback address, one message a line; port 0 takes a free one.",
     AT(tcp)},
    {"tools_list_max", HONE_OPTION_NUMBER, "N", "50", 0, 100000, "skills",
     "With more skills than this, clients see the tools find_skill and run_skill instead "
     "of one tool for each skill, so that a model's context does not fill up.",
     AT(tools_list_max)},
};
#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

const struct hone_option *hone_config_options(size_t *n_options)
{
    *n_options = N_OPTIONS;
    return options;
}

const char *hone_config_environment(const char *name)
{
    return getenv(name);
}

static void *field_of(struct hone_config *config, const struct hone_option *option)
{
    return (char *)config + option->offset;
}

/* ---- one value ---- */

static int set_number(struct hone_config *config, const struct hone_option *option,
                      const char *value, struct hone_error *err)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < option->min ||
        number > option->max) {
        return hone_error_set(
            err, HONE_E_INVALID, "%s must be an integer from %lld to %lld, not \"%s\"",
            option->name, (long long)option->min, (long long)option->max, value);
    }
    *(int64_t *)field_of(config, option) = number;
    return 0;
}

static int set_flag(struct hone_config *config, const struct hone_option *option,
                    const char *value, struct hone_error *err)
{
    bool yes = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
    if (!yes && strcmp(value, "false") != 0 && strcmp(value, "0") != 0) {
        return hone_error_set(err, HONE_E_INVALID, "%s must be true or false, not \"%s\"",
                              option->name, value);
    }
    *(bool *)field_of(config, option) = yes;
    return 0;
}

/* How many items a list option has. */
static size_t *count_of(struct hone_config *config, const struct hone_option *option)
{
    static const struct {
        size_t items, count;
    } lists[] = {
        {AT(http_allowed_hosts), AT(n_http_allowed_hosts)},
        {AT(http_allowed_origins), AT(n_http_allowed_origins)},
        {AT(skills), AT(n_skills)},
    };
    size_t i = 0;
    while (lists[i].items != option->offset) {
        i += 1;
        HONE_INVARIANT(i < sizeof(lists) / sizeof(lists[0]));
    }
    return (size_t *)(void *)((char *)config + lists[i].count);
}

char *const *hone_config_list(const struct hone_config *config,
                              const struct hone_option *option, size_t *n_items)
{
    struct hone_config *same = (struct hone_config *)(uintptr_t)config;
    *n_items = *count_of(same, option);
    return (char *const *)(const void *)((const char *)config + option->offset);
}

static int add_to_list(struct hone_config *config, const struct hone_option *option,
                       const char *value, struct hone_error *err)
{
    char **items = field_of(config, option);
    size_t *n_items = count_of(config, option);
    if (value[0] == '\0') {
        return hone_error_set(err, HONE_E_INVALID, "%s must not be empty", option->name);
    }
    if (*n_items == HONE_CONFIG_LIST_MAX) {
        return hone_error_set(err, HONE_E_LIMIT, "at most %d %s can be given",
                              HONE_CONFIG_LIST_MAX, option->name);
    }
    items[(*n_items)++] = hone_alloc_text(value);
    return 0;
}

int hone_config_set(struct hone_config *config, const struct hone_option *option,
                    const char *value, struct hone_error *err)
{
    char **text = NULL;
    switch (option->type) {
    case HONE_OPTION_NUMBER:
        return set_number(config, option, value, err);
    case HONE_OPTION_FLAG:
        return set_flag(config, option, value, err);
    case HONE_OPTION_LIST:
        return add_to_list(config, option, value, err);
    default:
        if (value[0] == '\0') {
            return hone_error_set(err, HONE_E_INVALID, "%s must not be empty",
                                  option->name);
        }
        text = field_of(config, option);
        free(*text);
        *text = hone_alloc_text(value);
        return 0;
    }
}

void hone_config_clear_list(struct hone_config *config, const struct hone_option *option)
{
    char **items = field_of(config, option);
    size_t *n_items = count_of(config, option);
    for (size_t i = 0; i < *n_items; i++) {
        free(items[i]);
    }
    *n_items = 0;
}

void hone_config_init(struct hone_config *config)
{
    struct hone_error err;
    memset(config, 0, sizeof(*config));
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (options[i].standard != NULL) {
            HONE_INVARIANT(
                hone_config_set(config, &options[i], options[i].standard, &err) == 0);
        }
    }
}

void hone_config_finish(struct hone_config *config)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (options[i].type == HONE_OPTION_TEXT) {
            free(*(char **)field_of(config, &options[i]));
        } else if (options[i].type == HONE_OPTION_LIST) {
            hone_config_clear_list(config, &options[i]);
        }
    }
    memset(config, 0, sizeof(*config));
}

/* ---- command line ---- */

const struct hone_option *hone_config_find(const char *name, size_t len)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (strlen(options[i].name) != len) {
            continue;
        }
        size_t same = 0;
        while (same < len && (options[i].name[same] == name[same] ||
                              (options[i].name[same] == '_' && name[same] == '-'))) {
            same++;
        }
        if (same == len) {
            return &options[i];
        }
    }
    return NULL;
}

const char *hone_config_nearest(const char *name)
{
    const char *names[N_OPTIONS];
    for (size_t i = 0; i < N_OPTIONS; i++) {
        names[i] = options[i].name;
    }
    return hone_text_nearest(name, names, N_OPTIONS);
}

static int refuse_unknown(const char *word, struct hone_error *err)
{
    char nearest[ENV_NAME_MAX] = "";
    const char *name = hone_config_nearest(word + 2);
    (void)hone_error_set(err, HONE_E_INVALID, "unknown option %s", word);
    if (name != NULL) {
        (void)snprintf(nearest, sizeof(nearest), "%s", name);
        for (char *c = nearest; *c != '\0'; c++) {
            *c = *c == '_' ? '-' : *c;
        }
        (void)hone_error_hint(err, "did you mean --%s?", nearest);
    }
    return HONE_E_INVALID;
}

/* One option at args[*at]; moves *at past it. */
static int read_option(struct hone_config *config, int n_args, char **args, int *at,
                       bool seen_lists[N_OPTIONS], struct hone_error *err)
{
    const char *word = args[*at];
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2;
    const struct hone_option *option = hone_config_find(word + 2, len);
    if (option == NULL) {
        return refuse_unknown(word, err);
    }
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (value == NULL && option->type == HONE_OPTION_FLAG) {
        value = "true";
    } else if (value == NULL) {
        if (*at + 1 >= n_args) {
            return hone_error_set(err, HONE_E_INVALID, "%s wants a value: %s %s", word,
                                  word, option->value);
        }
        *at += 1;
        value = args[*at];
    }
    *at += 1;
    if (option->type == HONE_OPTION_LIST && !seen_lists[option - options]) {
        /* the command line replaces what environment and file said */
        seen_lists[option - options] = true;
        hone_config_clear_list(config, option);
    }
    return hone_config_set(config, option, value, err);
}

static int read_arguments(struct hone_config *config, int n_args, char **args, int first,
                          const char **rest, int *n_rest, struct hone_error *err)
{
    bool seen_lists[N_OPTIONS] = {false};
    int at = first;
    *n_rest = 0;
    while (at < n_args) {
        if (strcmp(args[at], "--") == 0) {
            for (at += 1; at < n_args; at++) {
                rest[(*n_rest)++] = args[at];
            }
        } else if (strncmp(args[at], "--", 2) == 0) {
            int status = read_option(config, n_args, args, &at, seen_lists, err);
            if (status != 0) {
                return status;
            }
        } else {
            rest[(*n_rest)++] = args[at++];
        }
    }
    return 0;
}

/* ---- environment ---- */

static int read_environment(struct hone_config *config, struct hone_error *err)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        char name[ENV_NAME_MAX];
        (void)snprintf(name, sizeof(name), "HONE_%s", options[i].name);
        for (char *c = name; *c != '\0'; c++) {
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        }
        const char *value = getenv(name);
        if (value == NULL || value[0] == '\0') {
            continue;
        }
        if (options[i].type == HONE_OPTION_LIST) {
            hone_config_clear_list(config, &options[i]);
        }
        int status = hone_config_set(config, &options[i], value, err);
        if (status != 0) {
            hone_error_prefix(err, "in the environment (%s)", name);
            return status;
        }
    }
    return 0;
}

/* The file that --config names, wherever it stands on the command line, or NULL. */
static const char *named_file(int n_args, char **args, int first)
{
    for (int i = first; i < n_args && strcmp(args[i], "--") != 0; i++) {
        if (strncmp(args[i], "--config=", 9) == 0) {
            return args[i] + 9;
        }
        if (strcmp(args[i], "--config") == 0 && i + 1 < n_args) {
            return args[i + 1];
        }
    }
    return getenv("HONE_CONFIG");
}

int hone_config_read(struct hone_config *config, int n_args, char **args, int first,
                     const char **rest, int *n_rest, struct hone_error *err)
{
    const char *file = named_file(n_args, args, first);
    int status = 0;
    if (file != NULL || hone_file_exists(DEFAULT_FILE)) {
        status = hone_config_file_read(config, file != NULL ? file : DEFAULT_FILE, err);
    }
    if (status == 0) {
        status = read_environment(config, err);
    }
    if (status == 0) {
        status = read_arguments(config, n_args, args, first, rest, n_rest, err);
    }
    return status;
}

/* ---- completion ---- */

static int make_absolute(char **path, struct hone_error *err)
{
    char *absolute = realpath(*path, NULL);
    if (absolute == NULL) {
        return hone_error_set_errno(err, errno, "skills folder %s", *path);
    }
    free(*path);
    *path = absolute;
    return 0;
}

/* NAME-HASH: the first folder's name and eight digits over all folders' paths. */
static char *derive_data(const struct hone_config *config)
{
    struct hone_digest_stream stream;
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    const char *slash = config->n_skills > 0 ? strrchr(config->skills[0], '/') : NULL;
    hone_digest_stream_init(&stream);
    for (size_t i = 0; i < config->n_skills; i++) {
        hone_digest_stream_update(&stream, config->skills[i],
                                  strlen(config->skills[i]) + 1);
    }
    hone_digest_format(hone_digest_stream_final(&stream), digest);
    digest[8] = '\0';
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : "default";
    if (state != NULL && state[0] == '/') {
        return hone_alloc_format("%s/hone/%.40s-%s", state, name, digest);
    }
    return hone_alloc_format("%s/.local/state/hone/%.40s-%s",
                             home != NULL ? home : "/tmp", name, digest);
}

/* Paths appear in JSON, so they must be text. */
static int check_text(const char *path, struct hone_error *err)
{
    if (!hone_text_is_utf8(hone_span_text(path))) {
        return hone_error_set(err, HONE_E_INVALID, "the path is not UTF-8: %s", path);
    }
    return 0;
}

int hone_config_finalize(struct hone_config *config, struct hone_error *err)
{
    for (size_t i = 0; i < config->n_skills; i++) {
        int status = make_absolute(&config->skills[i], err);
        if (status == 0) {
            status = check_text(config->skills[i], err);
        }
        if (status != 0) {
            return status;
        }
    }
    int status = hone_sender_check_config(config, err);
    if (status != 0) {
        return status;
    }
    if (config->data == NULL) {
        config->data = derive_data(config);
    } else if (config->data[0] != '/') {
        char here[PATH_MAX];
        if (getcwd(here, sizeof(here)) == NULL) {
            return hone_error_set_errno(err, errno, "current folder");
        }
        char *absolute = hone_alloc_format("%s/%s", here, config->data);
        free(config->data);
        config->data = absolute;
    }
    return check_text(config->data, err);
}

/* ---- help ---- */

void hone_config_help(struct hone_buf *out)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        const struct hone_option *option = &options[i];
        char flag[ENV_NAME_MAX];
        (void)snprintf(flag, sizeof(flag), "--%s%s%s", option->name,
                       option->value != NULL ? " " : "",
                       option->value != NULL ? option->value : "");
        for (char *c = flag; *c != '\0' && *c != ' '; c++) {
            *c = *c == '_' ? '-' : *c;
        }
        (void)hone_buf_append_format(out, "  %-26s %s", flag, option->sentence);
        if (option->standard != NULL && option->type != HONE_OPTION_FLAG) {
            (void)hone_buf_append_format(out, " Default %s%s%s.", option->standard,
                                         option->unit != NULL ? " " : "",
                                         option->unit != NULL ? option->unit : "");
        }
        (void)hone_buf_append_char(out, '\n');
    }
}

static void append_row(struct hone_buf *out, const struct hone_option *option)
{
    static const char *const types[] = {"true or false", "text", "list of texts",
                                        "integer"};
    (void)hone_buf_append_format(out, "| `%s` | %s", option->name, types[option->type]);
    if (option->type == HONE_OPTION_NUMBER) {
        (void)hone_buf_append_format(out, ", %lld to %lld %s", (long long)option->min,
                                     (long long)option->max, option->unit);
    }
    (void)hone_buf_append_format(out, " | %s%s%s | %s |\n",
                                 option->standard != NULL ? "`" : "",
                                 option->standard != NULL ? option->standard : "none",
                                 option->standard != NULL ? "`" : "", option->sentence);
}

void hone_config_markdown(struct hone_buf *out)
{
    (void)hone_buf_append_text(
        out,
        "# Configuration\n\n"
        "Each option can be given in three ways. Strongest first:\n\n"
        "1. on the command line: `--name value` or `--name=value`, with `-` for `_`; a "
        "true-or-false option alone means true; a list option is repeated;\n"
        "2. in the environment: `HONE_NAME`, in capitals;\n"
        "3. in the configuration file (`--config FILE`, else `./hone.yaml`): `name: "
        "value`; "
        "relative folders in it are relative to the file.\n\n"
        "Unknown names are errors. This page is printed by `hone help config "
        "--markdown`.\n\n"
        "| option | type | default | what it does |\n|---|---|---|---|\n");
    for (size_t i = 0; i < N_OPTIONS; i++) {
        append_row(out, &options[i]);
    }
}
