#include "schema/keyword.h"

#include "schema/evaluated.h"
#include "schema/rule_array.h"
#include "schema/rule_logic.h"
#include "schema/rule_object.h"
#include "schema/rule_scalar.h"
#include "schema/rule_unevaluated.h"
#include "schema/value.h"

#include <stdint.h>
#include <string.h>

#define N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

static const struct hone_keyword keywords[] = {
    {"type", HONE_KEYWORD_TYPES, hone_rule_scalar_type, NULL},
    {"enum", HONE_KEYWORD_ARRAY, hone_rule_scalar_enum, NULL},
    {"const", HONE_KEYWORD_ANY, hone_rule_scalar_const, NULL},

    {"minimum", HONE_KEYWORD_NUMBER, hone_rule_scalar_minimum, NULL},
    {"maximum", HONE_KEYWORD_NUMBER, hone_rule_scalar_maximum, NULL},
    {"exclusiveMinimum", HONE_KEYWORD_NUMBER, hone_rule_scalar_exclusive_minimum, NULL},
    {"exclusiveMaximum", HONE_KEYWORD_NUMBER, hone_rule_scalar_exclusive_maximum, NULL},
    {"multipleOf", HONE_KEYWORD_POSITIVE, hone_rule_scalar_multiple_of, NULL},
    {"minLength", HONE_KEYWORD_COUNT, hone_rule_scalar_min_length, NULL},
    {"maxLength", HONE_KEYWORD_COUNT, hone_rule_scalar_max_length, NULL},
    {"pattern", HONE_KEYWORD_PATTERN, hone_rule_scalar_pattern, NULL},

    {"required", HONE_KEYWORD_STRINGS, hone_rule_object_required, NULL},
    {"properties", HONE_KEYWORD_SCHEMA_MAP, hone_rule_object_properties,
     hone_evaluated_by_properties},
    {"patternProperties", HONE_KEYWORD_PATTERN_MAP, hone_rule_object_pattern_properties,
     hone_evaluated_by_patterns},
    {"additionalProperties", HONE_KEYWORD_SCHEMA, hone_rule_object_additional,
     hone_evaluated_by_any_property},
    {"propertyNames", HONE_KEYWORD_SCHEMA, hone_rule_object_names, NULL},
    {"minProperties", HONE_KEYWORD_COUNT, hone_rule_object_min, NULL},
    {"maxProperties", HONE_KEYWORD_COUNT, hone_rule_object_max, NULL},
    {"dependentRequired", HONE_KEYWORD_STRINGS_MAP, hone_rule_object_dependent_required,
     NULL},
    {"dependentSchemas", HONE_KEYWORD_SCHEMA_MAP, hone_rule_object_dependent_schemas,
     hone_evaluated_by_dependents},

    {"minItems", HONE_KEYWORD_COUNT, hone_rule_array_min, NULL},
    {"maxItems", HONE_KEYWORD_COUNT, hone_rule_array_max, NULL},
    {"prefixItems", HONE_KEYWORD_SCHEMA_LIST, hone_rule_array_prefix,
     hone_evaluated_by_prefix},
    {"items", HONE_KEYWORD_SCHEMA, hone_rule_array_items, hone_evaluated_by_any_item},
    {"uniqueItems", HONE_KEYWORD_BOOLEAN, hone_rule_array_unique, NULL},
    {"contains", HONE_KEYWORD_SCHEMA, hone_rule_array_contains,
     hone_evaluated_by_contains},
    {"minContains", HONE_KEYWORD_COUNT, NULL, NULL},
    {"maxContains", HONE_KEYWORD_COUNT, NULL, NULL},

    {"$ref", HONE_KEYWORD_REFERENCE, hone_rule_logic_ref, hone_evaluated_by_all},
    {"$dynamicRef", HONE_KEYWORD_REFERENCE, hone_rule_logic_ref, hone_evaluated_by_all},
    {"$defs", HONE_KEYWORD_SCHEMA_MAP, NULL, NULL},
    {"allOf", HONE_KEYWORD_SCHEMA_LIST, hone_rule_logic_all_of, hone_evaluated_by_all},
    {"anyOf", HONE_KEYWORD_SCHEMA_LIST, hone_rule_logic_any_of,
     hone_evaluated_by_fitting},
    {"oneOf", HONE_KEYWORD_SCHEMA_LIST, hone_rule_logic_one_of,
     hone_evaluated_by_fitting},
    {"not", HONE_KEYWORD_SCHEMA, hone_rule_logic_not, NULL},
    {"if", HONE_KEYWORD_SCHEMA, hone_rule_logic_if, hone_evaluated_by_condition},
    {"then", HONE_KEYWORD_SCHEMA, NULL, NULL},
    {"else", HONE_KEYWORD_SCHEMA, NULL, NULL},

    /* These two ask what all the others have looked at, so they stand last. */
    {"unevaluatedProperties", HONE_KEYWORD_SCHEMA, hone_rule_unevaluated_properties,
     hone_evaluated_by_any_property},
    {"unevaluatedItems", HONE_KEYWORD_SCHEMA, hone_rule_unevaluated_items,
     hone_evaluated_by_any_item},
};

