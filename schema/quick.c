/* Every function here errs on one side only: "false" is always right, for it means "not
 * known". So a case that takes care, such as a real number of many digits, is simply left
 * out. A false ends the whole check. */
#include "schema/quick.h"

#include "schema/json_walk.h"
#include "schema/node.h"
#include "schema/value.h"

#include <stdint.h>

#define DIGITS_MAX 15 /* of a number: below 2^53, so exact as a double */

static bool check(struct hone_quick *quick, const struct hone_node *node,
                  const struct hone_quick_value *value);

static bool spend(struct hone_quick *quick, size_t n)
{
    if (n > quick->steps_left) {
        return false;
    }
    quick->steps_left -= n;
    return true;
}

static bool is(const struct hone_quick_at *at, unsigned type)
{
    return (at->value->types & type) != 0;
}

/* ---- reading ---- */

static unsigned number_types(struct hone_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.' || text.data[i] == 'e' || text.data[i] == 'E') {
            return HONE_VALUE_NUMBER;
        }
    }
    return HONE_VALUE_NUMBER | HONE_VALUE_INTEGER;
}

static unsigned types_of(struct hone_span text)
{
    switch (text.data[0]) {
    case '{':
        return HONE_VALUE_OBJECT;
    case '[':
        return HONE_VALUE_ARRAY;
    case '"':
        return HONE_VALUE_STRING;
    case 't':
    case 'f':
        return HONE_VALUE_BOOLEAN;
    case 'n':
        return HONE_VALUE_NULL;
    default:
        return number_types(text);
    }
}

static bool read_value(struct hone_quick_value *out, struct hone_span text)
{
    struct hone_json_walk walk;
    struct hone_span key, value;
    if (text.len == 0) {
        return false;
    }
    out->text = text;
    out->types = types_of(text);
    out->n_members = 0;
    if (out->types != HONE_VALUE_OBJECT) {
        return true;
    }
    hone_json_walk_begin(&walk, text);
    while (hone_json_walk_next(&walk, &key, &value)) {
        if (out->n_members == HONE_QUICK_MEMBERS_MAX) {
            return false;
        }
        out->members[out->n_members++] = (struct hone_quick_member){key, value};
    }
    return true;
}

static const struct hone_quick_member *find_member(const struct hone_quick_value *value,
                                                   const char *key)
{
    for (size_t i = 0; i < value->n_members; i++) {
        if (hone_json_walk_key_is(value->members[i].key, key)) {
            return &value->members[i];
        }
    }
    return NULL;
}

/* What stands between the quotes of a string. */
static struct hone_span inside(const struct hone_quick_value *value)
{
    return hone_span_of(value->text.data + 1, value->text.len - 2);
}

/* A number of few digits without an exponent. It is one whole number over a power of ten,
 * both of them exact as doubles, so that the quotient is the nearest double, which is what
 * the parser makes of it. */
static bool read_number(double *out, struct hone_span text)
{
    bool is_negative = text.data[0] == '-', is_behind_point = false;
    double whole = 0, scale = 1;
    size_t n_digits = 0;
    for (size_t i = is_negative ? 1 : 0; i < text.len; i++) {
        char c = text.data[i];
        if (c >= '0' && c <= '9' && n_digits < DIGITS_MAX) {
            whole = whole * 10 + (c - '0');
            scale *= is_behind_point ? 10 : 1;
            n_digits += 1;
        } else if (c == '.') {
            is_behind_point = true;
        } else {
            return false;
        }
    }
    *out = (is_negative ? -whole : whole) / scale;
    return true;
}

/* ---- any value ---- */

bool hone_quick_type(struct hone_quick *quick, const struct hone_quick_at *at)
{
    (void)quick;
    return (at->value->types & at->rule->types) != 0;
}

/* *sign: negative, 0 or positive as the number is below, equal to or above the other. The
 * double nearest to an integer of the schema may be another number, but not one on the other
 * side of what has DIGITS_MAX digits. */
static bool compare(int *sign, const struct hone_quick_value *value, const json_t *other)
{
    double a = 0, b = json_number_value(other);
    if (!read_number(&a, value->text)) {
        return false;
    }
    *sign = (a > b) - (a < b);
    return true;
}

