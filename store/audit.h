/* The audit chain of a skill: one row per transition,
 *
 *     hash(n) = SHA-256("hone-audit-v1" || hash(n - 1) || detail(n)),   hash(0) = 32 zero
 * bytes
 *
 * detail is JSON with sorted keys and without white space; the bytes that were hashed
 * are the bytes that are stored, so that checking never depends on a serialiser.
 * Thread: any; pure. */
#ifndef HONE_STORE_AUDIT_H
#define HONE_STORE_AUDIT_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "store/store.h"

/* What a transition has done. */
struct hone_audit_entry {
    uint64_t number; /* of the row, from 1 */
    const struct hone_store_transition *transition;
    const struct hone_store_skill *skill;         /* as it is afterwards */
    const struct hone_store_version *new_version; /* as stored; NULL: none */
    uint64_t event_position;                      /* 0: none */
};

/* free() *out. HONE_E_INVALID when a text is not UTF-8, HONE_E_NOMEM. */
int hone_audit_format(char **out, const struct hone_audit_entry *entry,
                      struct hone_error *err) HONE_MUST_USE;
struct hone_digest hone_audit_hash(struct hone_digest previous, struct hone_span detail);

struct hone_audit_chain {
    uint64_t n_rows; /* checked so far */
    struct hone_digest hash;
};
/* Checks the next row and moves the chain on; a zeroed chain is before the first row.
 * HONE_E_CORRUPT names the row. */
int hone_audit_check(struct hone_audit_chain *chain, int64_t skill_id,
                     const struct hone_store_audit *row,
                     struct hone_error *err) HONE_MUST_USE;

#endif
