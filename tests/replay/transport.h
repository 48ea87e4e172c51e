/* Four ways to bring a message to the server and its answer back. Each starts a server of
 * its own on a fresh data folder. Thread: main; blocks. */
#ifndef HONE_TESTS_REPLAY_TRANSPORT_H
#define HONE_TESTS_REPLAY_TRANSPORT_H

#include "tests/replay/transcript.h"

struct transport;

struct transport_kind {
    const char *name;
    struct transport *(*start)(const struct transcript *transcript, const char *data);
    /* Sends and, when an answer is wanted, waits for it; free() the answer. Without one
     * wanted returns NULL, or what came at once although nothing should. *http_status is
     * set by HTTP alone. */
    char *(*exchange)(struct transport *transport, const struct transcript_step *step,
                      const char *message, int *http_status);
    /* Ends the server; false when it did not end well. */
    bool (*stop)(struct transport *transport);
};

extern const struct transport_kind transport_loopback, transport_stdio, transport_relay,
    transport_http;

/* The folder of skills that transcripts speak of; free() it. */
char *transport_skills(void);
/* Prints why and ends the program. */
_Noreturn void transport_fail(const char *what);

#endif
