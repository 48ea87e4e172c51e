#include "store/call_cache.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* A look-up walks over the blocks' spans, so their number is bounded as well
 * as their bytes. */
#define MAX_BLOCKS 64

struct entry {
    struct hone_list link;
    int64_t block_id;
    bool settled;
    struct hone_uuid first, last;
    char *body;
    size_t len;
    size_t *offsets; /* of the records, in the order of their ids */
    size_t n_records;
};

static struct entry *entry_of(struct hone_list *link)
{
    return HONE_LIST_OWNER(link, struct entry, link);
}

static size_t entry_bytes(const struct entry *entry)
{
    return sizeof(*entry) + entry->len + entry->n_records * sizeof(entry->offsets[0]);
}

static void destroy_entry(struct entry *entry)
{
    if (entry == NULL) {
        return;
    }
    free(entry->body);
    free(entry->offsets);
    free(entry);
}

static void drop_entry(struct hone_call_cache *cache, struct entry *entry)
{
    hone_list_remove(&entry->link);
    cache->n_blocks -= 1;
    cache->used_bytes -= entry_bytes(entry);
    destroy_entry(entry);
}

void hone_call_cache_init(struct hone_call_cache *cache, size_t max_bytes)
{
    hone_list_init(&cache->blocks);
    cache->n_blocks = 0;
    cache->used_bytes = 0;
    cache->max_bytes = max_bytes;
}

void hone_call_cache_finish(struct hone_call_cache *cache)
{
    HONE_LIST_EACH(&cache->blocks, link)
    {
        drop_entry(cache, entry_of(link));
    }
}

static size_t count_records(struct hone_span body)
{
    struct hone_call_record record;
    size_t n = 0, offset = 0;
    while (hone_call_block_next(body, &offset, &record) == 1) {
        n += 1;
    }
    return n;
}

/* Fills offsets and span; HONE_E_CORRUPT unless the records are sorted and whole. */
static int index_records(struct entry *entry)
{
    struct hone_span body = hone_span_of(entry->body, entry->len);
    struct hone_call_record record;
    size_t offset = 0;
    entry->offsets =
        hone_alloc_try_zeroed(count_records(body) + 1, sizeof(entry->offsets[0]));
    if (entry->offsets == NULL) {
        return HONE_E_NOMEM;
    }
    for (;;) {
        size_t start = offset;
        int rc = hone_call_block_next(body, &offset, &record);
        if (rc <= 0) {
            return rc == 0 && entry->n_records > 0 ? 0 : HONE_E_CORRUPT;
        }
        if (entry->n_records == 0) {
            entry->first = record.call_id;
        } else if (hone_uuid_compare(entry->last, record.call_id) >= 0) {
            return HONE_E_CORRUPT;
        }
        entry->last = record.call_id;
        entry->offsets[entry->n_records++] = start;
    }
}

int hone_call_cache_add(struct hone_call_cache *cache, int64_t block_id,
                        struct hone_span body, bool settled)
{
    struct entry *entry = hone_alloc_zeroed(1, sizeof(*entry));
    hone_list_init(&entry->link);
    entry->block_id = block_id;
    entry->settled = settled;
    entry->len = body.len;
    entry->body = hone_alloc_try_zeroed(body.len > 0 ? body.len : 1, 1);
    if (entry->body == NULL) {
        destroy_entry(entry);
        return HONE_E_NOMEM;
    }
    if (body.len > 0) {
        memcpy(entry->body, body.data, body.len);
    }
    int rc = index_records(entry);
    if (rc != 0) {
        destroy_entry(entry);
        return rc;
    }
    hone_list_append(&cache->blocks, &entry->link);
    cache->n_blocks += 1;
    cache->used_bytes += entry_bytes(entry);
    while (cache->n_blocks > 1 &&
           (cache->n_blocks > MAX_BLOCKS || cache->used_bytes > cache->max_bytes)) {
        /* The analyzer does not see that dropping unlinks.
         * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        drop_entry(cache, entry_of(cache->blocks.next));
    }
    return 0;
}

void hone_call_cache_forget(struct hone_call_cache *cache, int64_t block_id)
{
    HONE_LIST_EACH(&cache->blocks, link)
    {
        if (entry_of(link)->block_id == block_id) {
            drop_entry(cache, entry_of(link));
        }
    }
}

bool hone_call_cache_has(const struct hone_call_cache *cache, int64_t block_id)
{
    HONE_LIST_EACH(&cache->blocks, link)
    {
        if (entry_of(link)->block_id == block_id) {
            return true;
        }
    }
    return false;
}

static bool find_in_entry(const struct entry *entry, struct hone_uuid call_id,
                          struct hone_call_record *out)
{
    struct hone_span body = hone_span_of(entry->body, entry->len);
    size_t low = 0;
    size_t high = entry->n_records;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        size_t offset = entry->offsets[middle];
        struct hone_call_record record;
        int rc = hone_call_block_next(body, &offset, &record);
        HONE_INVARIANT(rc == 1); /* it was read when it was indexed */
        int order = hone_uuid_compare(record.call_id, call_id);
        if (order == 0) {
            *out = record;
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

bool hone_call_cache_find(struct hone_call_cache *cache, struct hone_uuid call_id,
                          struct hone_call_record *out)
{
    HONE_LIST_EACH(&cache->blocks, link)
    {
        struct entry *entry = entry_of(link);
        if (hone_uuid_compare(entry->first, call_id) <= 0 &&
            hone_uuid_compare(call_id, entry->last) <= 0 &&
            find_in_entry(entry, call_id, out)) {
            hone_list_remove(&entry->link);
            hone_list_append(&cache->blocks, &entry->link);
            return true;
        }
    }
    return false;
}

void hone_call_cache_settle(struct hone_call_cache *cache, bool keep)
{
    HONE_LIST_EACH(&cache->blocks, link)
    {
        struct entry *entry = entry_of(link);
        if (entry->settled) {
            continue;
        }
        if (keep) {
            entry->settled = true;
        } else {
            drop_entry(cache, entry);
        }
    }
}
