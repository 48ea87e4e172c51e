/* Messages as lines through the program's stdin and stdout. */
#include "tests/replay/transport.h"

#include "base/alloc.h"
#include "base/file.h"
#include "tests/replay/child.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define OWNER_END_MS 30000
/* Should the test fail before it stops the owner, that ends by itself. */
#define IDLE_TIMEOUT "--idle-timeout-ms=10000"

struct transport {
    struct child child;
    char *lock; /* file that names the owner, when messages are passed on to one */
};

static struct transport *start_relay(const struct transcript *transcript,
                                     const char *data)
{
    static const char *const arguments[] = {"--stdio", IDLE_TIMEOUT, NULL};
    struct transport *transport = hone_alloc_zeroed(1, sizeof(*transport));
    transport->lock = hone_alloc_format("%s/LOCK", data);
    child_start(&transport->child, transcript, data, arguments);
    return transport;
}

static struct transport *start(const struct transcript *transcript, const char *data)
{
    static const char *const arguments[] = {"--stdio", "--standalone", NULL};
    struct transport *transport = hone_alloc_zeroed(1, sizeof(*transport));
    child_start(&transport->child, transcript, data, arguments);
    return transport;
}

/* An answer that nobody should have given is seen in the place of the next one. */
static char *exchange(struct transport *transport, const struct transcript_step *step,
                      const char *message, int *http_status)
{
    char *line = NULL;
    size_t capacity = 0;
    (void)http_status;
    if (fprintf(transport->child.in, "%s\n", message) < 0 ||
        fflush(transport->child.in) != 0) {
        transport_fail("the server does not read its stdin");
    }
    if (step->answer == NULL) {
        return NULL;
    }
    ssize_t len = getline(&line, &capacity, transport->child.out);
    if (len <= 0) {
        transport_fail("the server ended instead of answering");
    }
    line[len - 1] = '\0';
    return line;
}

static bool stop(struct transport *transport)
{
    bool well = child_stop(&transport->child, 0);
    free(transport);
    return well;
}

/* The owner is nobody's child: its end is told by a descriptor. */
static bool stop_owner(const char *lock)
{
    char *text = NULL;
    struct hone_error err;
    if (hone_file_read(&text, NULL, lock, 64, &err) != 0) {
        transport_fail(err.message);
    }
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    struct pollfd owner = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    bool ended =
        owner.fd >= 0 && kill(pid, SIGTERM) == 0 && poll(&owner, 1, OWNER_END_MS) == 1;
    (void)close(owner.fd);
    free(text);
    return ended;
}

static bool stop_relay(struct transport *transport)
{
    bool well = child_stop(&transport->child, 0);
    well = stop_owner(transport->lock) && well;
    free(transport->lock);
    free(transport);
    return well;
}

const struct transport_kind transport_relay = {"a relay", start_relay, exchange,
                                               stop_relay};
const struct transport_kind transport_stdio = {"stdio", start, exchange, stop};
