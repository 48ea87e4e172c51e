#include "cli/purity.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/scratch.h"
#include "schema/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS       15000
#define OUTPUT_BYTES_MAX (16u * 1024 * 1024)
#define READ_BYTES       65536u

static const char requests[] =
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
    "\"protocolVersion\":"
    "\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"hone "
    "doctor\",\"version\":\"1\"}"
    "}}\n"
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n";

/* A server and the ends of its stdin and stdout; -1 when closed. */
struct server {
    pid_t pid;
    int in, out;
};

int hone_purity_check_lines(size_t *n_answers, const char *data, size_t len,
                            struct hone_error *err)
{
    size_t n = 0;
    while (len > 0) {
        const char *end = memchr(data, '\n', len);
        size_t line_len = end != NULL ? (size_t)(end - data) : len;
        json_t *message = NULL;
        int code = hone_json_parse(&message, hone_span_of(data, line_len), NULL);
        const json_t *version = json_object_get(message, "jsonrpc");
        bool good = code == 0 && end != NULL && json_is_string(version);
        n += good && json_object_get(message, "result") != NULL ? 1 : 0;
        json_decref(message);
        if (!good) {
            struct hone_span shown = hone_text_prefix(hone_span_of(data, line_len), 80);
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "stdout carries something that is no message: %.*s",
                                  (int)shown.len, shown.data);
        }
        data += line_len + 1;
        len -= line_len + 1;
    }
    *n_answers = n;
    return 0;
}

static char **make_arguments(const char *data, char *const *skills, size_t n_skills)
{
    size_t n = 0;
    char **arguments = hone_alloc_zeroed(2 * n_skills + 8, sizeof *arguments);
    arguments[n++] = hone_alloc_text("hone");
    arguments[n++] = hone_alloc_text("serve");
    arguments[n++] = hone_alloc_text("--stdio");
    arguments[n++] = hone_alloc_text("--standalone");
    arguments[n++] = hone_alloc_text("--data");
    arguments[n++] = hone_alloc_text(data);
    for (size_t i = 0; i < n_skills; i++) {
        arguments[n++] = hone_alloc_text("--skills");
        arguments[n++] = hone_alloc_text(skills[i]);
    }
    return arguments;
}

static int spawn_with(struct server *server, char **arguments, int child_in,
                      int child_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, child_in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, child_out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int errno_value =
        posix_spawn(&server->pid, "/proc/self/exe", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return errno_value;
}

static int spawn(struct server *server, char **arguments, struct hone_error *err)
{
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    int errno_value = 0;
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        errno_value = errno;
    } else {
        errno_value = spawn_with(server, arguments, in[0], out[1]);
    }
    for (int i = 0; i < 2; i++) {
        bool keep_in = errno_value == 0 && i == 1;
        bool keep_out = errno_value == 0 && i == 0;
        if (in[i] >= 0 && !keep_in) {
            close(in[i]);
        }
        if (out[i] >= 0 && !keep_out) {
            close(out[i]);
        }
    }
    if (errno_value != 0) {
        return hone_error_set_errno(err, errno_value, "cannot start hone serve --stdio");
    }
    server->in = in[1];
    server->out = out[0];
    return 0;
}

static int read_all(int descriptor, struct hone_buf *out, struct hone_error *err)
{
    uint64_t deadline_us = hone_clock_monotonic_us() + TIMEOUT_MS * UINT64_C(1000);
    for (;;) {
        struct pollfd entry = {.fd = descriptor, .events = POLLIN};
        uint64_t now_us = hone_clock_monotonic_us();
        if (now_us >= deadline_us ||
            poll(&entry, 1, (int)((deadline_us - now_us) / 1000)) == 0) {
            return hone_error_set(err, HONE_E_AGAIN, "the server did not end within %d s",
                                  TIMEOUT_MS / 1000);
        }
        char *place = hone_buf_reserve(out, READ_BYTES);
        ssize_t n = place != NULL ? read(descriptor, place, READ_BYTES) : -1;
        if (place == NULL || (n < 0 && errno != EINTR)) {
            return hone_error_set(err, HONE_E_IO, "cannot read the server's answers");
        }
        if (n == 0) {
            return 0;
        }
        hone_buf_grow(out, n > 0 ? (size_t)n : 0);
    }
}

static int talk(size_t *n_answers, struct server *server, struct hone_error *err)
{
    struct hone_buf out;
    hone_buf_init(&out, OUTPUT_BYTES_MAX);
    /* Shorter than a pipe's buffer: cannot block. */
    ssize_t n = write(server->in, requests, sizeof requests - 1);
    close(server->in);
    int code =
        n == (ssize_t)(sizeof requests - 1)
            ? read_all(server->out, &out, err)
            : hone_error_set(err, HONE_E_CLOSED, "the server does not read its stdin");
    if (code == 0) {
        code = hone_purity_check_lines(n_answers, out.data, out.len, err);
    }
    close(server->out);
    if (code != 0) {
        (void)kill(server->pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR) {
    }
    hone_buf_finish(&out);
    return code;
}

int hone_purity_check(size_t *n_answers, char *const *skills, size_t n_skills,
                      struct hone_error *err)
{
    struct server server = {0};
    char *data = NULL;
    char **arguments = NULL;
    int code = hone_scratch_create(&data, err);
    if (code != 0) {
        return code;
    }
    arguments = make_arguments(data, skills, n_skills);
    code = spawn(&server, arguments, err);
    if (code == 0) {
        code = talk(n_answers, &server, err);
    }
    for (size_t i = 0; arguments[i] != NULL; i++) {
        free(arguments[i]);
    }
    free(arguments);
    hone_scratch_remove(data);
    free(data);
    return code;
}
