/* Hash map from byte strings to pointers. Keys are copied, values are not owned. The hash
 * is XXH3 with a random seed per map, so that peers cannot aim collisions.
 *
 * Thread: any, one at a time. */
#ifndef HONE_BASE_MAP_H
#define HONE_BASE_MAP_H

#include "base/span.h"

#include <stddef.h>

struct hone_map;

struct hone_map *hone_map_create(void);
void hone_map_destroy(struct hone_map *map); /* accepts NULL */
/* NULL when absent. */
void *hone_map_find(const struct hone_map *map, struct hone_span key);
/* Inserts or replaces; value must not be NULL. Returns the value replaced, or NULL. */
void *hone_map_set(struct hone_map *map, struct hone_span key, void *value);
/* Returns the value that was there, or NULL. */
void *hone_map_remove(struct hone_map *map, struct hone_span key);

#endif
