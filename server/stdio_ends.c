#include "server/stdio_ends.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool can_be_polled(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) &&
           !(S_ISCHR(st.st_mode) && isatty(fd) == 0);
}

/* Takes stdout for the protocol; returns its private descriptor or -1. */
static int take_stdout(void)
{
    int kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (kept >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        (void)close(kept);
        return -1;
    }
    return kept;
}

int hone_stdio_ends_take(struct hone_stdio_ends *ends, struct hone_error *err)
{
    int out = take_stdout();
    int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (out < 0 || in < 0) {
        return hone_error_set(err, HONE_E_IO,
                              "stdin and stdout must be open in stdio mode");
    }
    *ends = (struct hone_stdio_ends){.in = in, .out = out, .polled = can_be_polled(in)};
    return 0;
}
