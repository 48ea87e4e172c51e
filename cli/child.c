#include "cli/child.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/client.h"
#include "server/app.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_MS   20000
#define REQUEST_TIMEOUT_MS 10000
#define POLL_MS            10
#define LOG_BYTES_MAX      (16u * 1024 * 1024)
#define LOG_TAIL_BYTES     300u
#define EXIT_NOT_STARTED   127

void hone_child_init(struct hone_child *child, const char *data, char *const *skills,
                     size_t n_skills)
{
    *child = (struct hone_child){.data = data, .skills = skills, .n_skills = n_skills};
    child->log_path = hone_alloc_format("%s/serve.log", data);
}

void hone_child_finish(struct hone_child *child)
{
    hone_child_kill(child);
    free(child->log_path);
    *child = (struct hone_child){0};
}

static char **make_arguments(const struct hone_child *child)
{
    size_t n = 0;
    char **arguments = hone_alloc_zeroed(2 * child->n_skills + 8, sizeof *arguments);
    arguments[n++] = hone_alloc_text("hone");
    arguments[n++] = hone_alloc_text("serve");
    arguments[n++] = hone_alloc_text("--http");
    arguments[n++] = hone_alloc_text("127.0.0.1:0");
    arguments[n++] = hone_alloc_text("--data");
    arguments[n++] = hone_alloc_text(child->data);
    for (size_t i = 0; i < child->n_skills; i++) {
        arguments[n++] = hone_alloc_text("--skills");
        arguments[n++] = hone_alloc_text(child->skills[i]);
    }
    return arguments;
}

static void free_arguments(char **arguments)
{
    for (size_t i = 0; arguments[i] != NULL; i++) {
        free(arguments[i]);
    }
    free(arguments);
}

/* Between fork and exec only calls that are safe in a signal handler. */
HONE_NORETURN static void become_server(char **arguments, int log, int null, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    /* Ctrl-C at the terminal is for the parent, who then stops the child in order. */
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() != parent || dup2(null, STDIN_FILENO) < 0 ||
        dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) {
        _exit(EXIT_NOT_STARTED);
    }
    execv("/proc/self/exe", arguments);
    _exit(EXIT_NOT_STARTED);
}

static int spawn(struct hone_child *child, struct hone_error *err)
{
    int code = 0;
    int null = -1;
    char **arguments = make_arguments(child);
    int log = open(child->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log >= 0) {
        null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (log < 0 || null < 0) {
        code = hone_error_set_errno(err, errno, "cannot open %s", child->log_path);
        goto out;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become_server(arguments, log, null, parent);
    }
    if (pid < 0) {
        code = hone_error_set_errno(err, errno, "cannot start a process");
        goto out;
    }
    child->pid = pid;
out:
    if (null >= 0) {
        close(null);
    }
    if (log >= 0) {
        close(log);
    }
    free_arguments(arguments);
    return code;
}

int hone_child_report_end(const struct hone_child *child, const char *what,
                          struct hone_error *err)
{
    char *log = NULL;
    size_t len = 0;
    (void)hone_error_set(err, HONE_E_CLOSED, "%s", what);
    if (hone_file_read(&log, &len, child->log_path, LOG_BYTES_MAX, NULL) == 0) {
        while (len > 0 && log[len - 1] == '\n') {
            log[--len] = '\0';
        }
        char *tail = len > LOG_TAIL_BYTES ? log + len - LOG_TAIL_BYTES : log;
        hone_text_make_plain(tail, strlen(tail));
        (void)hone_error_set(err, HONE_E_CLOSED, "%s: %s", what, tail);
        free(log);
    }
    return HONE_E_CLOSED;
}

/* Has the child ended? Collects it if so. */
static bool has_ended(struct hone_child *child)
{
    int status = 0;
    if (waitpid(child->pid, &status, WNOHANG) != child->pid) {
        return false;
    }
    child->pid = 0;
    return true;
}

static int wait_until_ready(struct hone_child *child, struct hone_error *err)
{
    uint64_t deadline_us = hone_clock_monotonic_us() + START_TIMEOUT_MS * UINT64_C(1000);
    while (hone_clock_monotonic_us() < deadline_us) {
        json_t *status = NULL;
        if (has_ended(child)) {
            return hone_child_report_end(child, "the server ended before it was ready",
                                         err);
        }
        if (hone_child_request(child, "hone/status", NULL, &status, err) == 0) {
            const char *url = json_string_value(json_object_get(status, "http"));
            child->url = url != NULL ? hone_alloc_text(url) : NULL;
            json_decref(status);
            return child->url != NULL
                       ? 0
                       : hone_error_set(err, HONE_E_CORRUPT,
                                        "the server does not tell its URL");
        }
        (void)poll(NULL, 0, POLL_MS);
    }
    hone_child_kill(child);
    (void)hone_error_set(err, HONE_E_AGAIN, "the server was not ready within %d s",
                         START_TIMEOUT_MS / 1000);
    return hone_error_hint(err, "see %s", child->log_path);
}

int hone_child_start(struct hone_child *child, struct hone_error *err)
{
    HONE_REQUIRE(child->pid == 0);
    int code = hone_file_make_folder(child->data, 0700, err);
    if (code == 0) {
        code = spawn(child, err);
    }
    if (code == 0) {
        code = wait_until_ready(child, err);
    }
    return code;
}

static int collect(struct hone_child *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    child->pid = 0;
    free(child->url);
    child->url = NULL;
    return status;
}

void hone_child_kill(struct hone_child *child)
{
    if (child->pid > 0) {
        (void)kill(child->pid, SIGKILL);
        (void)collect(child);
    }
    free(child->url);
    child->url = NULL;
}

int hone_child_stop(struct hone_child *child, int timeout_ms)
{
    if (child->pid <= 0) {
        return 0;
    }
    (void)kill(child->pid, SIGTERM);
    uint64_t deadline_us = hone_clock_monotonic_us() + (uint64_t)timeout_ms * 1000;
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid == child->pid) {
            return collect(child);
        }
        if (hone_clock_monotonic_us() >= deadline_us) {
            (void)kill(child->pid, SIGKILL);
            return collect(child);
        }
        (void)poll(NULL, 0, POLL_MS);
    }
}

int hone_child_request(const struct hone_child *child, const char *method,
                       const json_t *params, json_t **result, struct hone_error *err)
{
    struct hone_client *client = NULL;
    bool answered = false;
    char *path = hone_app_control_path(child->data);
    int code = hone_client_connect(&client, path, err);
    if (code == 0) {
        code = hone_client_request(client, method, params, REQUEST_TIMEOUT_MS, result,
                                   &answered, err);
    }
    hone_client_destroy(client);
    free(path);
    return code;
}
