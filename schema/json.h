/* JSON through jansson, with the limits that untrusted text needs.
 * Thread: any (jansson values belong to one thread at a time). */
#ifndef HONE_SCHEMA_JSON_H
#define HONE_SCHEMA_JSON_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#include <jansson.h>

#define HONE_JSON_DEPTH_MAX 64

/* One JSON value and nothing after it but white space. Duplicate keys, invalid UTF-8, NUL
 * anywhere are HONE_E_INVALID; numbers that do not fit (integers beyond 64 bits, reals
 * beyond double) and nesting deeper than HONE_JSON_DEPTH_MAX are HONE_E_LIMIT; with line
 * and column in the message. *out is a new reference. */
int hone_json_parse(json_t **out, struct hone_span text,
                    struct hone_error *err) HONE_MUST_USE;

/* Compact, keys in insertion order, reals with the fewest digits that read back the
 * same; returns buf->error. */
int hone_json_append(struct hone_buf *buf, const json_t *value);
/* Compact with sorted keys: equal values give equal bytes. */
int hone_json_append_canonical(struct hone_buf *buf, const json_t *value);
/* A string literal with its quotes. text must be valid UTF-8. */
int hone_json_append_string(struct hone_buf *buf, struct hone_span text);
/* What stands between the quotes. */
int hone_json_append_escaped(struct hone_buf *buf, struct hone_span text);
/* A finite number, as hone_json_append writes it. */
int hone_json_append_real(struct hone_buf *buf, double value);

/* Value of a string member; the empty span when absent or not a string. Borrowed. */
struct hone_span hone_json_text(const json_t *object, const char *key);

#endif
