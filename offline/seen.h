/* Counts how often 64-bit keys were seen, in 16 bytes a key. The keys must be random
 * already, as parts of digests are. Thread: any, one at a time. */
#ifndef HONE_OFFLINE_SEEN_H
#define HONE_OFFLINE_SEEN_H

#include <stdint.h>

struct hone_seen;

struct hone_seen *hone_seen_create(void);
void hone_seen_destroy(struct hone_seen *seen); /* accepts NULL */
/* Counts one more; returns how many there were before. */
uint32_t hone_seen_add(struct hone_seen *seen, uint64_t key);

#endif
