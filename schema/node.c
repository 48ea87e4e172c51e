/* Compiling is a queue, not a recursion: a subschema or the target of a reference becomes
 * a node at the end of the list, each once, and is compiled when its turn comes. So
 * cycles and depth cost nothing. References by anchor wait until all nodes are known. */
#include "schema/node.h"

#include "base/alloc.h"
#include "base/map.h"
#include "schema/pattern.h"
#include "schema/reference.h"
#include "schema/value.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCATION_BYTES_MAX 160
#define DIALECT            "https://json-schema.org/draft/2020-12/schema"

struct compiler {
    struct hone_node_set *set;
    struct hone_map *known;   /* address of a schema -> its node */
    struct hone_map *anchors; /* name -> node */
    struct hone_error *err;
};

const struct hone_node_rule *hone_node_find_rule(const struct hone_node *node,
                                                 const char *name)
{
    for (size_t i = 0; i < node->n_rules; i++) {
        if (strcmp(node->rules[i].keyword->name, name) == 0) {
            return &node->rules[i];
        }
    }
    return NULL;
}

static int refuse(const struct compiler *compiler, const struct hone_node *node, int code,
                  const char *what)
{
    return hone_error_set(compiler->err, code, "schema at #%s: %s", node->location, what);
}

/* Puts the place before a message that a callee has set. */
static int locate(const struct compiler *compiler, const struct hone_node *node, int code)
{
    hone_error_prefix(compiler->err, "schema at #%s", node->location);
    return code;
}

/* The node of a schema, made when it is new; NULL above the limit. */
static struct hone_node *node_of(struct compiler *compiler, const json_t *schema,
                                 const char *parent, const char *name)
{
    struct hone_node_set *set = compiler->set;
    struct hone_span key = hone_span_of((const char *)&schema, sizeof(schema));
    struct hone_node *node = hone_map_find(compiler->known, key);
    if (node != NULL) {
        return node;
    }
    if (set->n_nodes == HONE_NODE_MAX) {
        return NULL;
    }
    if (set->n_nodes == set->capacity) {
        set->capacity = set->capacity > 0 ? set->capacity * 2 : 16;
        set->nodes =
            hone_alloc_resize(set->nodes, set->capacity, sizeof(struct hone_node *));
    }
    node = hone_alloc_zeroed(1, sizeof(*node));
    node->schema = schema;
    node->location = hone_alloc_format("%.*s/%.64s", LOCATION_BYTES_MAX, parent, name);
    (void)hone_map_set(compiler->known, key, node);
    set->nodes[set->n_nodes++] = node;
    return node;
}

static int add_sub(struct compiler *compiler, const struct hone_node *node,
                   struct hone_node_rule *rule, const json_t *schema, const char *name)
{
    char *place = NULL;
    if (!json_is_object(schema) && !json_is_boolean(schema)) {
        return hone_error_set(
            compiler->err, HONE_E_INVALID,
            "schema at #%s: \"%s\" must hold a schema, which is an object, "
            "true or false",
            node->location, rule->keyword->name);
    }
    place = name != NULL ? hone_alloc_format("%.*s/%s", LOCATION_BYTES_MAX,
                                             node->location, rule->keyword->name)
                         : NULL;
    const struct hone_node *sub =
        node_of(compiler, schema, place != NULL ? place : node->location,
                name != NULL ? name : rule->keyword->name);
    free(place);
    if (sub == NULL) {
        return hone_error_set(compiler->err, HONE_E_LIMIT,
                              "a schema has at most %d subschemas", HONE_NODE_MAX);
    }
    rule->subs[rule->n_subs++] = sub;
    return 0;
}

