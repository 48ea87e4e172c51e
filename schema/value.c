#include "schema/value.h"

#include "base/check.h"
#include "base/text.h"
#include "schema/json.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DESCRIBED_BYTES_MAX 48

/* The doubles that are exactly -2^63 and 2^63. */
#define INTEGER_MIN_REAL (-9223372036854775808.0)
#define INTEGER_END_REAL 9223372036854775808.0

static const struct {
    const char *name;
    unsigned bit;
} types[] = {
    {"array", HONE_VALUE_ARRAY},     {"boolean", HONE_VALUE_BOOLEAN},
    {"integer", HONE_VALUE_INTEGER}, {"null", HONE_VALUE_NULL},
    {"number", HONE_VALUE_NUMBER},   {"object", HONE_VALUE_OBJECT},
    {"string", HONE_VALUE_STRING},
};

unsigned hone_value_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(name, types[i].name) == 0) {
            return types[i].bit;
        }
    }
    return 0;
}

unsigned hone_value_types(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return HONE_VALUE_OBJECT;
    case JSON_ARRAY:
        return HONE_VALUE_ARRAY;
    case JSON_STRING:
        return HONE_VALUE_STRING;
    case JSON_INTEGER:
        return HONE_VALUE_NUMBER | HONE_VALUE_INTEGER;
    case JSON_REAL:
        return HONE_VALUE_NUMBER |
               (hone_value_is_integer(value) ? HONE_VALUE_INTEGER : 0u);
    case JSON_TRUE:
    case JSON_FALSE:
        return HONE_VALUE_BOOLEAN;
    default:
        return HONE_VALUE_NULL;
    }
}

bool hone_value_is_integer(const json_t *value)
{
    if (json_is_integer(value)) {
        return true;
    }
    if (!json_is_real(value)) {
        return false;
    }
    double whole = 0;
    return !(fabs(modf(json_real_value(value), &whole)) > 0);
}

static int sign_of_difference(double a, double b)
{
    return (a > b) - (a < b);
}

/* Without rounding the integer: the real is cut to its integer part first. */
static int compare_mixed(json_int_t a, double b)
{
    if (b < INTEGER_MIN_REAL) {
        return 1;
    }
    if (b >= INTEGER_END_REAL) {
        return -1;
    }
    double whole = 0;
    double fraction = modf(b, &whole);
    json_int_t b_whole = (json_int_t)whole;
    if (a != b_whole) {
        return a > b_whole ? 1 : -1;
    }
    return sign_of_difference(0, fraction);
}

int hone_value_compare(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b)) {
        json_int_t x = json_integer_value(a), y = json_integer_value(b);
        return (x > y) - (x < y);
    }
    if (json_is_integer(a)) {
        return compare_mixed(json_integer_value(a), json_real_value(b));
    }
    if (json_is_integer(b)) {
        return -compare_mixed(json_integer_value(b), json_real_value(a));
    }
    return sign_of_difference(json_real_value(a), json_real_value(b));
}

/* digits * 10^exponent, without the sign. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* Of what snprintf writes for "%.*e": D.DDDDe+XX, sign aside. */
static struct decimal parse_decimal(const char *text)
{
    struct decimal decimal = {0, 0};
    bool behind_point = false;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9') {
            decimal.digits = decimal.digits * 10 + (uint64_t)(*text - '0');
            decimal.exponent -= behind_point ? 1 : 0;
        }
        behind_point = behind_point || *text == '.';
    }
    decimal.exponent += *text == 'e' ? (int)strtol(text + 1, NULL, 10) : 0;
    return decimal;
}

/* The shortest decimal that reads back as the same number. */
static struct decimal decimal_of(const json_t *value)
{
    char text[40];
    if (json_is_integer(value)) {
        json_int_t integer = json_integer_value(value);
        uint64_t digits = (uint64_t)integer;
        return (struct decimal){integer < 0 ? 0 - digits : digits, 0};
    }
    double real = json_real_value(value);
    /* A normal double keeps every decimal of 15 digits, the smallest ones keep fewer. */
    for (int digits = fabs(real) < DBL_MIN ? 0 : 14; digits <= 16; digits++) {
        (void)snprintf(text, sizeof(text), "%.*e", digits, real);
        double back = strtod(text, NULL);
        if (back >= real && back <= real) {
            break;
        }
    }
    return parse_decimal(text);
}

/* (a + b) % n for a and b below n, which is at most 2^63. */
static uint64_t add_modulo(uint64_t a, uint64_t b, uint64_t n)
{
    uint64_t sum = a + b;
    return sum >= n ? sum - n : sum;
}

static uint64_t ten_times_modulo(uint64_t a, uint64_t n)
{
    uint64_t twice = add_modulo(a, a, n), four_times = add_modulo(twice, twice, n);
    return add_modulo(add_modulo(four_times, four_times, n), twice, n);
}

