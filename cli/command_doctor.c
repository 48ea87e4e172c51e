#include "cli/command.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/client.h"
#include "cli/libraries.h"
#include "cli/place.h"
#include "cli/purity.h"
#include "server/app.h"
#include "skills/registry.h"
#include "tensor/blas.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DEFAULT_HTTP      "127.0.0.1:8765"
#define FREE_FAIL_BYTES   (64.0 * 1024 * 1024)
#define FREE_WARN_BYTES   (1024.0 * 1024 * 1024)
#define MIB               (1024.0 * 1024)
#define STATUS_TIMEOUT_MS 5000
#define SQLITE_MAJOR_MIN  3
#define SQLITE_MINOR_MIN  37                     /* STRICT tables */
#define CLOCK_MIN_MS      INT64_C(1767225600000) /* 2026-01-01: older than this program */

enum level {
    LEVEL_OK,
    LEVEL_WARN,
    LEVEL_FAIL,
};

static const char *const level_names[] = {"ok", "warn", "fail"};
static const char *const level_colors[] = {"\033[32m", "\033[33m", "\033[31m"};

struct finding {
    enum level level;
    char text[HONE_ERROR_MESSAGE_MAX];
    char remedy[HONE_ERROR_HINT_MAX]; /* "" when there is nothing to do */
};

struct check {
    const char *name;
    void (*run)(const struct hone_config *config, struct finding *out);
};

HONE_PRINTF(3, 4)
static void set(struct finding *out, enum level level, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    out->level = level;
    (void)vsnprintf(out->text, sizeof out->text, format, values);
    va_end(values);
}

HONE_PRINTF(2, 3)
static void set_remedy(struct finding *out, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(out->remedy, sizeof out->remedy, format, values);
    va_end(values);
}

static void set_error(struct finding *out, enum level level, const struct hone_error *err)
{
    set(out, level, "%s", err->message);
    set_remedy(out, "%s", err->hint);
}

/* ---- checks ---- */

/* The folder itself or, while it does not exist, the nearest one above that
 * does; free() it. */
static char *nearest_folder(const char *path)
{
    char *folder = hone_alloc_text(path);
    while (!hone_file_is_folder(folder)) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL || slash == folder) {
            free(folder);
            return hone_alloc_text("/");
        }
        *slash = '\0';
    }
    return folder;
}

static void check_data(const struct hone_config *config, struct finding *out)
{
    char *folder = nearest_folder(config->data);
    bool exists = strcmp(folder, config->data) == 0;
    if (access(folder, W_OK | X_OK) != 0) {
        set(out, LEVEL_FAIL, "%s cannot be written to: %s", folder, strerror(errno));
        set_remedy(
            out,
            "choose another data folder with --data DIR, or give this user the right");
    } else if (exists) {
        set(out, LEVEL_OK, "%s can be written to", config->data);
    } else {
        set(out, LEVEL_OK, "%s can be made", config->data);
    }
    free(folder);
}

static void check_disk(const struct hone_config *config, struct finding *out)
{
    struct statvfs info;
    char *folder = nearest_folder(config->data);
    if (statvfs(folder, &info) != 0) {
        set(out, LEVEL_WARN, "cannot ask for the free space of %s: %s", folder,
            strerror(errno));
    } else {
        double free_bytes = (double)info.f_bavail * (double)info.f_frsize;
        enum level level = free_bytes < FREE_FAIL_BYTES   ? LEVEL_FAIL
                           : free_bytes < FREE_WARN_BYTES ? LEVEL_WARN
                                                          : LEVEL_OK;
        set(out, level, "%.1f GiB free for %s", free_bytes / FREE_WARN_BYTES,
            config->data);
        if (level != LEVEL_OK) {
            set_remedy(out, "make room, or choose a data folder on another disk");
        }
    }
    free(folder);
}

static void check_sqlite(const struct hone_config *config, struct finding *out)
{
    (void)config;
    const char *version = hone_libraries_sqlite();
    int major = 0;
    int minor = 0;
    if (version == NULL || sscanf(version, "%d.%d", &major, &minor) != 2) {
        set(out, LEVEL_WARN, "the version of SQLite is unknown");
    } else if (major < SQLITE_MAJOR_MIN ||
               (major == SQLITE_MAJOR_MIN && minor < SQLITE_MINOR_MIN)) {
        set(out, LEVEL_FAIL, "SQLite %s is too old", version);
        set_remedy(out, "install SQLite %d.%d or newer", SQLITE_MAJOR_MIN,
                   SQLITE_MINOR_MIN);
    } else {
        set(out, LEVEL_OK, "SQLite %s", version);
    }
}

