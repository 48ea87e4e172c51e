/* Configuration: each option stands once, in the table of config.c. Help, docs/config.md
 * and the checks come from it.
 *
 * Where values come from, strongest first: command line, HONE_* environment, the
 * configuration file (--config, else ./hone.yaml when it is there), default. The only
 * place that reads the environment. Thread: any; filled once at start, read-only after.
 */
#ifndef HONE_SERVER_CONFIG_H
#define HONE_SERVER_CONFIG_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_CONFIG_LIST_MAX 64

enum hone_option_type {
    HONE_OPTION_FLAG, /* true or false; on the command line its presence means true */
    HONE_OPTION_TEXT,
    HONE_OPTION_LIST,   /* texts; the command line option may be repeated */
    HONE_OPTION_NUMBER, /* integer in [min, max] */
};

/* The configuration in force. Texts are owned; NULL when not set and without default. */
struct hone_config {
    char *skills[HONE_CONFIG_LIST_MAX]; /* folders */
    size_t n_skills;
    char *data; /* data folder; hone_config_finalize derives it when not set */
    bool stdio;
    char *http;        /* HOST:PORT; PORT 0 takes a free one; NULL: no HTTP */
    char *http_socket; /* the same on a Unix socket, or NULL */
    char *tcp;         /* HOST:PORT: MCP on TCP, one message a line; or NULL */
    char *http_allowed_hosts[HONE_CONFIG_LIST_MAX]; /* Host headers besides loopback */
    size_t n_http_allowed_hosts;
    char *http_allowed_origins[HONE_CONFIG_LIST_MAX]; /* Origin headers besides those */
    size_t n_http_allowed_origins;
    char *http_tokens; /* file with bearer tokens, or NULL */
    int64_t http_keepalive_ms;
    char *socket; /* Unix socket for MCP clients besides the control socket, or NULL */
    bool standalone;
    bool conformance;
    bool background;
    int64_t idle_timeout_ms;
    char *config_file;
    char *log_level, *log_components;
    bool log_json;
    int64_t message_bytes_max;
    int64_t record_input_bytes;
    int64_t record_delay_ms;
    int64_t connections_max;
    int64_t request_timeout_ms;
    int64_t stdin_end_wait_ms;
    int64_t stop_timeout_ms;
    int64_t checkpoint_events;
    int64_t keep_versions;
    int64_t retention_calls_bytes, retention_calls_days, retention_feedback_days;
    int64_t tools_list_max;
    int64_t skill_idle_ms;
    int64_t skills_memory_bytes;
};

struct hone_option {
    const char *
        name; /* key in hone.yaml; --name with '_' as '-'; HONE_NAME in the environment */
    enum hone_option_type type;
    const char *value; /* what a value is called in help: "DIR", "HOST:PORT" ...; NULL for
                          flags */
    const char *standard; /* the default as text, or NULL */
    int64_t min, max;     /* numbers */
    const char *unit;     /* "bytes", "ms" ... or NULL */
    const char *sentence;
    size_t offset; /* in struct hone_config */
};

/* The table, sorted by name. */
const struct hone_option *hone_config_options(size_t *n_options);

void hone_config_init(struct hone_config *config); /* defaults */
void hone_config_finish(struct hone_config *config);

/* Reads environment and file, then the command line's options from argv[first..n_args).
 * Words that are not options go to rest (n_rest of them, at most n_args; borrowed).
 * "--name=value" and
 * "--name value" both work; "--" ends options. HONE_E_INVALID names the word, and the
 * nearest option. */
int hone_config_read(struct hone_config *config, int n_args, char **args, int first,
                     const char **rest, int *n_rest,
                     struct hone_error *err) HONE_MUST_USE;
/* Completes what depends on other values: absolute skills folders, the data folder
 * ($XDG_STATE_HOME or ~/.local/state, then hone/NAME-HASH of the skills folders). */
int hone_config_finalize(struct hone_config *config,
                         struct hone_error *err) HONE_MUST_USE;

/* Sets one option from text; a list option gets one more item. HONE_E_INVALID,
 * HONE_E_LIMIT. */
int hone_config_set(struct hone_config *config, const struct hone_option *option,
                    const char *value, struct hone_error *err) HONE_MUST_USE;
/* Empties a list option. */
/* The items of a list option. Borrowed. */
char *const *hone_config_list(const struct hone_config *config,
                              const struct hone_option *option, size_t *n_items);
void hone_config_clear_list(struct hone_config *config, const struct hone_option *option);
/* The option of that name ('-' counts as '_'), or NULL; the nearest name, or NULL. */
const struct hone_option *hone_config_find(const char *name, size_t len);
const char *hone_config_nearest(const char *name);

/* Help text of the options / the whole of docs/config.md. */
void hone_config_help(struct hone_buf *out);
void hone_config_markdown(struct hone_buf *out);

/* An environment variable for other folders (cli/): NULL when unset. */
const char *hone_config_environment(const char *name);

#endif
