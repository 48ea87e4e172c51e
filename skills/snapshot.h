/* A snapshot: the immutable form of a skill's state that calls read.
 *
 * Counted. Only the loop turns "the current snapshot of a skill" into a reference and
 * only the loop publishes; any thread may give a reference back. */
#ifndef HONE_SKILLS_SNAPSHOT_H
#define HONE_SKILLS_SNAPSHOT_H

#include "base/attr.h"
#include "skills/kind.h"

#include <stdatomic.h>
#include <stdint.h>

struct hone_snapshot {
    _Atomic uint32_t n_refs;
    const struct hone_kind *kind;
    void *view;               /* owned reference, or NULL for kinds that do not learn */
    uint32_t version;         /* the last gated version: the anchor */
    uint64_t learned_through; /* log position that is in it, increments included */
};

/* Takes the reference to view. One reference for the caller. */
struct hone_snapshot *hone_snapshot_create_take(const struct hone_kind *kind, void *view,
                                                uint32_t version,
                                                uint64_t learned_through) HONE_MUST_USE;
struct hone_snapshot *hone_snapshot_ref(struct hone_snapshot *snapshot); /* loop */
void hone_snapshot_unref(struct hone_snapshot *snapshot); /* any; accepts NULL */

#endif
