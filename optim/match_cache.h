/* Candidates' texts as the encoder sees them, kept by the text itself, so that candidates
 * which come with every call are encoded once.
 *
 * Two generations: what is used moves to the young one; when that is full, the old one goes
 * and the young one becomes old. Only time depends on what is in it. One thread at a
 * time. */
#ifndef HONE_OPTIM_MATCH_CACHE_H
#define HONE_OPTIM_MATCH_CACHE_H

#include "base/attr.h"
#include "optim/match_text.h"

#include <stddef.h>

#define HONE_MATCH_CACHE_BYTES_MAX (24U * 1024 * 1024) /* of a generation */

struct hone_match_cache;

struct hone_match_cache *hone_match_cache_create(size_t max_bytes) HONE_MUST_USE;
void hone_match_cache_destroy(struct hone_match_cache *cache); /* accepts NULL */

/* Nothing that get returns from here on dies before the next begin. */
void hone_match_cache_begin(struct hone_match_cache *cache);
/* The text's features, borrowed until the next begin. Same dim_bits always. */
const struct hone_match_text *hone_match_cache_get(struct hone_match_cache *cache,
                                                   struct hone_encoder *encoder,
                                                   struct hone_span text,
                                                   uint32_t dim_bits);

#endif
