/* Messages as lines through the program's stdin and stdout. */
#include "tests/replay/transport.h"

#include "base/alloc.h"
#include "tests/replay/child.h"

#include <stdlib.h>
#include <string.h>

struct transport {
    struct child child;
};

static struct transport *start(const struct transcript *transcript, const char *data)
{
    static const char *const arguments[] = {"--stdio", NULL};
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

const struct transport_kind transport_stdio = {"stdio", start, exchange, stop};
