#include "bench/support/served.h"

#include "base/alloc.h"
#include "bench/support/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 127

static _Noreturn void become_server(const char *program, char *const *arguments,
                                    const char *log_path)
{
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (log < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) {
        _exit(EXIT_NOT_STARTED);
    }
    execv(program, arguments);
    _exit(EXIT_NOT_STARTED);
}

void hone_served_start_with(struct hone_served *out, const char *program,
                            const char *data, const char *const *more)
{
    enum { N_MORE_MAX = 24 };
    const char *words[N_MORE_MAX + 8] = {"hone", "serve", "--data", data};
    size_t n = 4;
    if (access(program, X_OK) != 0) {
        hone_fail("%s cannot be run", program);
    }
    for (; *more != NULL; more++) {
        hone_fail_unless(n < N_MORE_MAX, "too many words for a server");
        words[n++] = *more;
    }
    char *log_path = hone_alloc_format("%s/serve.log", data);
    out->control_path = hone_alloc_format("%s/hone.sock", data);
    out->mcp_path = hone_alloc_format("%s/bench.sock", data);
    out->pid = fork();
    if (out->pid == 0) {
        become_server(program, (char *const *)(uintptr_t)words, log_path);
    }
    hone_fail_unless(out->pid > 0, "no process could be started");
    free(log_path);
}

void hone_served_start(struct hone_served *out, const char *program, const char *data,
                       const char *skills)
{
    char *socket = hone_alloc_format("%s/bench.sock", data);
    const char *more[] = {"--skills", skills, "--socket", socket, NULL};
    hone_served_start_with(out, program, data, more);
    free(socket);
}

static int collect(struct hone_served *served)
{
    int status = 0;
    while (waitpid(served->pid, &status, 0) < 0) {
        hone_fail_unless(errno == EINTR, "the server is not a child of this process");
    }
    free(served->control_path);
    free(served->mcp_path);
    *served = (struct hone_served){0};
    return status;
}

void hone_served_stop(struct hone_served *served)
{
    (void)kill(served->pid, SIGTERM);
    int status = collect(served);
    hone_fail_unless(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                     "the server did not end in order; see serve.log");
}

void hone_served_kill(struct hone_served *served)
{
    (void)kill(served->pid, SIGKILL);
    (void)collect(served);
}

static uint64_t read_kib(const char *line, const char *key)
{
    size_t len = strlen(key);
    return strncmp(line, key, len) == 0 ? strtoull(line + len, NULL, 10) * 1024 : 0;
}

struct hone_served_memory hone_served_memory(pid_t pid)
{
    struct hone_served_memory memory = {0};
    char line[256];
    char *path = hone_alloc_format("/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    hone_fail_unless(file != NULL, "the server's memory cannot be read in /proc");
    while (fgets(line, sizeof(line), file) != NULL) {
        memory.resident_bytes += read_kib(line, "VmRSS:");
        memory.peak_bytes += read_kib(line, "VmHWM:");
    }
    (void)fclose(file);
    free(path);
    return memory;
}
