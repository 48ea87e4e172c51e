#include "bench/support/load.h"

#include "bench/support/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void become_mcpload(const char *const *words, int out)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(out, STDOUT_FILENO) >= 0) {
        execv(words[0], (char *const *)(uintptr_t)words);
    }
    _exit(127);
}

void hone_load_start(struct hone_load *out, const char *const *words)
{
    int ends[2];
    hone_fail_unless(pipe2(ends, O_CLOEXEC) == 0, "no pipe could be made");
    out->pid = fork();
    if (out->pid == 0) {
        become_mcpload(words, ends[1]);
    }
    hone_fail_unless(out->pid > 0, "no process could be started");
    (void)close(ends[1]);
    out->out = ends[0];
}

bool hone_load_is_running(const struct hone_load *load)
{
    struct pollfd entry = {.fd = load->out, .events = POLLIN};
    return poll(&entry, 1, 0) == 0;
}

json_t *hone_load_finish(struct hone_load *load)
{
    int status = 0;
    FILE *file = fdopen(load->out, "r");
    json_t *line = file != NULL ? json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    if (file == NULL || line == NULL) {
        hone_fail("mcpload printed no figures");
    }
    (void)fclose(file);
    while (waitpid(load->pid, &status, 0) < 0 && errno == EINTR) {
    }
    const json_t *wrong = json_object_get(line, "first_error");
    if (status != 0) {
        hone_fail("mcpload: %s", wrong != NULL ? json_string_value(wrong) : "failed");
    }
    return line;
}

double hone_load_figure(const json_t *line, const char *name)
{
    const json_t *value = json_object_get(line, name);
    if (!json_is_number(value)) {
        hone_fail("mcpload says nothing of %s", name);
    }
    return json_number_value(value);
}