/* Keywords of this or an older dialect that change verdicts and that we do not have. */
static const struct {
    const char *name, *advice;
} refused[] = {
    {"$recursiveAnchor", "use $anchor"},
    {"$recursiveRef", "use $ref"},
    {"$vocabulary", "the vocabulary is fixed"},
    {"additionalItems", "use prefixItems and items"},
    {"dependencies", "use dependentRequired or dependentSchemas"},
};

const struct hone_keyword *hone_keyword_all(size_t *n)
{
    *n = N_ITEMS(keywords);
    return keywords;
}

int hone_keyword_check_known(const char *name, struct hone_error *err)
{
    for (size_t i = 0; i < N_ITEMS(refused); i++) {
        if (strcmp(name, refused[i].name) == 0) {
            (void)hone_error_set(err, HONE_E_UNSUPPORTED,
                                 "the keyword \"%s\" is not supported: %s", name,
                                 refused[i].advice);
            return HONE_E_UNSUPPORTED;
        }
    }
    return 0;
}

static bool is_type_name(const json_t *value)
{
    return json_is_string(value) && hone_value_type_find(json_string_value(value)) != 0;
}

static bool is_count(const json_t *value)
{
    if (json_is_integer(value)) {
        return json_integer_value(value) >= 0;
    }
    double real = json_real_value(value);
    return json_is_real(value) && real >= 0 && real <= 9e15 &&
           !(real > (double)(long long)real);
}

/* An array of pairwise different strings. */
static bool are_strings(const json_t *value)
{
    size_t n = json_array_size(value), i = 0;
    json_t *seen = json_object();
    while (i < n && json_is_string(json_array_get(value, i)) &&
           json_object_set_new_nocheck(seen, json_string_value(json_array_get(value, i)),
                                       json_true()) == 0) {
        i += 1;
    }
    bool good = json_is_array(value) && i == n && json_object_size(seen) == n;
    json_decref(seen);
    return good;
}

static bool are_strings_map(const json_t *value)
{
    const char *key = NULL;
    json_t *strings = NULL;
    json_object_foreach((json_t *)(uintptr_t)value, key, strings)
    {
        if (!are_strings(strings)) {
            return false;
        }
    }
    return json_is_object(value);
}

static bool are_types(const json_t *value)
{
    if (!json_is_array(value)) {
        return is_type_name(value);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!is_type_name(json_array_get(value, i))) {
            return false;
        }
    }
    return json_array_size(value) > 0 && are_strings(value);
}

static bool is_positive(const json_t *value)
{
    return json_is_number(value) && json_number_value(value) > 0;
}

static bool is_number(const json_t *value)
{
    return json_is_number(value);
}

static bool is_boolean(const json_t *value)
{
    return json_is_boolean(value);
}

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

static bool is_list(const json_t *value)
{
    return json_array_size(value) > 0;
}

static bool is_map(const json_t *value)
{
    return json_is_object(value);
}

static bool is_schema(const json_t *value)
{
    return json_is_object(value) || json_is_boolean(value);
}

static bool is_anything(const json_t *value)
{
    return value != NULL;
}

static const struct {
    bool (*accepts)(const json_t *value);
    const char *wanted;
} shapes[] = {
    [HONE_KEYWORD_ANY] = {is_anything, "a value"},
    [HONE_KEYWORD_ARRAY] = {is_list, "an array with at least one item"},
    [HONE_KEYWORD_BOOLEAN] = {is_boolean, "true or false"},
    [HONE_KEYWORD_COUNT] = {is_count, "an integer that is not negative"},
    [HONE_KEYWORD_NUMBER] = {is_number, "a number"},
    [HONE_KEYWORD_PATTERN] = {is_text, "a string"},
    [HONE_KEYWORD_PATTERN_MAP] = {is_map, "an object of schemas"},
    [HONE_KEYWORD_POSITIVE] = {is_positive, "a number above 0"},
    [HONE_KEYWORD_REFERENCE] = {is_text, "a string"},
    [HONE_KEYWORD_SCHEMA] = {is_schema, "a schema, which is an object, true or false"},
    [HONE_KEYWORD_SCHEMA_LIST] = {is_list, "an array with at least one schema"},
    [HONE_KEYWORD_SCHEMA_MAP] = {is_map, "an object of schemas"},
    [HONE_KEYWORD_STRINGS] = {are_strings, "an array of strings, each once"},
    [HONE_KEYWORD_STRINGS_MAP] = {are_strings_map, "an object of arrays of strings"},
    [HONE_KEYWORD_TYPES] = {are_types,
                            "a JSON type (array, boolean, integer, null, number, "
                            "object, string) or an array of them"},
};

int hone_keyword_check_shape(const struct hone_keyword *keyword, const json_t *value,
                             struct hone_error *err)
{
    if (shapes[keyword->shape].accepts(value)) {
        return 0;
    }
    return hone_error_set(err, HONE_E_INVALID, "\"%s\" must be %s", keyword->name,
                          shapes[keyword->shape].wanted);
}
