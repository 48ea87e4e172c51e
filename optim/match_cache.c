#include "optim/match_cache.h"

#include "base/alloc.h"
#include "base/map.h"

#include <stdlib.h>

#define ENTRY_BYTES 128 /* of the map, about */

struct entry {
    struct hone_match_text *text;
    size_t bytes; /* of the text, its key and this */
};

struct generation {
    struct hone_map *map;
    struct entry **entries; // (n,) their texts are NULL once they moved on
    size_t n, capacity;
    size_t bytes;
};

struct hone_match_cache {
    size_t max_bytes;
    struct generation young, old;
};

static void generation_init(struct generation *generation)
{
    *generation = (struct generation){.map = hone_map_create()};
}

static void generation_finish(struct generation *generation)
{
    for (size_t i = 0; i < generation->n; i++) {
        free(generation->entries[i]->text);
        free(generation->entries[i]);
    }
    free(generation->entries);
    hone_map_destroy(generation->map);
}

struct hone_match_cache *hone_match_cache_create(size_t max_bytes)
{
    struct hone_match_cache *cache = hone_alloc_zeroed(1, sizeof(*cache));
    cache->max_bytes = max_bytes;
    generation_init(&cache->young);
    generation_init(&cache->old);
    return cache;
}

void hone_match_cache_destroy(struct hone_match_cache *cache)
{
    if (cache != NULL) {
        generation_finish(&cache->young);
        generation_finish(&cache->old);
        free(cache);
    }
}

void hone_match_cache_begin(struct hone_match_cache *cache)
{
    if (cache->young.bytes > cache->max_bytes) {
        generation_finish(&cache->old);
        cache->old = cache->young;
        generation_init(&cache->young);
    }
}

static void add_take(struct generation *generation, struct hone_span key,
                     struct entry *entry)
{
    if (generation->n == generation->capacity) {
        generation->capacity = generation->capacity == 0 ? 64 : generation->capacity * 2;
        generation->entries = hone_alloc_resize(generation->entries, generation->capacity,
                                                sizeof(*(generation->entries)));
    }
    generation->entries[generation->n++] = entry;
    generation->bytes += entry->bytes;
    (void)hone_map_set(generation->map, key, entry);
}

static struct entry *take_old(struct generation *old, struct hone_span key)
{
    struct entry *entry = hone_map_remove(old->map, key);
    if (entry == NULL) {
        return NULL;
    }
    struct entry *kept = hone_alloc_zeroed(1, sizeof(*kept));
    *kept = *entry;
    entry->text = NULL; /* the list of the old generation frees the empty entry */
    old->bytes -= kept->bytes;
    return kept;
}

const struct hone_match_text *hone_match_cache_get(struct hone_match_cache *cache,
                                                   struct hone_encoder *encoder,
                                                   struct hone_span text,
                                                   uint32_t dim_bits)
{
    struct entry *entry = hone_map_find(cache->young.map, text);
    if (entry != NULL) {
        return entry->text;
    }
    entry = take_old(&cache->old, text);
    if (entry == NULL) {
        entry = hone_alloc_zeroed(1, sizeof(*entry));
        entry->text = hone_match_text_create(encoder, text, dim_bits);
        entry->bytes = ENTRY_BYTES + text.len + hone_match_text_bytes(entry->text);
    }
    add_take(&cache->young, text, entry);
    return entry->text;
}
