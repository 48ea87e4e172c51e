/* The new process has the write end of a pipe as its stdout. It writes "ready", or why it
 * cannot serve, and closes it; when it dies before, the end of the pipe tells, and the
 * last line of its log says why. */
#include "server/relay_start.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "server/config_arguments.h"
#include "server/relay_log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM          "/proc/self/exe"
#define SAID_BYTES_MAX   4096U
#define EXIT_NOT_STARTED 127

struct starting {
    uv_pipe_t pipe;
    struct hone_relay_start *start; /* NULL: nobody waits any more */
    char buffer[SAID_BYTES_MAX];
    size_t len;
    size_t log_begin_bytes; /* of the log: what is before is not its own */
};

void hone_relay_start_init(struct hone_relay_start *start, uv_loop_t *loop,
                           const struct hone_config *config,
                           void (*on_result)(void *user, const struct hone_error *err),
                           void *user)
{
    *start = (struct hone_relay_start){
        .config = config, .loop = loop, .on_result = on_result, .user = user, .lock = -1};
}

bool hone_relay_start_is_running(const struct hone_relay_start *start)
{
    return start->starting != NULL;
}

/* ---- who may start ---- */

int hone_relay_start_lock(struct hone_relay_start *start, struct hone_error *err)
{
    if (start->lock >= 0) {
        return 0;
    }
    int code = hone_file_make_folder(start->config->data, 0700, err);
    if (code != 0) {
        return code;
    }
    char *path = hone_alloc_format("%s/START", start->config->data);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        code = hone_error_set_errno(err, errno, "cannot open %s", path);
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        code = errno == EWOULDBLOCK
                   ? hone_error_set(err, HONE_E_BUSY, "another process starts the owner")
                   : hone_error_set_errno(err, errno, "cannot lock %s", path);
        close(fd);
    } else {
        start->lock = fd;
    }
    free(path);
    return code;
}

void hone_relay_start_unlock(struct hone_relay_start *start)
{
    if (start->lock >= 0) {
        close(start->lock);
        start->lock = -1;
    }
}

/* ---- what the new process says ---- */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* The new process goes on, heard or not. */
static void stop_listening(struct hone_relay_start *start)
{
    struct starting *starting = start->starting;
    if (starting != NULL) {
        start->starting = NULL;
        starting->start = NULL;
        uv_close((uv_handle_t *)&starting->pipe, on_closed);
    }
}

static void read_failure(const struct starting *starting, const char *data_folder,
                         struct hone_error *err)
{
    char *line = starting->len > 0
                     ? hone_alloc_bytes(starting->buffer, starting->len)
                     : hone_relay_log_last_line(data_folder, starting->log_begin_bytes);
    if (line != NULL) {
        line[strcspn(line, "\n")] = '\0';
        hone_text_make_plain(line, strlen(line));
    }
    (void)hone_error_set(err, starting->len > 0 ? HONE_E_CLOSED : HONE_E_CANCELLED,
                         "the process for %s did not start: %s", data_folder,
                         line != NULL ? line : "it said nothing");
    free(line);
}

static void end(struct starting *starting)
{
    struct hone_relay_start *start = starting->start;
    struct hone_error err;
    bool ready = starting->len >= strlen(HONE_RELAY_START_READY) &&
                 memcmp(starting->buffer, HONE_RELAY_START_READY,
                        strlen(HONE_RELAY_START_READY)) == 0;
    if (!ready) {
        read_failure(starting, start->config->data, &err);
    }
    stop_listening(start);
    start->on_result(start->user, ready ? NULL : &err);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct starting *starting = handle->data;
    (void)suggested;
    *buf = uv_buf_init(starting->buffer + starting->len,
                       (unsigned)(SAID_BYTES_MAX - starting->len));
}

