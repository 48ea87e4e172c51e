/* What the log says, in the form that learning reads. The server makes these from
 * the store's records; skills/ knows no store. Thread: any; all pointers are
 * borrowed for the call. */
#ifndef HONE_SKILLS_EVENT_H
#define HONE_SKILLS_EVENT_H

#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_label_offers;

enum hone_event_kind {
    HONE_EVENT_FEEDBACK,
    HONE_EVENT_GATE,
    HONE_EVENT_PACKAGE,
    HONE_EVENT_HOLD,
};

enum hone_feedback_kind {
    HONE_FEEDBACK_LABEL,
    HONE_FEEDBACK_REWARD,
    HONE_FEEDBACK_CORRECTION,
    HONE_FEEDBACK_COMMENT,
    HONE_FEEDBACK_VALUE,
    HONE_FEEDBACK_CHOICE,
    HONE_FEEDBACK_ORDER,
};

#define HONE_FEEDBACK_REWARD_MIN 0.0
#define HONE_FEEDBACK_REWARD_MAX 1.0
#define HONE_FEEDBACK_WEIGHT_MAX 100.0

/* What somebody says of a call. */
struct hone_feedback {
    enum hone_feedback_kind kind;
    /* Label, correction or choice; of a value, the number's JSON text; the ids of an order,
     * best first, each on a line of its own; all labels of a set, each with a newline behind it
     * ("\n": none); of a reward the label that it is about, or nothing. */
    struct hone_span value;
    struct hone_span comment;
    double reward; /* in [REWARD_MIN, REWARD_MAX], or what the kind takes */
    double weight; /* 1 for ordinary */
    /* To check it only: JSON text of the call's arguments as recorded. */
    struct hone_span call_input;
    /* Likewise: new labels that are on their way; those of a good feedback are added. NULL: none
     * are known of. */
    struct hone_label_offers *offers;
};

struct hone_event {
    uint64_t position;
    enum hone_event_kind kind;
    /* feedback: */
    struct hone_feedback feedback;
    const json_t *input;     /* the call's arguments as recorded: an object */
    struct hone_span output; /* the call's answer */
    struct hone_span source; /* who gave the feedback */
    bool is_repeated;        /* the call had feedback before: no evidence any more */
    bool is_demonstration;   /* there was no call: the input came with the feedback */
    bool is_barred;          /* taught only: never evidence */
    /* gate, package, hold: */
    const json_t *body;
    const char
        *pinned_path; /* hold: tensors file of the version that is pinned; or NULL */
};

#endif
