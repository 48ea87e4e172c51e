/* One pass over JSON text from outside: is it what hone_json_parse accepts, and where do
 * the members of its two outer levels stand? Allocates nothing.
 *
 * The verdict is that of hone_json_parse, which also says why a text is refused: it is
 * the one to ask after a refusal. Thread: any. */
#ifndef HONE_SCHEMA_JSON_SCAN_H
#define HONE_SCHEMA_JSON_SCAN_H

#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_JSON_SCAN_MEMBERS_MAX 16
#define HONE_JSON_SCAN_KEYS_MAX    128 /* of the objects that are open at a time */

/* A member of the outermost object, or of an object that is one of its members. */
struct hone_json_scan_member {
    uint32_t key, key_len; /* the text between the quotes, as an offset */
    uint32_t value, value_len;
    uint8_t parent; /* 1 + index of the member that it is part of; 0: outermost */
};

struct hone_json_scan {
    struct hone_span value; /* the text without white space around it */
    bool has_all_members;   /* in the table; without, look-ups walk the text */
    /* False when keys are written with escapes or come in large numbers: whether one of
     * them stands twice in its object was then not looked at. */
    bool has_checked_keys;
    uint8_t n_members;
    struct hone_json_scan_member members[HONE_JSON_SCAN_MEMBERS_MAX]; /* n_members */
};

/* 0, or HONE_E_INVALID for all that hone_json_parse refuses (but for keys, as said
 * above) and for text of 4 GiB and more. */
int hone_json_scan(struct hone_json_scan *out, struct hone_span text) HONE_MUST_USE;

/* The text of a member's value; empty when there is none. Borrowed from the text that was
 * scanned, as all spans here. */
struct hone_span hone_json_scan_member(const struct hone_json_scan *scan,
                                       const char *key);
/* A member of the object that is the member `outer`. */
struct hone_span hone_json_scan_inner(const struct hone_json_scan *scan,
                                      const char *outer, const char *key);

#endif
