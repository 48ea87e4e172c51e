/* What is held back of a skill on somebody's order, as the "hold" events of its log say:
 *
 *   {"action":"freeze",
 *    "frozen":{"actor":..., "reason":..., "since":..., "after":...} | null,
 *    "pinned":{"actor":..., "reason":..., "since":..., "version":..., "position":...,
 *              "tensors":...} | null}
 *
 * Each event says all that is held from then on, so the newest one before a position tells
 * what was held there. Thread: any. */
#ifndef HONE_SKILLS_HOLD_H
#define HONE_SKILLS_HOLD_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_hold {
    bool is_frozen;  /* nothing is learnt */
    uint32_t pinned; /* the version that answers, whatever is learnt; 0: none */
    struct hone_digest pinned_tensors;
    uint64_t pinned_position; /* that the version has learnt through */
};

/* The body of an event; NULL: there was none yet, so nothing is held. HONE_E_CORRUPT. */
int hone_hold_read(struct hone_hold *out, const json_t *body,
                   struct hone_error *err) HONE_MUST_USE;

#endif
