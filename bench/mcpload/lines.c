#include "bench/mcpload/lines.h"

#include "bench/mcpload/request.h"
#include "bench/mcpload/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES_MAX (256U * 1024 * 1024)
#define READ_BYTES       (64U * 1024)
#define PIPE_BYTES       (1024 * 1024)
#define STOP_ROUNDS      400 /* of 5 ms; SIGTERM after half of them */

HONE_NORETURN static void become_server(const struct hone_options *options, int in,
                                        int out)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        (!options->show_stderr && dup2(null, STDERR_FILENO) < 0)) {
        _exit(127);
    }
    hone_tally_pin(options->server_cpu);
    execvp(options->command[0], options->command);
    _exit(127);
}

void hone_lines_start(struct hone_lines *out, const struct hone_options *options)
{
    int in[2], back[2];
    *out = (struct hone_lines){0};
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(back, O_CLOEXEC) != 0) {
        hone_request_give_up("pipe: %s", strerror(errno));
    }
    out->pid = fork();
    if (out->pid < 0) {
        hone_request_give_up("fork: %s", strerror(errno));
    }
    if (out->pid == 0) {
        become_server(options, in[0], back[1]);
    }
    (void)close(in[0]);
    (void)close(back[1]);
    out->in = in[1];
    out->out = back[0];
    (void)fcntl(out->in, F_SETFL, O_NONBLOCK);
    (void)fcntl(out->out, F_SETFL, O_NONBLOCK);
    (void)fcntl(out->in, F_SETPIPE_SZ, PIPE_BYTES);
    (void)fcntl(out->out, F_SETPIPE_SZ, PIPE_BYTES);
    hone_buf_init(&out->to, BUFFER_BYTES_MAX);
    hone_buf_init(&out->from, BUFFER_BYTES_MAX);
}

void hone_lines_stop(struct hone_lines *lines)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    bool ended = false;
    (void)close(lines->in);
    for (int i = 0; i < STOP_ROUNDS && !ended; i++) {
        if (i == STOP_ROUNDS / 2) {
            (void)kill(lines->pid, SIGTERM);
        }
        ended = waitpid(lines->pid, NULL, WNOHANG) == lines->pid;
        if (!ended) {
            (void)nanosleep(&pause, NULL);
        }
    }
    if (!ended) {
        (void)kill(lines->pid, SIGKILL);
        (void)waitpid(lines->pid, NULL, 0);
    }
    (void)close(lines->out);
    hone_buf_finish(&lines->to);
    hone_buf_finish(&lines->from);
}

void hone_lines_write(struct hone_lines *lines)
{
    while (lines->to_used < lines->to.len) {
        ssize_t n = write(lines->in, lines->to.data + lines->to_used,
                          lines->to.len - lines->to_used);
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n < 0 && errno != EINTR) {
            hone_request_give_up("write to the server: %s", strerror(errno));
        }
        lines->to_used += n > 0 ? (size_t)n : 0;
    }
    hone_buf_clear(&lines->to);
    lines->to_used = 0;
}

bool hone_lines_read(struct hone_lines *lines, struct hone_tally *tally)
{
    hone_buf_consume(&lines->from, lines->from_used);
    lines->from_used = 0;
    char *place = hone_buf_reserve(&lines->from, READ_BYTES);
    if (place == NULL) {
        hone_request_give_up("an answer has no end");
    }
    ssize_t n = read(lines->out, place, READ_BYTES);
    if (n > 0) {
        hone_buf_grow(&lines->from, (size_t)n);
        tally->n_bytes += (uint64_t)n;
        return true;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        hone_request_give_up("the server closed its output");
    }
    return false;
}

bool hone_lines_next(struct hone_span *out, struct hone_lines *lines)
{
    size_t rest = lines->from.len - lines->from_used;
    if (rest == 0) {
        return false;
    }
    const char *line = lines->from.data + lines->from_used;
    const char *end = rest > lines->searched
                          ? memchr(line + lines->searched, '\n', rest - lines->searched)
                          : NULL;
    if (end == NULL) {
        lines->searched = rest;
        return false;
    }
    *out = hone_span_of(line, (size_t)(end - line));
    lines->from_used += out->len + 1;
    lines->searched = 0;
    return true;
}

void hone_lines_wait(const struct hone_lines *lines, uint64_t until_ns)
{
    struct pollfd entries[2] = {{.fd = lines->out, .events = POLLIN},
                                {.fd = lines->in, .events = POLLOUT}};
    uint64_t now_ns = hone_tally_now_ns();
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec left = {.tv_sec = (time_t)(left_ns / 1000000000u),
                            .tv_nsec = (long)(left_ns % 1000000000u)};
    (void)ppoll(entries, lines->to_used < lines->to.len ? 2 : 1, &left, NULL);
}

void hone_lines_until(struct hone_lines *lines, struct hone_tally *tally, int64_t id,
                      double timeout_s)
{
    uint64_t deadline_ns = hone_tally_now_ns() + (uint64_t)(timeout_s * 1e9);
    for (;;) {
        struct hone_span line;
        hone_lines_write(lines);
        while (hone_lines_next(&line, lines)) {
            struct hone_walk message;
            if (hone_walk_message(&message, line) && message.has_id &&
                !message.has_method && message.id == id) {
                if (message.result.len == 0) {
                    hone_request_give_up("the server answered %.*s",
                                         line.len > 300 ? 300 : (int)line.len, line.data);
                }
                return;
            }
        }
        if (!hone_lines_read(lines, tally)) {
            if (hone_tally_now_ns() > deadline_ns) {
                hone_request_give_up("timeout waiting for the server");
            }
            hone_lines_wait(lines, deadline_ns);
        }
    }
}