static int add_sub_list(struct compiler *compiler, const struct hone_node *node,
                        struct hone_node_rule *rule)
{
    size_t n = json_array_size(rule->value);
    rule->subs = hone_alloc_zeroed(n, sizeof(*rule->subs));
    for (size_t i = 0; i < n; i++) {
        char name[24];
        (void)snprintf(name, sizeof(name), "%zu", i);
        int code = add_sub(compiler, node, rule, json_array_get(rule->value, i), name);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static int add_sub_map(struct compiler *compiler, const struct hone_node *node,
                       struct hone_node_rule *rule)
{
    const char *key = NULL;
    json_t *schema = NULL;
    rule->subs =
        hone_alloc_zeroed(json_object_size(rule->value) + 1, sizeof(*rule->subs));
    json_object_foreach((json_t *)(uintptr_t)rule->value, key, schema)
    {
        int code = add_sub(compiler, node, rule, schema, key);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static int add_pattern(struct compiler *compiler, const struct hone_node *node,
                       struct hone_node_rule *rule, struct hone_span text)
{
    struct hone_pattern *pattern = NULL;
    int code = hone_pattern_compile(&pattern, text, compiler->err);
    if (code != 0) {
        hone_error_prefix(compiler->err, "\"%s\"", rule->keyword->name);
        return locate(compiler, node, code);
    }
    rule->patterns[rule->n_patterns++] = pattern;
    return 0;
}

static int add_pattern_map(struct compiler *compiler, const struct hone_node *node,
                           struct hone_node_rule *rule)
{
    const char *key = NULL;
    json_t *schema = NULL;
    int code = add_sub_map(compiler, node, rule);
    rule->patterns = hone_alloc_zeroed(rule->n_subs + 1, sizeof(struct hone_pattern *));
    json_object_foreach((json_t *)(uintptr_t)rule->value, key, schema)
    {
        if (code != 0) {
            return code;
        }
        code = add_pattern(compiler, node, rule, hone_span_text(key));
    }
    return code;
}

static int add_single_pattern(struct compiler *compiler, const struct hone_node *node,
                              struct hone_node_rule *rule)
{
    rule->patterns = hone_alloc_zeroed(1, sizeof(struct hone_pattern *));
    return add_pattern(
        compiler, node, rule,
        hone_span_of(json_string_value(rule->value), json_string_length(rule->value)));
}

static void add_types(struct hone_node_rule *rule)
{
    const char *name = json_string_value(rule->value);
    rule->types = name != NULL ? hone_value_type_find(name) : 0;
    for (size_t i = 0; i < json_array_size(rule->value); i++) {
        rule->types |=
            hone_value_type_find(json_string_value(json_array_get(rule->value, i)));
    }
}

static int add_reference(struct compiler *compiler, const struct hone_node *node,
                         struct hone_node_rule *rule)
{
    const json_t *root = compiler->set->root;
    const char *reference = json_string_value(rule->value);
    const char *fragment = hone_reference_fragment(root, reference);
    if (fragment == NULL) {
        return hone_error_set(compiler->err, HONE_E_UNSUPPORTED,
                              "schema at #%s: %s \"%.128s\" leaves the schema; it may "
                              "only point into it, as in \"#/$defs/NAME\"",
                              node->location, rule->keyword->name, reference);
    }
    if (*fragment != '\0' && *fragment != '/') {
        return 0; /* an anchor: see resolve_anchors */
    }
    const json_t *target = hone_reference_find(root, fragment);
    if (target == NULL) {
        return hone_error_set(compiler->err, HONE_E_INVALID,
                              "schema at #%s: %s \"%.128s\" points to nothing",
                              node->location, rule->keyword->name, reference);
    }
    rule->subs = hone_alloc_zeroed(1, sizeof(*rule->subs));
    return add_sub(compiler, node, rule, target, NULL);
}

static int add_rule(struct compiler *compiler, struct hone_node *node,
                    const struct hone_keyword *keyword, const json_t *value)
{
    struct hone_node_rule *rule = &node->rules[node->n_rules];
    int code = hone_keyword_check_shape(keyword, value, compiler->err);
    if (code != 0) {
        return locate(compiler, node, code);
    }
    *rule = (struct hone_node_rule){.keyword = keyword, .value = value};
    node->n_rules += 1;
    switch (keyword->shape) {
    case HONE_KEYWORD_SCHEMA:
        rule->subs = hone_alloc_zeroed(1, sizeof(*rule->subs));
        return add_sub(compiler, node, rule, value, NULL);
    case HONE_KEYWORD_SCHEMA_LIST:
        return add_sub_list(compiler, node, rule);
    case HONE_KEYWORD_SCHEMA_MAP:
        return add_sub_map(compiler, node, rule);
    case HONE_KEYWORD_PATTERN:
        return add_single_pattern(compiler, node, rule);
    case HONE_KEYWORD_PATTERN_MAP:
        return add_pattern_map(compiler, node, rule);
    case HONE_KEYWORD_REFERENCE:
        return add_reference(compiler, node, rule);
    case HONE_KEYWORD_TYPES:
        add_types(rule);
        return 0;
    default:
        return 0;
    }
}

static int check_names(const struct compiler *compiler, const struct hone_node *node)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)node->schema, name, value)
    {
        int code = hone_keyword_check_known(name, compiler->err);
        if (code != 0) {
            return locate(compiler, node, code);
        }
    }
    return 0;
}

/* $schema and $id: which language this is, and what names it. */
static int check_identity(const struct compiler *compiler, const struct hone_node *node)
{
    const json_t *dialect = json_object_get(node->schema, "$schema");
    const json_t *id = json_object_get(node->schema, "$id");
    if (dialect != NULL && !json_is_string(dialect)) {
        return refuse(compiler, node, HONE_E_INVALID, "$schema must be a string");
    }
    const char *text = json_string_value(dialect);
    if (text != NULL && strcmp(text, DIALECT) != 0 && strcmp(text, DIALECT "#") != 0) {
        return hone_error_set(
            compiler->err, HONE_E_UNSUPPORTED,
            "schema at #%s: the dialect \"%.128s\" is not supported, only "
            "\"" DIALECT "\"",
            node->location, text);
    }
    if (id != NULL && !json_is_string(id)) {
        return refuse(compiler, node, HONE_E_INVALID, "$id must be a string");
    }
    if (id != NULL && node->schema != compiler->set->root) {
        return refuse(compiler, node, HONE_E_UNSUPPORTED,
                      "$id is supported at the top of a schema only");
    }
    return 0;
}

static bool is_anchor(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    size_t n = name != NULL && name[0] != '\0' && strchr(letters, name[0]) != NULL
                   ? strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._")
                   : 0;
    return n > 0 && name[n] == '\0';
}

/* A schema is one document here, so a dynamic anchor names its place like any other:
 * there is no second document that could have an anchor of the same name. */
static int add_anchors(const struct compiler *compiler, struct hone_node *node)
{
    static const char *const keywords[] = {"$anchor", "$dynamicAnchor"};
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        const json_t *anchor = json_object_get(node->schema, keywords[i]);
        const char *name = json_string_value(anchor);
        if (anchor == NULL) {
            continue;
        }
        if (!is_anchor(name)) {
            return hone_error_set(compiler->err, HONE_E_INVALID,
                                  "schema at #%s: \"%s\" must be a string of letters, "
                                  "digits and -._, a letter or _ first",
                                  node->location, keywords[i]);
        }
        const struct hone_node *other =
            hone_map_set(compiler->anchors, hone_span_text(name), node);
        if (other != NULL && other != node) {
            return hone_error_set(compiler->err, HONE_E_INVALID,
                                  "schema at #%s: the anchor \"%.64s\" stands at #%s "
                                  "already",
                                  node->location, name, other->location);
        }
    }
    return 0;
}

