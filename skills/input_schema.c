#include "skills/input_schema.h"

static const char *type_name(enum hone_package_field_type type)
{
    switch (type) {
    case HONE_PACKAGE_NUMBER:
        return "number";
    case HONE_PACKAGE_INTEGER:
        return "integer";
    case HONE_PACKAGE_BOOLEAN:
        return "boolean";
    case HONE_PACKAGE_STRING:
    default:
        return "string";
    }
}

json_t *hone_input_schema_make(const struct hone_package *package)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < package->n_fields; i++) {
        const struct hone_package_field *field = &package->fields[i];
        const char *description =
            field->description[0] != '\0' ? field->description : NULL;
        (void)json_object_set_new(properties, field->name,
                                  json_pack("{s:s, s:s*}", "type", type_name(field->type),
                                            "description", description));
        if (field->required) {
            (void)json_array_append_new(required, json_string(field->name));
        }
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
                     "required", required, "additionalProperties", 0);
}
