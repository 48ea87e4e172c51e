/* Open addressing with linear probing in a table of a power of two, at most
 * three quarters full. */
#include "base/map.h"

#include "base/alloc.h"
#include "base/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#define CAPACITY_MIN 16u

struct entry {
    uint64_t hash;
    char *key; /* owned */
    size_t key_len;
    void *value; /* NULL in a free place */
};

struct hone_map {
    struct entry *entries;
    size_t capacity; /* a power of two */
    size_t n;
    uint64_t seed;
};

struct hone_map *hone_map_create(void)
{
    struct hone_map *map = hone_alloc_zeroed(1, sizeof(*map));
    HONE_INVARIANT(getentropy(&map->seed, sizeof(map->seed)) == 0);
    map->capacity = CAPACITY_MIN;
    map->entries = hone_alloc_zeroed(map->capacity, sizeof(*map->entries));
    return map;
}

void hone_map_destroy(struct hone_map *map)
{
    if (map == NULL) {
        return;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        free(map->entries[i].key);
    }
    free(map->entries);
    free(map);
}

static uint64_t hash_of(const struct hone_map *map, struct hone_span key)
{
    return XXH3_64bits_withSeed(key.len > 0 ? key.data : "", key.len, map->seed);
}

/* The place of the key, or the free place where it belongs. */
static struct entry *locate(const struct hone_map *map, struct hone_span key,
                            uint64_t hash)
{
    size_t mask = map->capacity - 1;
    size_t at = (size_t)hash & mask;
    while (map->entries[at].value != NULL) {
        struct entry *entry = &map->entries[at];
        if (entry->hash == hash &&
            hone_span_equal(hone_span_of(entry->key, entry->key_len), key)) {
            return entry;
        }
        at = (at + 1) & mask;
    }
    return &map->entries[at];
}

void *hone_map_find(const struct hone_map *map, struct hone_span key)
{
    return locate(map, key, hash_of(map, key))->value;
}

static void double_capacity(struct hone_map *map)
{
    struct entry *old = map->entries;
    size_t old_capacity = map->capacity;
    HONE_INVARIANT(old_capacity <= SIZE_MAX / 2);
    map->capacity = old_capacity * 2;
    map->entries = hone_alloc_zeroed(map->capacity, sizeof(*map->entries));
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].value != NULL) {
            struct hone_span key = hone_span_of(old[i].key, old[i].key_len);
            *locate(map, key, old[i].hash) = old[i];
        }
    }
    free(old);
}

void *hone_map_set(struct hone_map *map, struct hone_span key, void *value)
{
    HONE_REQUIRE(value != NULL);
    uint64_t hash = hash_of(map, key);
    struct entry *entry = locate(map, key, hash);
    void *replaced = entry->value;
    if (replaced != NULL) {
        entry->value = value;
        return replaced;
    }
    if (map->n + 1 > map->capacity / 4 * 3) {
        double_capacity(map);
        entry = locate(map, key, hash);
    }
    *entry = (struct entry){hash, hone_alloc_bytes(key.data, key.len), key.len, value};
    map->n += 1;
    return NULL;
}

/* Closes the hole at `at`: what stands behind it and would be looked for from before it
 * moves up. Knuth, The Art of Computer Programming 3, section 6.4, algorithm R. */
static void close_hole(struct hone_map *map, size_t at)
{
    size_t mask = map->capacity - 1, hole = at;
    for (size_t i = (at + 1) & mask; map->entries[i].value != NULL; i = (i + 1) & mask) {
        size_t home = (size_t)map->entries[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->entries[hole] = map->entries[i];
            hole = i;
        }
    }
    map->entries[hole] = (struct entry){0};
}

void *hone_map_remove(struct hone_map *map, struct hone_span key)
{
    struct entry *entry = locate(map, key, hash_of(map, key));
    void *removed = entry->value;
    if (removed != NULL) {
        free(entry->key);
        close_hole(map, (size_t)(entry - map->entries));
        map->n -= 1;
    }
    return removed;
}
