/* A demonstration: a feedback that brings its own input instead of naming a call. Its form
 * in the store's log is one JSON text, in the place of the feedback's value:
 *
 *   {"input":{...},"kind":"label","value":"x"[,"output":"y"][,"barred":true]}
 *
 * with the input as calls record it, and what is said of it in the form of an ordinary
 * feedback of that kind. Thread: any; pure. */
#ifndef HONE_SERVER_DEMONSTRATION_H
#define HONE_SERVER_DEMONSTRATION_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "skills/event.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

struct hone_demonstration {
    struct hone_span input; /* JSON text of an object */
    enum hone_store_feedback_kind kind;
    struct hone_span value, output;
    bool is_barred; /* taught only: never evidence */
};

/* HONE_E_LIMIT when the arena is full. */
int hone_demonstration_write(struct hone_span *out, struct hone_arena *arena,
                             const struct hone_demonstration *demonstration,
                             struct hone_error *err) HONE_MUST_USE;

/* Completes event, made of a stored demonstration, by what its value says; event->input,
 * value and output borrow from *parsed, a new reference. HONE_E_CORRUPT. */
int hone_demonstration_read(struct hone_event *event, json_t **parsed,
                            struct hone_span value, struct hone_error *err) HONE_MUST_USE;

/* The id that stands for the call of a demonstration with a name: of a row of a file that of
 * its text, so that what repeats a text counts as repeated; else the idempotency key, so
 * that the same key of the same source is found again. */
struct hone_uuid hone_demonstration_id(int64_t skill_id, struct hone_span source,
                                       struct hone_span name);

#endif
