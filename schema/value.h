/* JSON values as JSON Schema sees them: numbers by value (1 and 1.0 are one), objects
 * without order. Thread: any. */
#ifndef HONE_SCHEMA_VALUE_H
#define HONE_SCHEMA_VALUE_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* An integer, or a real without fraction. */
bool hone_value_is_integer(const json_t *value);
/* Numbers only: negative, 0 or positive as a is below, equal to or above b; exact. */
int hone_value_compare(const json_t *a, const json_t *b);
/* Is a number a multiple of another, which is above 0? Reals within a few units in
 * the last place. */
bool hone_value_is_multiple(const json_t *value, const json_t *of);

bool hone_value_equal(const json_t *a, const json_t *b);
/* Equal values have equal hashes. A peer can make collisions: they may cost
 * time, not truth. */
uint64_t hone_value_hash(const json_t *value);

/* Appends what a person calls the value: the text of a scalar, cut when long, or "an
 * object of 2 keys". */
void hone_value_describe(struct hone_buf *buf, const json_t *value);

#endif