static void check_clock(const struct hone_config *config, struct finding *out)
{
    char now[HONE_CLOCK_TEXT_SIZE];
    (void)config;
    int64_t now_ms = hone_clock_unix_ms();
    hone_clock_format_unix_ms(now, now_ms);
    if (now_ms < CLOCK_MIN_MS) {
        set(out, LEVEL_FAIL, "the clock says %s, which is before hone was made", now);
        set_remedy(out, "set the clock; ids of calls and the audit log contain the time");
    } else {
        set(out, LEVEL_OK, "%s", now);
    }
}

static void check_blas(const struct hone_config *config, struct finding *out)
{
    struct hone_error err;
    (void)config;
    if (hone_blas_init(&err) != 0) {
        set(out, LEVEL_OK, "OpenBLAS is not there; only benchmarks use it");
        return;
    }
    int n_threads = hone_blas_n_threads();
    if (n_threads == 1) {
        set(out, LEVEL_OK, "OpenBLAS runs on the calling thread");
    } else {
        set(out, LEVEL_WARN, "OpenBLAS uses %d threads, so sums may not repeat",
            n_threads);
        set_remedy(out, "set OPENBLAS_NUM_THREADS=1");
    }
}

static bool has_server(const struct hone_config *config)
{
    struct hone_client *client = NULL;
    char *path = hone_app_control_path(config->data);
    int code = hone_client_connect(&client, path, NULL);
    hone_client_destroy(client);
    free(path);
    return code == 0;
}

