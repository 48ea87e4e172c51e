#include "tests/replay/child.h"

#include "base/alloc.h"
#include "tests/replay/transport.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX 64
#define READY    "hone "

struct words {
    char *items[ARGS_MAX];
    size_t n;
};

static void add(struct words *words, const char *text)
{
    if (words->n == ARGS_MAX - 1) {
        transport_fail("too many arguments");
    }
    words->items[words->n++] = hone_alloc_text(text);
}

/* "--name-with-dashes=value" */
static void add_option(struct words *words, const char *name, const char *value)
{
    char *option = hone_alloc_format("--%s=%s", name, value);
    for (char *c = option; *c != '='; c++) {
        *c = *c == '_' ? '-' : *c;
    }
    add(words, option);
    free(option);
}

static void make_words(struct words *words, const struct transcript *transcript,
                       const char *data, const char *const *arguments)
{
    const char *build = getenv("HONE_BUILD_DIR");
    char *program = hone_alloc_format("%s/hone", build != NULL ? build : "build");
    char *skills = transport_skills();
    add(words, program);
    add(words, "serve");
    add_option(words, "skills", skills);
    add_option(words, "data", data);
    for (size_t i = 0; i < transcript->n_options; i += 2) {
        add_option(words, transcript->options[i], transcript->options[i + 1]);
    }
    for (size_t i = 0; arguments[i] != NULL; i++) {
        add(words, arguments[i]);
    }
    free(program);
    free(skills);
}

/* In the child: never returns. */
_Noreturn static void become(char **words, int in, int out, int err)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it must not outlive the test */
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(err, STDERR_FILENO) >= 0) {
        (void)execv(words[0], words);
    }
    _exit(127);
}

/* Copies what the child logs, in a process of its own, so that the child never waits for
 * us; it ends with the child. */
static void forward(struct child *child, FILE *from)
{
    if (fork() == 0) {
        char text[4096];
        (void)close(fileno(child->in)); /* or the child would never see its end */
        (void)close(fileno(child->out));
        while (fgets(text, sizeof(text), from) != NULL) {
            (void)fputs(text, stderr);
        }
        _exit(0);
    }
    (void)fclose(from);
}

static void wait_until_ready(struct child *child, int err)
{
    FILE *log = fdopen(err, "r");
    child->where[0] = '\0';
    while (strncmp(child->where, READY, sizeof(READY) - 1) != 0) {
        if (log == NULL || fgets(child->where, sizeof(child->where), log) == NULL) {
            transport_fail("the server ended before it was ready");
        }
        (void)fputs(child->where, stderr);
    }
    forward(child, log);
}

void child_start(struct child *child, const struct transcript *transcript,
                 const char *data, const char *const *arguments)
{
    struct words words = {0};
    int in[2], out[2], err[2];
    make_words(&words, transcript, data, arguments);
    if (pipe2(in, 0) != 0 || pipe2(out, 0) != 0 || pipe2(err, 0) != 0) {
        transport_fail("no pipe could be made");
    }
    (void)fflush(NULL);
    child->pid = fork();
    if (child->pid == 0) {
        (void)close(in[1]);
        (void)close(out[0]);
        (void)close(err[0]);
        become(words.items, in[0], out[1], err[1]);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    (void)close(err[1]);
    child->in = fdopen(in[1], "w");
    child->out = fdopen(out[0], "r");
    wait_until_ready(child, err[0]);
    for (size_t i = 0; i < words.n; i++) {
        free(words.items[i]);
    }
}

bool child_stop(struct child *child, int signal_number)
{
    int status = 0;
    (void)fclose(child->in);
    if (signal_number != 0) {
        (void)kill(child->pid, signal_number);
    }
    bool ended = waitpid(child->pid, &status, 0) == child->pid;
    (void)fclose(child->out);
    while (waitpid(-1, NULL, 0) > 0) { /* the copier of its log */
    }
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
