/* A question of the control socket whose answer takes several short steps: reads on the
 * STORE lane in pages, computing on another, so that calls and learning do not wait.
 * Thread: loop, but for step. */
#ifndef HONE_SERVER_INQUIRY_H
#define HONE_SERVER_INQUIRY_H

#include "base/error.h"
#include "server/exchange.h"
#include "server/worker.h"

#include <jansson.h>

struct hone_inquiry_type {
    /* One short step, on *lane, which it sets for the next one. 1: more; 0: *answer is a
     * new reference; else an error. Sees only self. */
    int (*step)(void *self, enum hone_lane *lane, json_t **answer,
                struct hone_error *err);
    /* On the loop: adds to the answer what only the loop knows. May be NULL. */
    void (*complete)(void *self, struct hone_app *app, json_t *answer);
    /* On the loop, when all is over. */
    void (*destroy)(void *self);
};

/* The first step is on the STORE lane, behind what was handed to it before. Answers and ends the exchange, perhaps after the
 * server began to stop. Takes self. */
void hone_inquiry_start_take(struct hone_exchange *exchange,
                             const struct hone_inquiry_type *type, void *self);
/* hone's own errors travel as -32602 or -32603 with data {"code","hint"}. Ends the
 * exchange. */
void hone_inquiry_refuse(struct hone_exchange *exchange, int code,
                         const struct hone_error *err);

#endif
