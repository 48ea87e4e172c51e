/* A row of a training file: one JSON object on one line, an input and its right answer.
 * docs/offline.md describes the form for people.
 *
 *   {"text": "my card is gone", "label": "card_lost"}
 *   {"input": {"subject": "...", "body": "..."}, "label": "refund", "weight": 2,
 *    "episode": "ticket 4711"}
 *
 * Exactly one of label, labels, value, choice, order, correction and reward; with a reward goes
 * output, the answer that it is for. Thread: any; pure. */
#ifndef HONE_OFFLINE_ROW_H
#define HONE_OFFLINE_ROW_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "skills/event.h"

#include <jansson.h>
#include <stdbool.h>

#define HONE_ROW_NUMBER_BYTES 32
#define HONE_ROW_KEY_BYTES    48
#define HONE_ROW_WEIGHT_MAX   100.0

struct hone_row {
    json_t *item; /* as feedback takes it, without skill and key */
    const json_t *input;
    struct hone_feedback feedback; /* what item says */
    struct hone_span output;
    struct hone_span episode; /* empty: none */
    json_t *root;             /* what the spans borrow from */
    struct hone_buf order;    /* or labels */
    bool is_set;              /* feedback.value is a set of labels */
    char number[HONE_ROW_NUMBER_BYTES];
};

/* HONE_E_INVALID, HONE_E_LIMIT, with the cause. *out must not be moved; it is finished in
 * any case. */
int hone_row_parse(struct hone_row *out, struct hone_span line,
                   struct hone_error *err) HONE_MUST_USE;
void hone_row_finish(struct hone_row *row); /* accepts zeroed memory */

/* Over what the row says: equal rows have equal digests, in whatever order their keys are.
 * run tells trainings on the same rows apart. */
struct hone_digest hone_row_digest(const struct hone_row *row, struct hone_span run);
/* The idempotency key of a row: nth of those that say the same, from 0. */
void hone_row_key(char out[HONE_ROW_KEY_BYTES], struct hone_digest digest, uint32_t nth);
/* A part of a digest, for struct hone_seen. */
uint64_t hone_row_word(struct hone_digest digest);
/* Of the input's text as people would say that two are the same: NFKC, case folded. */
struct hone_digest hone_row_text_digest(const struct hone_row *row);
/* The name of a text in hone/train and hone/known. */
void hone_row_text_key(char out[HONE_ROW_KEY_BYTES], struct hone_digest text);

#endif
