/* JSON values as JSON Schema sees them: numbers by value (1 and 1.0 are one), objects
 * without order. Thread: any. */
#ifndef HONE_SCHEMA_VALUE_H
#define HONE_SCHEMA_VALUE_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The names of types as bits. */
enum {
    HONE_VALUE_ARRAY = 1 << 0,
    HONE_VALUE_BOOLEAN = 1 << 1,
    HONE_VALUE_INTEGER = 1 << 2,
    HONE_VALUE_NULL = 1 << 3,
    HONE_VALUE_NUMBER = 1 << 4,
    HONE_VALUE_OBJECT = 1 << 5,
    HONE_VALUE_STRING = 1 << 6,
};

/* The bit of a type's name; 0 for what is none. */
unsigned hone_value_type_find(const char *name);
/* All types that a value has: 1 and 1.0 are integers and numbers. */
unsigned hone_value_types(const json_t *value);

/* An integer, or a real without fraction. */
bool hone_value_is_integer(const json_t *value);
/* Numbers only: negative, 0 or positive as a is below, equal to or above b; exact. */
int hone_value_compare(const json_t *a, const json_t *b);
/* Is a number a multiple of another, which is above 0? Exact on decimals: a real is the
 * shortest decimal that reads back the same, so 0.3 is a multiple of 0.1. */
bool hone_value_is_multiple(const json_t *value, const json_t *of);

bool hone_value_equal(const json_t *a, const json_t *b);
/* Equal values have equal hashes. A peer can make collisions: they may cost
 * time, not truth. */
uint64_t hone_value_hash(const json_t *value);

/* Appends what a person calls the value: the text of a scalar, cut when long, or "an
 * object of 2 keys". */
void hone_value_describe(struct hone_buf *buf, const json_t *value);

#endif
