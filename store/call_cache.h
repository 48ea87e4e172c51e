/* Recently written or read call blocks, kept decoded enough to find a record by its id
 * without the database: the usual feedback comes soon after its call.
 *
 * Blocks change only when old calls are cut out of them, and leave the cache then, as do
 * blocks of a transaction that is given up. Thread: one at a time. */
#ifndef HONE_STORE_CALL_CACHE_H
#define HONE_STORE_CALL_CACHE_H

#include "base/attr.h"
#include "base/list.h"
#include "base/span.h"
#include "base/uuid.h"
#include "store/call_block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_call_cache {
    struct hone_list blocks; /* most recently used last */
    size_t n_blocks;
    size_t used_bytes;
    size_t max_bytes;
};

void hone_call_cache_init(struct hone_call_cache *cache, size_t max_bytes);
void hone_call_cache_finish(struct hone_call_cache *cache);

/* Copies a block whose records are sorted by id. settled: it is committed already.
 * HONE_E_CORRUPT when the bytes are not that; HONE_E_NOMEM. The newest block always
 * stays, whatever its size. */
int hone_call_cache_add(struct hone_call_cache *cache, int64_t block_id,
                        struct hone_span body, bool settled) HONE_MUST_USE;
/* The block is changed, or goes; fine when it is not there. */
void hone_call_cache_forget(struct hone_call_cache *cache, int64_t block_id);
bool hone_call_cache_has(const struct hone_call_cache *cache, int64_t block_id);
/* Spans of *out are borrowed until the next add, settle or finish. */
bool hone_call_cache_find(struct hone_call_cache *cache, struct hone_uuid call_id,
                          struct hone_call_record *out);
/* The transaction has ended: its blocks stay for good, or leave. */
void hone_call_cache_settle(struct hone_call_cache *cache, bool keep);

#endif
