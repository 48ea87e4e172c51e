#include "skills/package_event.h"

#include "base/alloc.h"
#include "base/digest.h"

#include <stdint.h>
#include <stdlib.h>

#define FIELDS_MAX 1024

static json_t *pack_fields(const struct hone_package *package)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < package->n_fields; i++) {
        const struct hone_package_field *field = &package->fields[i];
        (void)json_array_append_new(
            fields, json_pack("{s:s,s:i,s:b}", "name", field->name, "type",
                              (int)field->type, "required", (int)field->required));
    }
    return fields;
}

static json_t *pack_labels(const struct hone_package *package)
{
    json_t *labels = json_array();
    for (size_t i = 0; i < package->n_labels; i++) {
        const struct hone_package_label *label = &package->labels[i];
        (void)json_array_append_new(labels, json_pack("{s:s,s:s}", "name", label->name,
                                                      "description", label->description));
    }
    return labels;
}

json_t *hone_package_event_body(const struct hone_package *package)
{
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(package->digest, digest);
    return json_pack("{s:s,s:o,s:o,s:b,s:I,s:I}", "package", digest, "fields",
                     pack_fields(package), "labels", pack_labels(package), "labels_open",
                     (int)package->labels_open, "labels_max",
                     (json_int_t)package->labels_max, "min_pairs",
                     (json_int_t)package->gate_min_pairs);
}

/* The texts of a read package are only read, whatever their type says. */
static char *borrow_text(const json_t *object, const char *key)
{
    return (char *)(uintptr_t)json_string_value(json_object_get(object, key));
}

static bool read_label(struct hone_package_label *out, const json_t *value)
{
    out->name = borrow_text(value, "name");
    out->description = borrow_text(value, "description");
    return out->name != NULL && out->description != NULL;
}

static bool read_field(struct hone_package_field *out, const json_t *value)
{
    const json_t *type = json_object_get(value, "type");
    out->name = borrow_text(value, "name");
    out->type = (enum hone_package_field_type)json_integer_value(type);
    out->required = json_is_true(json_object_get(value, "required"));
    return out->name != NULL && json_is_integer(type) && json_integer_value(type) >= 0 &&
           json_integer_value(type) <= HONE_PACKAGE_BOOLEAN;
}

/* A count in [0, max]. */
static bool read_count(json_int_t *out, const json_t *body, const char *key,
                       json_int_t max)
{
    const json_t *value = json_object_get(body, key);
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0 && *out <= max;
}

static bool read_lists(struct hone_package *out, const json_t *labels,
                       const json_t *fields)
{
    bool ok = true;
    for (size_t i = 0; i < out->n_labels; i++) {
        ok = read_label(&out->labels[i], json_array_get(labels, i)) && ok;
    }
    for (size_t i = 0; i < out->n_fields; i++) {
        ok = read_field(&out->fields[i], json_array_get(fields, i)) && ok;
    }
    return ok;
}

int hone_package_event_read(struct hone_package *out, const struct hone_package *package,
                            const json_t *body, struct hone_error *err)
{
    const json_t *labels = json_object_get(body, "labels");
    const json_t *fields = json_object_get(body, "fields");
    json_int_t labels_max = 0, min_pairs = 0;
    struct hone_package read = *package;
    if (!json_is_array(labels) || json_array_size(labels) > HONE_PACKAGE_LABELS_MAX ||
        !json_is_array(fields) || json_array_size(fields) > FIELDS_MAX ||
        !json_is_boolean(json_object_get(body, "labels_open")) ||
        !read_count(&labels_max, body, "labels_max", HONE_PACKAGE_LABELS_MAX) ||
        !read_count(&min_pairs, body, "min_pairs", UINT32_MAX)) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "the definition of the package is damaged");
    }
    read.n_labels = json_array_size(labels);
    read.n_fields = json_array_size(fields);
    read.labels = hone_alloc_zeroed(read.n_labels + 1, sizeof(struct hone_package_label));
    read.fields = hone_alloc_zeroed(read.n_fields + 1, sizeof(struct hone_package_field));
    read.labels_open = json_is_true(json_object_get(body, "labels_open"));
    read.labels_max = (size_t)labels_max;
    read.gate_min_pairs = (uint32_t)min_pairs;
    if (!read_lists(&read, labels, fields)) {
        hone_package_event_finish(&read);
        return hone_error_set(err, HONE_E_CORRUPT,
                              "the definition of the package is damaged");
    }
    *out = read;
    return 0;
}

void hone_package_event_finish(struct hone_package *read)
{
    free(read->labels);
    free(read->fields);
    read->labels = NULL;
    read->fields = NULL;
}
