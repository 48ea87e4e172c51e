#include "skills/classify_input.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The shortest JSON text that reads back as the same number. */
static struct hone_span number_text(char *out, const json_t *number)
{
    size_t len = 0;
    for (size_t digits = 15; digits <= 17; digits++) {
        len = json_dumpb(number, out, HONE_CLASSIFY_INPUT_NUMBER_BYTES - 1,
                         JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        out[len] = '\0';
        if (json_is_integer(number) || strtod(out, NULL) == json_real_value(number)) {
            break;
        }
    }
    return hone_span_of(out, len);
}

/* False when the value is absent or not of the field's type. */
static bool read_value(struct hone_span *out, char *number,
                       const struct hone_package_field *field, const json_t *value)
{
    switch (field->type) {
    case HONE_PACKAGE_STRING:
        *out = hone_span_of(json_string_value(value), json_string_length(value));
        return json_is_string(value);
    case HONE_PACKAGE_BOOLEAN:
        *out = hone_span_text(json_is_true(value) ? "true" : "false");
        return json_is_boolean(value);
    case HONE_PACKAGE_NUMBER:
    case HONE_PACKAGE_INTEGER:
    default:
        if (!json_is_number(value)) {
            return false;
        }
        *out = number_text(number, value);
        return true;
    }
}

void hone_classify_input_fill(struct hone_classify_input *out,
                              const struct hone_package *package, const json_t *arguments)
{
    bool is_plain_text =
        package->n_fields == 1 && strcmp(package->fields[0].name, "text") == 0;
    size_t n = 0;
    for (size_t i = 0; i < package->n_fields && n < HONE_ENCODER_FIELDS_MAX; i++) {
        const struct hone_package_field *field = &package->fields[i];
        const json_t *value = json_object_get(arguments, field->name);
        struct hone_span text;
        if (read_value(&text, out->numbers[n], field, value)) {
            const char *name = is_plain_text ? "" : field->name;
            out->fields[n++] = (struct hone_encoder_field){hone_span_text(name), text};
        }
    }
    out->input = (struct hone_encoder_input){out->fields, n};
}