static void on_read(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
    struct starting *starting = pipe->data;
    (void)buf;
    if (starting->start == NULL) {
        return;
    }
    if (n > 0) {
        starting->len += (size_t)n;
    }
    bool whole = starting->len > 0 && starting->buffer[starting->len - 1] == '\n';
    if (n < 0 || whole || starting->len == SAID_BYTES_MAX) {
        end(starting);
    }
}

/* ---- the new process ---- */

struct plan {
    char **arguments, **environment;
    const char *folder;
    int null, said, log;
};

/* Between fork and exec only calls that are safe in a signal handler. The first child ends
 * at once, so that the second one is nobody's child. */
HONE_NORETURN static void become_owner(const struct plan *plan)
{
    sigset_t none;
    sigemptyset(&none);
    if (setsid() < 0) {
        _exit(EXIT_NOT_STARTED);
    }
    pid_t pid = fork();
    if (pid != 0) {
        _exit(pid > 0 ? 0 : EXIT_NOT_STARTED);
    }
    for (int number = 1; number < NSIG; number++) {
        (void)signal(number, SIG_DFL);
    }
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (chdir(plan->folder) != 0 || dup2(plan->null, STDIN_FILENO) < 0 ||
        dup2(plan->said, STDOUT_FILENO) < 0 || dup2(plan->log, STDERR_FILENO) < 0) {
        _exit(EXIT_NOT_STARTED);
    }
    /* What the client left open in us is not the owner's to keep open. */
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    execve(PROGRAM, plan->arguments, plan->environment);
    _exit(EXIT_NOT_STARTED);
}

static int spawn(const struct plan *plan, struct hone_error *err)
{
    int status = 0;
    sigset_t all, before;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before); /* our handlers are not the child's */
    pid_t pid = fork();
    if (pid == 0) {
        become_owner(plan);
    }
    int errno_value = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        return hone_error_set_errno(err, errno_value, "cannot start a process");
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return 0; /* a failure shows as the end of the pipe */
}

static void listen_to(struct hone_relay_start *start, int fd, int64_t log_bytes)
{
    struct starting *starting = hone_alloc_zeroed(1, sizeof *starting);
    starting->start = start;
    starting->log_begin_bytes = (size_t)log_bytes;
    start->starting = starting;
    (void)uv_pipe_init(start->loop, &starting->pipe, 0);
    starting->pipe.data = starting;
    if (uv_pipe_open(&starting->pipe, fd) != 0 ||
        uv_read_start((uv_stream_t *)&starting->pipe, on_alloc, on_read) != 0) {
        stop_listening(start);
    }
}

static char **make_arguments(const struct hone_config *config)
{
    size_t n = 0;
    char **arguments = hone_config_arguments_make(config);
    while (arguments[n] != NULL) {
        n++;
    }
    arguments = hone_alloc_resize(arguments, n + 2, sizeof *arguments);
    arguments[n] = hone_alloc_text("--background");
    arguments[n + 1] = NULL;
    return arguments;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

int hone_relay_start_run(struct hone_relay_start *start, struct hone_error *err)
{
    int ends[2] = {-1, -1};
    struct plan plan = {.folder = start->config->data, .null = -1, .log = -1};
    struct stat log = {0};
    int code = hone_relay_log_open(&plan.log, start->config->data, err);
    if (code != 0) {
        return code;
    }
    (void)fstat(plan.log, &log);
    plan.arguments = make_arguments(start->config);
    plan.environment = hone_config_arguments_environment();
    plan.null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (plan.null < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        code = hone_error_set_errno(err, errno, "cannot start a process");
    } else {
        plan.said = ends[1];
        code = spawn(&plan, err);
    }
    if (code == 0) {
        listen_to(start, ends[0], log.st_size);
    } else {
        close_if_open(ends[0]);
    }
    close_if_open(ends[1]);
    close_if_open(plan.null);
    close_if_open(plan.log);
    hone_config_arguments_destroy(plan.arguments);
    free(plan.environment);
    return code;
}

void hone_relay_start_finish(struct hone_relay_start *start)
{
    stop_listening(start);
    hone_relay_start_unlock(start);
}
