#include "cli/relay.h"

#include "base/alloc.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES 65536u

/* One direction. Reads only when all that was read before is written, so that a slow reader
 * slows its writer down instead of filling memory. */
struct pump {
    int from, to;
    bool ended; /* from has no more */
    size_t len, written;
    char last; /* byte that was written; a message ends with a newline */
    char buffer[BUFFER_BYTES];
};

static bool is_empty(const struct pump *pump)
{
    return pump->written == pump->len;
}

static bool is_temporary(int errno_value)
{
    return errno_value == EINTR || errno_value == EAGAIN;
}

static void fill(struct pump *pump)
{
    ssize_t n = read(pump->from, pump->buffer, BUFFER_BYTES);
    if (n > 0) {
        pump->len = (size_t)n;
        pump->written = 0;
    } else if (n == 0 || !is_temporary(errno)) {
        pump->ended = true;
    }
}

/* False when the other side takes no more. */
static bool drain(struct pump *pump)
{
    size_t left = pump->len - pump->written;
    /* So much a pipe takes without blocking once it is writable. */
    size_t share = left < PIPE_BUF ? left : PIPE_BUF;
    ssize_t n = write(pump->to, pump->buffer + pump->written, share);
    if (n > 0) {
        pump->written += (size_t)n;
        pump->last = pump->buffer[pump->written - 1];
    }
    return n >= 0 || is_temporary(errno);
}

/* What to wait for in one direction; -1 makes poll pass an entry over. */
static void set_entries(struct pollfd entries[2], const struct pump *pump)
{
    bool reads = is_empty(pump) && !pump->ended;
    entries[0] = (struct pollfd){.fd = reads ? pump->from : -1, .events = POLLIN};
    entries[1] = (struct pollfd){.fd = is_empty(pump) ? -1 : pump->to, .events = POLLOUT};
}

/* False when the other side takes no more. */
static bool move(const struct pollfd entries[2], struct pump *pump)
{
    if (entries[0].revents != 0) {
        fill(pump);
    }
    return entries[1].revents == 0 || drain(pump);
}

static bool is_between_messages(const struct pump *pump)
{
    return is_empty(pump) && (pump->last == '\n' || pump->last == '\0');
}

static int report_loss(const struct pump *up, const struct pump *down,
                       struct hone_error *err)
{
    bool between = is_between_messages(up) && is_between_messages(down);
    return hone_error_set(err, between ? HONE_E_AGAIN : HONE_E_CLOSED,
                          "the server that owns the data folder has ended");
}

static int pump_both(struct pump *up, struct pump *down, struct hone_error *err)
{
    bool told = false; /* the owner knows that no more comes */
    for (;;) {
        struct pollfd entries[4];
        if (up->ended && is_empty(up) && !told) {
            (void)shutdown(up->to, SHUT_WR);
            told = true;
        }
        if (down->ended && is_empty(down)) {
            return told ? 0 : report_loss(up, down, err);
        }
        set_entries(entries, up);
        set_entries(entries + 2, down);
        if (poll(entries, 4, -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return hone_error_set_errno(err, errno, "cannot wait for messages");
        }
        if (!move(entries, up)) {
            return hone_error_set(err, HONE_E_CLOSED,
                                  "the server that owns the data folder takes no more");
        }
        if (!move(entries + 2, down)) {
            return 0; /* the client is gone */
        }
    }
}

int hone_relay_run(int in, int out, int owner, struct hone_error *err)
{
    struct pump *pumps = hone_alloc_zeroed(2, sizeof *pumps);
    pumps[0].from = in;
    pumps[0].to = owner;
    pumps[1].from = owner;
    pumps[1].to = out;
    int code = pump_both(&pumps[0], &pumps[1], err);
    free(pumps);
    return code;
}