static bool is_equal(const struct hone_quick_value *value, const json_t *other)
{
    int sign = 0;
    switch (json_typeof(other)) {
    case JSON_STRING:
        /* A NUL inside would end the C string; no text here says one. */
        return value->types == HONE_VALUE_STRING &&
               strlen(json_string_value(other)) == json_string_length(other) &&
               hone_json_walk_key_is(inside(value), json_string_value(other));
    case JSON_INTEGER:
    case JSON_REAL:
        return (value->types & HONE_VALUE_NUMBER) != 0 && compare(&sign, value, other) &&
               sign == 0;
    case JSON_TRUE:
        return value->text.data[0] == 't';
    case JSON_FALSE:
        return value->text.data[0] == 'f';
    case JSON_NULL:
        return value->text.data[0] == 'n';
    default:
        return false;
    }
}

bool hone_quick_enum(struct hone_quick *quick, const struct hone_quick_at *at)
{
    const json_t *choices = at->rule->value;
    size_t n = json_array_size(choices);
    if (!spend(quick, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (is_equal(at->value, json_array_get(choices, i))) {
            return true;
        }
    }
    return false;
}

bool hone_quick_const(struct hone_quick *quick, const struct hone_quick_at *at)
{
    (void)quick;
    return is_equal(at->value, at->rule->value);
}

/* ---- numbers ---- */

bool hone_quick_minimum(struct hone_quick *quick, const struct hone_quick_at *at)
{
    int sign = 0;
    (void)quick;
    return !is(at, HONE_VALUE_NUMBER) ||
           (compare(&sign, at->value, at->rule->value) && sign >= 0);
}

bool hone_quick_maximum(struct hone_quick *quick, const struct hone_quick_at *at)
{
    int sign = 0;
    (void)quick;
    return !is(at, HONE_VALUE_NUMBER) ||
           (compare(&sign, at->value, at->rule->value) && sign <= 0);
}

bool hone_quick_exclusive_minimum(struct hone_quick *quick,
                                  const struct hone_quick_at *at)
{
    int sign = 0;
    (void)quick;
    return !is(at, HONE_VALUE_NUMBER) ||
           (compare(&sign, at->value, at->rule->value) && sign > 0);
}

bool hone_quick_exclusive_maximum(struct hone_quick *quick,
                                  const struct hone_quick_at *at)
{
    int sign = 0;
    (void)quick;
    return !is(at, HONE_VALUE_NUMBER) ||
           (compare(&sign, at->value, at->rule->value) && sign < 0);
}

/* ---- strings ---- */

/* Bytes of the escape at a backslash: two of "\u" are one character when the first is a high
 * surrogate. */
static size_t escape_len(const char *at)
{
    if (at[1] != 'u') {
        return 2;
    }
    bool is_high =
        hone_json_walk_hex(at[2]) == 0xd && (hone_json_walk_hex(at[3]) & 0xc) == 0x8;
    return is_high ? 12 : 6;
}

/* Code points that the text between quotes says. */
static size_t n_characters(struct hone_span raw)
{
    size_t n = 0, at = 0;
    while (at < raw.len) {
        unsigned char c = (unsigned char)raw.data[at];
        n += (c & 0xc0) != 0x80 ? 1 : 0;
        at += c == '\\' ? escape_len(raw.data + at) : 1;
    }
    return n;
}

bool hone_quick_min_length(struct hone_quick *quick, const struct hone_quick_at *at)
{
    (void)quick;
    return !is(at, HONE_VALUE_STRING) ||
           (double)n_characters(inside(at->value)) >= json_number_value(at->rule->value);
}

bool hone_quick_max_length(struct hone_quick *quick, const struct hone_quick_at *at)
{
    (void)quick;
    return !is(at, HONE_VALUE_STRING) ||
           (double)n_characters(inside(at->value)) <= json_number_value(at->rule->value);
}

/* ---- objects ---- */

static bool check_text(struct hone_quick *quick, const struct hone_node *node,
                       struct hone_span text)
{
    struct hone_quick_value value;
    return read_value(&value, text) && check(quick, node, &value);
}

bool hone_quick_required(struct hone_quick *quick, const struct hone_quick_at *at)
{
    const json_t *required = at->rule->value;
    size_t n = json_array_size(required);
    if (!is(at, HONE_VALUE_OBJECT)) {
        return true;
    }
    if (!spend(quick, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const char *key = json_string_value(json_array_get(required, i));
        if (find_member(at->value, key) == NULL) {
            return false;
        }
    }
    return true;
}

bool hone_quick_properties(struct hone_quick *quick, const struct hone_quick_at *at)
{
    const char *key = NULL;
    json_t *schema = NULL;
    size_t i = 0;
    if (!is(at, HONE_VALUE_OBJECT)) {
        return true;
    }
    if (!spend(quick, at->rule->n_subs)) {
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)at->rule->value, key, schema)
    {
        const struct hone_node *sub = at->rule->subs[i++];
        const struct hone_quick_member *member = find_member(at->value, key);
        if (member != NULL && !check_text(quick, sub, member->value)) {
            return false;
        }
    }
    return true;
}

/* A key that is written with escapes is not found among the known ones. Its value is then
 * checked as an additional one, which it need not be: that can only refuse more. */
bool hone_quick_additional(struct hone_quick *quick, const struct hone_quick_at *at)
{
    const json_t *known = json_object_get(at->node->schema, "properties");
    const struct hone_quick_value *value = at->value;
    if (!is(at, HONE_VALUE_OBJECT)) {
        return true;
    }
    if (!spend(quick, value->n_members)) {
        return false;
    }
    for (size_t i = 0; i < value->n_members; i++) {
        struct hone_span key = value->members[i].key;
        if (json_object_getn(known, key.data, key.len) == NULL &&
            !check_text(quick, at->rule->subs[0], value->members[i].value)) {
            return false;
        }
    }
    return true;
}

bool hone_quick_min_properties(struct hone_quick *quick, const struct hone_quick_at *at)
{
    (void)quick;
    return !is(at, HONE_VALUE_OBJECT) ||
           (double)at->value->n_members >= json_number_value(at->rule->value);
}

bool hone_quick_max_properties(struct hone_quick *quick, const struct hone_quick_at *at)
{
    (void)quick;
    return !is(at, HONE_VALUE_OBJECT) ||
           (double)at->value->n_members <= json_number_value(at->rule->value);
}

/* ---- arrays ---- */

static size_t n_items(const struct hone_quick_value *value)
{
    struct hone_json_walk walk;
    struct hone_span item;
    size_t n = 0;
    hone_json_walk_begin_items(&walk, value->text);
    while (hone_json_walk_next_item(&walk, &item)) {
        n += 1;
    }
    return n;
}

bool hone_quick_min_items(struct hone_quick *quick, const struct hone_quick_at *at)
{
    (void)quick;
    return !is(at, HONE_VALUE_ARRAY) ||
           (double)n_items(at->value) >= json_number_value(at->rule->value);
}

bool hone_quick_max_items(struct hone_quick *quick, const struct hone_quick_at *at)
{
    (void)quick;
    return !is(at, HONE_VALUE_ARRAY) ||
           (double)n_items(at->value) <= json_number_value(at->rule->value);
}

/* Beside prefixItems, which is not known, items would be for those behind it. */
bool hone_quick_items(struct hone_quick *quick, const struct hone_quick_at *at)
{
    struct hone_json_walk walk;
    struct hone_span item;
    if (!is(at, HONE_VALUE_ARRAY)) {
        return true;
    }
    hone_json_walk_begin_items(&walk, at->value->text);
    while (hone_json_walk_next_item(&walk, &item)) {
        if (!check_text(quick, at->rule->subs[0], item)) {
            return false;
        }
    }
    return true;
}

/* ---- all rules of a node ---- */

bool hone_quick_all_of(struct hone_quick *quick, const struct hone_quick_at *at)
{
    for (size_t i = 0; i < at->rule->n_subs; i++) {
        if (!check(quick, at->rule->subs[i], at->value)) {
            return false;
        }
    }
    return true;
}

static bool check(struct hone_quick *quick, const struct hone_node *node,
                  const struct hone_quick_value *value)
{
    struct hone_quick_at at = {.node = node, .value = value};
    if (json_is_false(node->schema) || quick->depth == HONE_QUICK_DEPTH_MAX ||
        !spend(quick, 1 + node->n_rules)) {
        return false;
    }
    quick->depth += 1;
    for (size_t i = 0; i < node->n_rules; i++) {
        const struct hone_keyword *keyword = node->rules[i].keyword;
        at.rule = &node->rules[i];
        if (keyword->check != NULL &&
            (keyword->accepts == NULL || !keyword->accepts(quick, &at))) {
            return false;
        }
    }
    quick->depth -= 1;
    return true;
}

bool hone_quick_accepts(const struct hone_node *node, struct hone_span text)
{
    struct hone_quick quick = {.steps_left = HONE_QUICK_STEPS_MAX};
    return text.len <= HONE_QUICK_BYTES_MAX && check_text(&quick, node, text);
}
