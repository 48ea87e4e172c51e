#include "schema/keyword.h"

#include "schema/evaluated.h"
#include "schema/quick.h"
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
    {"type", HONE_KEYWORD_TYPES, hone_rule_scalar_type, NULL, hone_quick_type},
    {"enum", HONE_KEYWORD_ARRAY, hone_rule_scalar_enum, NULL, hone_quick_enum},
    {"const", HONE_KEYWORD_ANY, hone_rule_scalar_const, NULL, hone_quick_const},

    {"minimum", HONE_KEYWORD_NUMBER, hone_rule_scalar_minimum, NULL, hone_quick_minimum},
    {"maximum", HONE_KEYWORD_NUMBER, hone_rule_scalar_maximum, NULL, hone_quick_maximum},
    {"exclusiveMinimum", HONE_KEYWORD_NUMBER, hone_rule_scalar_exclusive_minimum, NULL,
     hone_quick_exclusive_minimum},
    {"exclusiveMaximum", HONE_KEYWORD_NUMBER, hone_rule_scalar_exclusive_maximum, NULL,
     hone_quick_exclusive_maximum},
    {"multipleOf", HONE_KEYWORD_POSITIVE, hone_rule_scalar_multiple_of, NULL, NULL},
    {"minLength", HONE_KEYWORD_COUNT, hone_rule_scalar_min_length, NULL,
     hone_quick_min_length},
    {"maxLength", HONE_KEYWORD_COUNT, hone_rule_scalar_max_length, NULL,
     hone_quick_max_length},
    {"pattern", HONE_KEYWORD_PATTERN, hone_rule_scalar_pattern, NULL, NULL},

    {"required", HONE_KEYWORD_STRINGS, hone_rule_object_required, NULL,
     hone_quick_required},
    {"properties", HONE_KEYWORD_SCHEMA_MAP, hone_rule_object_properties,
     hone_evaluated_by_properties, hone_quick_properties},
    {"patternProperties", HONE_KEYWORD_PATTERN_MAP, hone_rule_object_pattern_properties,
     hone_evaluated_by_patterns, NULL},
    {"additionalProperties", HONE_KEYWORD_SCHEMA, hone_rule_object_additional,
     hone_evaluated_by_any_property, hone_quick_additional},
    {"propertyNames", HONE_KEYWORD_SCHEMA, hone_rule_object_names, NULL, NULL},
    {"minProperties", HONE_KEYWORD_COUNT, hone_rule_object_min, NULL,
     hone_quick_min_properties},
    {"maxProperties", HONE_KEYWORD_COUNT, hone_rule_object_max, NULL,
     hone_quick_max_properties},
    {"dependentRequired", HONE_KEYWORD_STRINGS_MAP, hone_rule_object_dependent_required,
     NULL, NULL},
    {"dependentSchemas", HONE_KEYWORD_SCHEMA_MAP, hone_rule_object_dependent_schemas,
     hone_evaluated_by_dependents, NULL},

    {"minItems", HONE_KEYWORD_COUNT, hone_rule_array_min, NULL, hone_quick_min_items},
    {"maxItems", HONE_KEYWORD_COUNT, hone_rule_array_max, NULL, hone_quick_max_items},
    {"prefixItems", HONE_KEYWORD_SCHEMA_LIST, hone_rule_array_prefix,
     hone_evaluated_by_prefix, NULL},
    {"items", HONE_KEYWORD_SCHEMA, hone_rule_array_items, hone_evaluated_by_any_item,
     hone_quick_items},
    {"uniqueItems", HONE_KEYWORD_BOOLEAN, hone_rule_array_unique, NULL, NULL},
    {"contains", HONE_KEYWORD_SCHEMA, hone_rule_array_contains,
     hone_evaluated_by_contains, NULL},
    {"minContains", HONE_KEYWORD_COUNT, NULL, NULL, NULL},
    {"maxContains", HONE_KEYWORD_COUNT, NULL, NULL, NULL},

    {"$ref", HONE_KEYWORD_REFERENCE, hone_rule_logic_ref, hone_evaluated_by_all,
     hone_quick_all_of},
    {"$dynamicRef", HONE_KEYWORD_REFERENCE, hone_rule_logic_ref, hone_evaluated_by_all,
     hone_quick_all_of},
    {"$defs", HONE_KEYWORD_SCHEMA_MAP, NULL, NULL, NULL},
    {"allOf", HONE_KEYWORD_SCHEMA_LIST, hone_rule_logic_all_of, hone_evaluated_by_all,
     hone_quick_all_of},
    {"anyOf", HONE_KEYWORD_SCHEMA_LIST, hone_rule_logic_any_of, hone_evaluated_by_fitting,
     NULL},
    {"oneOf", HONE_KEYWORD_SCHEMA_LIST, hone_rule_logic_one_of, hone_evaluated_by_fitting,
     NULL},
    {"not", HONE_KEYWORD_SCHEMA, hone_rule_logic_not, NULL, NULL},
    {"if", HONE_KEYWORD_SCHEMA, hone_rule_logic_if, hone_evaluated_by_condition, NULL},
    {"then", HONE_KEYWORD_SCHEMA, NULL, NULL, NULL},
    {"else", HONE_KEYWORD_SCHEMA, NULL, NULL, NULL},

    /* These two ask what all the others have looked at, so they stand last. */
    {"unevaluatedProperties", HONE_KEYWORD_SCHEMA, hone_rule_unevaluated_properties,
     hone_evaluated_by_any_property, NULL},
    {"unevaluatedItems", HONE_KEYWORD_SCHEMA, hone_rule_unevaluated_items,
     hone_evaluated_by_any_item, NULL},
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