/* 0, or the errno value of what failed; EINVAL for something that is no address. */
static int try_to_bind(const char *address)
{
    struct addrinfo wanted = {.ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char *host = hone_alloc_text(address);
    char *colon = strrchr(host, ':');
    int errno_value = EINVAL;
    if (colon == NULL) {
        free(host);
        return EINVAL;
    }
    *colon = '\0';
    size_t len = strlen(host);
    bool bracketed = len >= 2 && host[0] == '[' && host[len - 1] == ']';
    if (bracketed) {
        host[len - 1] = '\0';
    }
    if (getaddrinfo(bracketed ? host + 1 : host, colon + 1, &wanted, &found) == 0) {
        int on = 1;
        int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        bool good = descriptor >= 0 &&
                    bind(descriptor, found->ai_addr, found->ai_addrlen) == 0 &&
                    listen(descriptor, 1) == 0;
        errno_value = good ? 0 : errno;
        if (descriptor >= 0) {
            close(descriptor);
        }
        freeaddrinfo(found);
    }
    free(host);
    return errno_value;
}

static void check_port(const struct hone_config *config, struct finding *out)
{
    const char *address = config->http != NULL ? config->http : DEFAULT_HTTP;
    int errno_value = try_to_bind(address);
    if (errno_value == 0) {
        set(out, LEVEL_OK, "%s is free", address);
    } else if (errno_value == EADDRINUSE && has_server(config)) {
        set(out, LEVEL_OK, "%s is in use, and a server of this data folder is running",
            address);
    } else {
        set(out, LEVEL_WARN, "cannot listen on %s: %s", address, strerror(errno_value));
        set_remedy(out, "choose another with --http HOST:PORT; port 0 takes a free one");
    }
}

static void check_skills(const struct hone_config *config, struct finding *out)
{
    struct hone_registry *registry = hone_registry_create();
    struct hone_error err;
    int code = 0;
    for (size_t i = 0; i < config->n_skills && code == 0; i++) {
        code = hone_registry_load(registry, config->skills[i], &err);
    }
    if (config->n_skills == 0) {
        set(out, LEVEL_WARN, "no skills folder is named");
        set_remedy(out, "hone doctor --skills DIR");
    } else if (code != 0) {
        set_error(out, LEVEL_FAIL, &err);
    } else if (hone_registry_n_failures(registry) > 0) {
        set_error(out, LEVEL_FAIL, &hone_registry_failure(registry, 0)->error);
    } else {
        set(out, LEVEL_OK, "%zu loaded", hone_registry_n(registry));
    }
    hone_registry_destroy(registry);
}

/* How many skills a running server keeps in memory. */
static void check_memory(const struct hone_config *config, struct finding *out)
{
    struct hone_client *client = NULL;
    struct hone_error err;
    json_t *status = NULL;
    bool answered = false;
    char *path = hone_app_control_path(config->data);
    if (hone_client_connect(&client, path, NULL) != 0) {
        set(out, LEVEL_OK, "no server is running");
    } else if (hone_client_request(client, "hone/status", NULL, STATUS_TIMEOUT_MS,
                                   &status, &answered, &err) != 0) {
        set_error(out, LEVEL_WARN, &err);
    } else {
        const json_t *residence = json_object_get(status, "residence");
        set(out, LEVEL_OK, "%lld skills are in memory with %.1f MiB, %lld are cold",
            (long long)json_integer_value(json_object_get(residence, "loaded")),
            (double)json_integer_value(json_object_get(residence, "memory_bytes")) / MIB,
            (long long)json_integer_value(json_object_get(residence, "cold")));
    }
    json_decref(status);
    hone_client_destroy(client);
    free(path);
}

static void check_stdout(const struct hone_config *config, struct finding *out)
{
    struct hone_error err;
    size_t n_answers = 0;
    if (config->n_skills == 0) {
        set(out, LEVEL_WARN, "not tried without skills");
        set_remedy(out, "hone doctor --skills DIR");
        return;
    }
    if (hone_purity_check(&n_answers, config->skills, config->n_skills, &err) != 0) {
        set_error(out, LEVEL_FAIL, &err);
    } else if (n_answers != 2) {
        set(out, LEVEL_FAIL, "hone serve --stdio answered %zu of 2 requests", n_answers);
        set_remedy(out,
                   "run hone serve --stdio --standalone and read what it says on stderr");
    } else {
        set(out, LEVEL_OK, "hone serve --stdio writes messages only");
    }
}

static const struct check checks[] = {
    {"data folder", check_data}, {"disk", check_disk},     {"database", check_sqlite},
    {"clock", check_clock},      {"blas", check_blas},     {"port", check_port},
    {"skills", check_skills},    {"memory", check_memory}, {"stdio", check_stdout},
};

/* ---- report ---- */

static void print_finding(struct hone_output *output, const char *name,
                          const struct finding *finding)
{
    bool color = output->color && output->data_is_terminal;
    (void)fprintf(output->data, "%s%-4s%s  %-11s  ",
                  color ? level_colors[finding->level] : "", level_names[finding->level],
                  color ? "\033[0m" : "", name);
    hone_output_plain(output->data, finding->text);
    (void)fputc('\n', output->data);
    if (finding->remedy[0] != '\0') {
        (void)fprintf(output->data, "      %-11s  -> %s\n", "", finding->remedy);
    }
    (void)fflush(output->data);
}

static enum level run_checks(struct hone_output *output, const struct hone_config *config,
                             json_t *list)
{
    enum level worst = LEVEL_OK;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        struct finding finding = {0};
        checks[i].run(config, &finding);
        worst = finding.level > worst ? finding.level : worst;
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s}", "check", checks[i].name,
                                        "level", level_names[finding.level], "text",
                                        finding.text, "remedy", finding.remedy));
        if (!output->json) {
            print_finding(output, checks[i].name, &finding);
        }
    }
    return worst;
}

int hone_command_doctor(const struct hone_command_input *input)
{
    struct hone_config config;
    struct hone_error err;
    hone_config_init(&config);
    int code = hone_arguments_check_words(input->arguments, 0, 0, input->usage, &err);
    if (code == 0) {
        hone_config_finish(&config);
        code = hone_place_read(&config, input->arguments, &err);
    }
    if (code == 0) {
        code = hone_config_finalize(&config, &err);
    }
    int exit_code = hone_output_exit_code(code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else {
        json_t *list = json_array();
        enum level worst = run_checks(input->output, &config, list);
        json_t *document =
            json_pack("{s:s, s:o}", "level", level_names[worst], "checks", list);
        if (input->output->json) {
            hone_output_json(input->output, document);
        }
        json_decref(document);
        exit_code = worst == LEVEL_FAIL ? HONE_OUTPUT_FAILED : HONE_OUTPUT_OK;
    }
    hone_config_finish(&config);
    return exit_code;
}