bool hone_value_is_multiple(const json_t *value, const json_t *of)
{
    if (json_is_integer(value) && json_is_integer(of)) {
        return json_integer_value(value) % json_integer_value(of) == 0;
    }
    struct decimal a = decimal_of(value), b = decimal_of(of);
    HONE_REQUIRE(b.digits > 0);
    /* Common powers of ten are taken from b, so that only a is multiplied. */
    while (b.digits % 10 == 0 && b.exponent < a.exponent) {
        b.digits /= 10;
        b.exponent += 1;
    }
    for (; a.exponent < b.exponent && a.digits % 10 == 0 && a.digits > 0; a.exponent++) {
        a.digits /= 10;
    }
    if (a.digits == 0 || a.exponent < b.exponent) {
        return a.digits == 0;
    }
    uint64_t rest = a.digits % b.digits;
    for (int i = a.exponent; i > b.exponent && rest > 0; i--) {
        rest = ten_times_modulo(rest, b.digits);
    }
    return rest == 0;
}

static bool equal_strings(const json_t *a, const json_t *b)
{
    return hone_span_equal(hone_span_of(json_string_value(a), json_string_length(a)),
                           hone_span_of(json_string_value(b), json_string_length(b)));
}

static bool equal_arrays(const json_t *a, const json_t *b)
{
    if (json_array_size(a) != json_array_size(b)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(a); i++) {
        if (!hone_value_equal(json_array_get(a, i), json_array_get(b, i))) {
            return false;
        }
    }
    return true;
}

static json_t *mutable_of(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

static bool equal_objects(const json_t *a, const json_t *b)
{
    const char *key = NULL;
    json_t *member = NULL;
    if (json_object_size(a) != json_object_size(b)) {
        return false;
    }
    json_object_foreach(mutable_of(a), key, member)
    {
        const json_t *other = json_object_get(b, key);
        if (other == NULL || !hone_value_equal(member, other)) {
            return false;
        }
    }
    return true;
}

bool hone_value_equal(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b)) {
        return hone_value_compare(a, b) == 0;
    }
    if (json_typeof(a) != json_typeof(b)) {
        return false;
    }
    switch (json_typeof(a)) {
    case JSON_STRING:
        return equal_strings(a, b);
    case JSON_ARRAY:
        return equal_arrays(a, b);
    case JSON_OBJECT:
        return equal_objects(a, b);
    default:
        return true;
    }
}

/* The finisher of SplitMix64: every bit of the input reaches every bit of the output. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t hash_bytes(struct hone_span bytes, uint64_t seed)
{
    uint64_t hash = mix(seed ^ bytes.len);
    for (size_t i = 0; i < bytes.len; i++) {
        hash = mix(hash + (unsigned char)bytes.data[i] + 0x9e3779b97f4a7c15u);
    }
    return hash;
}

static uint64_t hash_number(const json_t *value, uint64_t seed)
{
    /* Adding 0 makes one zero of both. Integers that round to one double only collide. */
    double number = json_number_value(value) + 0.0;
    uint64_t bits = 0;
    memcpy(&bits, &number, sizeof(bits));
    return mix(bits ^ seed);
}

static uint64_t hash_value(const json_t *value, uint64_t seed);

static uint64_t hash_object(const json_t *object, uint64_t seed)
{
    const char *key = NULL;
    json_t *member = NULL;
    uint64_t sum = json_object_size(object);
    json_object_foreach(mutable_of(object), key, member)
    {
        sum += mix(hash_bytes(hone_span_text(key), seed) ^ hash_value(member, ~seed));
    }
    return mix(sum);
}

static uint64_t hash_value(const json_t *value, uint64_t seed)
{
    uint64_t hash = seed;
    if (json_is_number(value)) {
        return hash_number(value, seed);
    }
    switch (json_typeof(value)) {
    case JSON_STRING:
        return hash_bytes(
            hone_span_of(json_string_value(value), json_string_length(value)), seed ^ 1);
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++) {
            hash = mix(hash + hash_value(json_array_get(value, i), seed ^ 2));
        }
        return mix(hash ^ 3);
    case JSON_OBJECT:
        return hash_object(value, seed ^ 4);
    default:
        return mix(seed ^ 5 ^ (uint64_t)json_typeof(value));
    }
}

uint64_t hone_value_hash(const json_t *value)
{
    return hash_value(value, 0);
}

static void describe_string(struct hone_buf *buf, const json_t *value)
{
    struct hone_span text =
        hone_span_of(json_string_value(value), json_string_length(value));
    struct hone_span shown = hone_text_prefix(text, DESCRIBED_BYTES_MAX);
    (void)hone_json_append_string(buf, shown);
    if (shown.len < text.len) {
        (void)hone_buf_append_text(buf, "...");
    }
}

static void describe_count(struct hone_buf *buf, const char *what, size_t n,
                           const char *of)
{
    (void)hone_buf_append_format(buf, "%s of %zu %s%s", what, n, of, n == 1 ? "" : "s");
}

void hone_value_describe(struct hone_buf *buf, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        describe_string(buf, value);
        break;
    case JSON_ARRAY:
        describe_count(buf, "an array", json_array_size(value), "item");
        break;
    case JSON_OBJECT:
        describe_count(buf, "an object", json_object_size(value), "key");
        break;
    default:
        (void)hone_json_append(buf, value);
        break;
    }
}
