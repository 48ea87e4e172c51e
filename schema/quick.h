/* A check of JSON text against a compiled schema without making values. Its answer is
 * "valid" or "not known": what it calls valid, schema/verdict.h calls valid too, and all
 * else is left to that. It knows the keywords that tools' interfaces mostly use; a rule
 * without an entry in the table of keywords is not known, nor is a large or deep value.
 *
 * Thread: any. */
#ifndef HONE_SCHEMA_QUICK_H
#define HONE_SCHEMA_QUICK_H

#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Beyond any of these a value is not known. Steps are counted as the verdict counts them, or
 * more of them, so that what is valid here meets no limit there. */
#define HONE_QUICK_BYTES_MAX   65536
#define HONE_QUICK_STEPS_MAX   4096
#define HONE_QUICK_DEPTH_MAX   16
#define HONE_QUICK_MEMBERS_MAX 32 /* of one object */

struct hone_node;
struct hone_node_rule;

struct hone_quick {
    size_t steps_left;
    size_t depth; /* of nested checks */
};

struct hone_quick_member {
    struct hone_span key, value; /* text; the key's without its quotes */
};

struct hone_quick_value {
    struct hone_span text;
    unsigned types; /* bits of value.h; that 1.0 is an integer is not seen */
    size_t n_members;
    struct hone_quick_member
        members[HONE_QUICK_MEMBERS_MAX]; /* n_members, of an object */
};

/* What a rule's check is given. */
struct hone_quick_at {
    const struct hone_node *node;
    const struct hone_node_rule *rule;
    const struct hone_quick_value *value;
};

/* Does the value of this text certainly satisfy the node? text: of a value that
 * hone_json_parse accepts, without white space around it. */
bool hone_quick_accepts(const struct hone_node *node, struct hone_span text);

/* Entries of the table of keywords: does the value certainly keep the rule? */
bool hone_quick_type(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_enum(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_const(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_minimum(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_maximum(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_exclusive_minimum(struct hone_quick *quick,
                                  const struct hone_quick_at *at);
bool hone_quick_exclusive_maximum(struct hone_quick *quick,
                                  const struct hone_quick_at *at);
bool hone_quick_min_length(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_max_length(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_required(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_properties(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_additional(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_min_properties(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_max_properties(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_min_items(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_max_items(struct hone_quick *quick, const struct hone_quick_at *at);
bool hone_quick_items(struct hone_quick *quick, const struct hone_quick_at *at);
/* $ref and allOf: each of the rule's schemas for the same value. */
bool hone_quick_all_of(struct hone_quick *quick, const struct hone_quick_at *at);

#endif