static int compile_node(struct compiler *compiler, struct hone_node *node)
{
    size_t n_keywords = 0;
    const struct hone_keyword *keywords = hone_keyword_all(&n_keywords);
    if (!json_is_object(node->schema)) {
        return 0;
    }
    int code = check_identity(compiler, node);
    if (code == 0) {
        code = add_anchors(compiler, node);
    }
    if (code == 0) {
        code = check_names(compiler, node);
    }
    node->rules =
        hone_alloc_zeroed(json_object_size(node->schema) + 1, sizeof(*node->rules));
    for (size_t i = 0; i < n_keywords && code == 0; i++) {
        const json_t *value = json_object_get(node->schema, keywords[i].name);
        if (value != NULL) {
            code = add_rule(compiler, node, &keywords[i], value);
        }
    }
    return code;
}

static int resolve_anchor(const struct compiler *compiler, const struct hone_node *node,
                          struct hone_node_rule *rule)
{
    const char *reference = json_string_value(rule->value);
    const char *anchor = hone_reference_fragment(compiler->set->root, reference);
    const struct hone_node *target =
        hone_map_find(compiler->anchors, hone_span_text(anchor));
    if (target == NULL) {
        return hone_error_set(compiler->err, HONE_E_INVALID,
                              "schema at #%s: there is no $anchor for %s \"%.128s\"",
                              node->location, rule->keyword->name, reference);
    }
    rule->subs = hone_alloc_zeroed(1, sizeof(*rule->subs));
    rule->subs[rule->n_subs++] = target;
    return 0;
}

static int resolve_anchors(const struct compiler *compiler)
{
    for (size_t i = 0; i < compiler->set->n_nodes; i++) {
        const struct hone_node *node = compiler->set->nodes[i];
        for (size_t j = 0; j < node->n_rules; j++) {
            struct hone_node_rule *rule = &node->rules[j];
            int code = 0;
            if (rule->keyword->shape == HONE_KEYWORD_REFERENCE && rule->subs == NULL) {
                code = resolve_anchor(compiler, node, rule);
            }
            if (code != 0) {
                return code;
            }
        }
    }
    return 0;
}

int hone_node_set_compile_take(struct hone_node_set *set, json_t *root,
                               struct hone_error *err)
{
    *set = (struct hone_node_set){.root = root};
    if (!json_is_object(root) && !json_is_boolean(root)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "a schema must be an object, true or false");
    }
    struct compiler compiler = {
        .set = set, .known = hone_map_create(), .anchors = hone_map_create(), .err = err};
    (void)node_of(&compiler, root, "", "");
    set->nodes[0]->location[0] = '\0';
    int code = 0;
    for (size_t i = 0; i < set->n_nodes && code == 0; i++) {
        code = compile_node(&compiler, set->nodes[i]);
    }
    if (code == 0) {
        code = resolve_anchors(&compiler);
    }
    hone_map_destroy(compiler.known);
    hone_map_destroy(compiler.anchors);
    return code;
}

static void destroy_node(struct hone_node *node)
{
    for (size_t i = 0; i < node->n_rules; i++) {
        struct hone_node_rule *rule = &node->rules[i];
        for (size_t j = 0; j < rule->n_patterns; j++) {
            hone_pattern_destroy(rule->patterns[j]);
        }
        free(rule->patterns);
        free(rule->subs);
    }
    free(node->rules);
    free(node->location);
    free(node);
}

void hone_node_set_finish(struct hone_node_set *set)
{
    for (size_t i = 0; i < set->n_nodes; i++) {
        destroy_node(set->nodes[i]);
    }
    free(set->nodes);
    json_decref(set->root);
    *set = (struct hone_node_set){.root = NULL};
}
