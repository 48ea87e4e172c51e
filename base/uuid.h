/* UUIDs of RFC 9562. Version 7: 48 bits of Unix milliseconds, then a counter that grows
 * within a millisecond, then random bits; ids of one source sort in the order in which
 * they were made, also when the wall clock steps back.
 *
 * Thread: any. */
#ifndef HONE_BASE_UUID_H
#define HONE_BASE_UUID_H

#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define HONE_UUID_TEXT_LEN       36
#define HONE_UUID_RESERVED_BYTES 250

struct hone_uuid {
    uint8_t bytes[16];
};

/* Owned by one thread. Zeroed memory is a valid start. */
struct hone_uuid_source {
    int64_t last_unix_ms;
    uint32_t counter;
    /* Random bytes for the next ids: to fetch them singly would be a system call each. */
    uint32_t n_reserved;
    uint8_t reserved[HONE_UUID_RESERVED_BYTES];
};

struct hone_uuid hone_uuid_next(struct hone_uuid_source *source, int64_t now_unix_ms);
/* Version 4: 122 random bits and nothing else, for ids that must not be guessed. */
struct hone_uuid hone_uuid_random(void);
/* Writes 36 characters and a NUL. */
void hone_uuid_format(struct hone_uuid uuid, char out[HONE_UUID_TEXT_LEN + 1]);
/* Accepts exactly the 8-4-4-4-12 form in either case; 0 or HONE_E_INVALID. */
int hone_uuid_parse(struct hone_uuid *out, struct hone_span text) HONE_MUST_USE;
int hone_uuid_compare(struct hone_uuid a, struct hone_uuid b); /* as memcmp */
int64_t hone_uuid_unix_ms(struct hone_uuid uuid);

#endif
