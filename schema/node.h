/* A compiled schema: one node per subschema, one rule per keyword that is present,
 * references resolved to nodes. Nodes may form cycles; the set owns them all. Immutable
 * after compiling; thread: any. */
#ifndef HONE_SCHEMA_NODE_H
#define HONE_SCHEMA_NODE_H

#include "base/attr.h"
#include "base/error.h"
#include "schema/keyword.h"

#include <jansson.h>
#include <stddef.h>

struct hone_pattern;

#define HONE_NODE_MAX 10000 /* subschemas of one schema */

struct hone_node_rule {
    const struct hone_keyword *keyword;
    const json_t *value;           /* the keyword's; borrowed from the set's root */
    const struct hone_node **subs; /* of schema shapes, in the value's order */
    size_t n_subs;
    struct hone_pattern **patterns; /* of pattern shapes, in the value's order */
    size_t n_patterns;
    unsigned types; /* of `type`: bits of value.h */
};

struct hone_node {
    const json_t *schema; /* an object, true or false; borrowed from the set's root */
    char *location;       /* JSON Pointer into the schema, for messages */
    struct hone_node_rule *rules;
    size_t n_rules;
};

struct hone_node_set {
    json_t *root; /* the schema's own copy */
    struct hone_node **nodes;
    size_t n_nodes, capacity;
};

/* Takes root, also on failure. nodes[0] is the root's node. HONE_E_INVALID,
 * HONE_E_UNSUPPORTED, HONE_E_LIMIT. finish is needed in any case. */
int hone_node_set_compile_take(struct hone_node_set *set, json_t *root,
                               struct hone_error *err) HONE_MUST_USE;
void hone_node_set_finish(struct hone_node_set *set);

/* The node's rule for a keyword, or NULL. */
const struct hone_node_rule *hone_node_find_rule(const struct hone_node *node,
                                                 const char *name);

#endif
