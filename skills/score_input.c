#include "skills/score_input.h"

#include <string.h>

static bool is_text(const struct hone_package_field *field)
{
    return field->type == HONE_PACKAGE_STRING && !field->is_category;
}

static void add_text(struct hone_score_input *out, const struct hone_package_field *field,
                     const json_t *value, bool is_sole)
{
    if (!json_is_string(value) || out->input.text.n_fields == HONE_ENCODER_FIELDS_MAX) {
        return;
    }
    bool is_plain = is_sole && strcmp(field->name, "text") == 0;
    out->texts[out->input.text.n_fields++] = (struct hone_encoder_field){
        hone_span_text(is_plain ? "" : field->name),
        hone_span_of(json_string_value(value), json_string_length(value))};
}

static struct hone_dense_value read_value(const struct hone_package_field *field,
                                          const json_t *value)
{
    switch (field->type) {
    case HONE_PACKAGE_STRING:
        return (struct hone_dense_value){
            .present = json_is_string(value),
            .text = hone_span_of(json_string_value(value), json_string_length(value))};
    case HONE_PACKAGE_BOOLEAN:
        return (struct hone_dense_value){.present = json_is_boolean(value),
                                         .number = json_is_true(value) ? 1.0 : 0.0};
    case HONE_PACKAGE_NUMBER:
    case HONE_PACKAGE_INTEGER:
    default:
        return (struct hone_dense_value){.present = json_is_number(value),
                                         .number = json_number_value(value)};
    }
}

static enum hone_dense_type dense_type(const struct hone_package_field *field)
{
    switch (field->type) {
    case HONE_PACKAGE_STRING:
        return HONE_DENSE_CATEGORY;
    case HONE_PACKAGE_BOOLEAN:
        return HONE_DENSE_BOOLEAN;
    case HONE_PACKAGE_NUMBER:
    case HONE_PACKAGE_INTEGER:
    default:
        return HONE_DENSE_NUMBER;
    }
}

void hone_score_input_fill(struct hone_score_input *out,
                           const struct hone_package *package, const json_t *arguments)
{
    size_t n_texts = 0;
    out->input = (struct hone_regressor_input){
        .fields = out->fields, .values = out->values, .text = {out->texts, 0}};
    for (size_t i = 0; i < package->n_fields; i++) {
        n_texts += is_text(&package->fields[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < package->n_fields; i++) {
        const struct hone_package_field *field = &package->fields[i];
        const json_t *value = json_object_get(arguments, field->name);
        if (is_text(field)) {
            add_text(out, field, value, n_texts == 1);
        } else if (out->input.n_fields < HONE_DENSE_FIELDS_MAX) {
            size_t at = out->input.n_fields++;
            out->fields[at] = (struct hone_dense_field){
                hone_span_text(field->name), dense_type(field), !field->required};
            out->values[at] = read_value(field, value);
        }
    }
}

struct hone_regressor_target hone_score_input_target(const struct hone_package *package)
{
    const struct hone_package_target *target = &package->target;
    return (struct hone_regressor_target){target->min, target->max, target->coverage,
                                          (double)target->half_life};
}
