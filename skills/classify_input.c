#include "skills/classify_input.h"

#include "base/check.h"
#include "base/error.h"
#include "schema/json.h"
#include "schema/json_walk.h"

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

/* What an integer's text says as a number: the same, but that -0 is 0. Of another number the
 * value is made, whose text is the shortest. */
static int read_number_text(struct hone_span *out, char *number, struct hone_span value)
{
    json_t *made = NULL;
    bool is_integer = true;
    for (size_t i = 0; i < value.len && is_integer; i++) {
        is_integer =
            value.data[i] == '-' || (value.data[i] >= '0' && value.data[i] <= '9');
    }
    if (is_integer) {
        *out = hone_span_is(value, "-0") ? hone_span_text("0") : value;
        return 0;
    }
    if (hone_json_parse(&made, value, NULL) != 0) {
        return HONE_E_NOMEM;
    }
    *out = number_text(number, made);
    json_decref(made);
    return 0;
}

/* read_value of a value's text, which is empty for an absent one. */
static int read_text(bool *is_there, struct hone_span *out, char *number,
                     const struct hone_package_field *field, struct hone_span value,
                     struct hone_arena *arena)
{
    char first = value.len > 0 ? value.data[0] : '\0';
    switch (field->type) {
    case HONE_PACKAGE_STRING:
        *is_there = first == '"';
        return hone_json_walk_text(out, value, arena);
    case HONE_PACKAGE_BOOLEAN:
        *is_there = first == 't' || first == 'f';
        *out = hone_span_text(first == 't' ? "true" : "false");
        return 0;
    case HONE_PACKAGE_NUMBER:
    case HONE_PACKAGE_INTEGER:
    default:
        *is_there = first == '-' || (first >= '0' && first <= '9');
        return *is_there ? read_number_text(out, number, value) : 0;
    }
}

static int read_field(bool *is_there, struct hone_span *out, char *number,
                      const struct hone_package_field *field,
                      const struct hone_call_input *arguments, struct hone_arena *arena)
{
    if (arguments->value == NULL) {
        return read_text(is_there, out, number, field,
                         hone_json_walk_member(arguments->text, field->name), arena);
    }
    *is_there =
        read_value(out, number, field, json_object_get(arguments->value, field->name));
    return 0;
}

int hone_classify_input_read(struct hone_classify_input *out,
                             const struct hone_package *package,
                             const struct hone_call_input *arguments,
                             struct hone_arena *arena)
{
    bool is_plain_text =
        package->n_fields == 1 && strcmp(package->fields[0].name, "text") == 0;
    size_t n = 0;
    for (size_t i = 0; i < package->n_fields && n < HONE_ENCODER_FIELDS_MAX; i++) {
        const struct hone_package_field *field = &package->fields[i];
        struct hone_span text;
        bool is_there = false;
        int code = read_field(&is_there, &text, out->numbers[n], field, arguments, arena);
        if (code != 0) {
            return code;
        }
        if (is_there) {
            const char *name = is_plain_text ? "" : field->name;
            out->fields[n++] = (struct hone_encoder_field){hone_span_text(name), text};
        }
    }
    out->input = (struct hone_encoder_input){out->fields, n};
    return 0;
}

void hone_classify_input_fill(struct hone_classify_input *out,
                              const struct hone_package *package, const json_t *arguments)
{
    /* Reading values takes no memory. */
    struct hone_call_input given = {.value = arguments};
    HONE_INVARIANT(hone_classify_input_read(out, package, &given, NULL) == 0);
}
