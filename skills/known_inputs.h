/* Inputs learnt since the anchor: a record whose input is one of them says whether the served state
 * remembers, not whether it has learnt, so it is no evidence.
 *
 * Inputs are the same when their texts have the same words (runs of ASCII letters and digits and of
 * bytes above 0x7f; upper case is lower case, whatever lies between them is one space) and all else
 * in them is equal, whatever the order of their members. They are known by 63 bits of a hash; the
 * newest HONE_KNOWN_INPUTS_MAX are kept. That is decided before losses are known, so the tests by
 * betting (optim/betting.h) stay valid.
 *
 * `struct hone_known_inputs` is part of a skill's saved state; zeroed memory knows none. Pure;
 * thread: any. */
#ifndef HONE_SKILLS_KNOWN_INPUTS_H
#define HONE_SKILLS_KNOWN_INPUTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define HONE_KNOWN_INPUTS_MAX 1024

struct hone_known_inputs {
    uint32_t n;    /* keys held, at most MAX */
    uint32_t next; /* where the next one goes; below MAX */
    uint64_t keys[HONE_KNOWN_INPUTS_MAX];
};

/* Fits into a JSON integer. */
uint64_t hone_known_inputs_key(const json_t *input);
bool hone_known_inputs_has(const struct hone_known_inputs *inputs, uint64_t key);
/* One that is there stays where it is. */
void hone_known_inputs_add(struct hone_known_inputs *inputs, uint64_t key);
/* An array, oldest first. New reference. */
json_t *hone_known_inputs_pack(const struct hone_known_inputs *inputs);
/* False for what pack cannot have made; NULL is none. */
bool hone_known_inputs_unpack(struct hone_known_inputs *out, const json_t *value);

#endif
