/* Whose records count as evidence: no source gives more than its share of it.
 *
 * A source that agrees with itself, rightly or not, would otherwise decide alone what is
 * good. With n records taken so far since the anchor, n_s of them from source s, of k
 * sources, the next one from s is taken if
 *
 *   n_s <= max(max_share, 1 / k) n
 *
 * (k sources can always give 1 / k each). A record is taken whole or not at all, and that is decided
 * before its losses are known: so the tests by betting (betting.h) stay valid. While there is
 * one source only, all it says is taken: there is nobody else to ask.
 *
 * Sources are known by a hash of their names; beyond SOURCES_MAX the further ones count as
 * one. `struct hone_evidence_share` is part of a skill's saved state; zeroed memory has
 * seen nothing. Pure; thread: any. */
#ifndef HONE_OPTIM_EVIDENCE_SHARE_H
#define HONE_OPTIM_EVIDENCE_SHARE_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_EVIDENCE_SHARE_SOURCES_MAX 32

struct hone_evidence_source {
    uint64_t key; /* 63 bits of the SHA-256 of the name; 0: all further ones */
    uint64_t n;   /* records taken, at least 1 */
};

struct hone_evidence_share {
    uint32_t n_sources;
    struct hone_evidence_source sources[HONE_EVIDENCE_SHARE_SOURCES_MAX];
};

uint64_t hone_evidence_share_key(struct hone_span name);
/* Is a record of this source taken? If so, it is counted. max_share in (0, 1]. */
bool hone_evidence_share_take(struct hone_evidence_share *share, uint64_t key,
                              double max_share);
/* Such as take could make it? */
bool hone_evidence_share_is_valid(const struct hone_evidence_share *share);

#endif
