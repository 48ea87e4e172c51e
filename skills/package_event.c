#include "skills/package_event.h"

#include "base/alloc.h"
#include "base/digest.h"
#include "schema/json.h"
#include "skills/kind.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 1024

static json_t *pack_fields(const struct hone_package *package)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < package->n_fields; i++) {
        const struct hone_package_field *field = &package->fields[i];
        json_t *packed = json_pack("{s:s,s:i,s:b}", "name", field->name, "type",
                                   (int)field->type, "required", (int)field->required);
        if (field->is_category) {
            (void)json_object_set_new(packed, "category", json_true());
        }
        (void)json_array_append_new(fields, packed);
    }
    return fields;
}

/* Said of skills that have a target only. */
static void pack_target(json_t *body, const struct hone_package *package)
{
    const struct hone_package_target *target = &package->target;
    if (target->coverage > 0.0) {
        (void)json_object_set_new(
            body, "target",
            json_pack("{s:f,s:f,s:f,s:f,s:I}", "min", target->min, "max", target->max,
                      "tolerance", target->tolerance, "coverage", target->coverage,
                      "half_life", (json_int_t)target->half_life));
    }
}

static json_t *pack_labels(const struct hone_package *package)
{
    json_t *labels = json_array();
    for (size_t i = 0; i < package->n_labels; i++) {
        const struct hone_package_label *label = &package->labels[i];
        json_t *packed = json_pack("{s:s,s:s}", "name", label->name, "description",
                                   label->description);
        if (label->cost > 0.0) {
            (void)json_object_set_new(packed, "cost", json_real(label->cost));
        }
        if (label->was != NULL && label->was[0] != '\0') {
            (void)json_object_set_new(packed, "was", json_string(label->was));
        }
        if (label->weight > 0.0) {
            (void)json_object_set_new(packed, "weight", json_real(label->weight));
        }
        (void)json_array_append_new(labels, packed);
    }
    return labels;
}

json_t *hone_package_event_body(const struct hone_package *package)
{
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(package->digest, digest);
    json_t *body = json_pack("{s:s,s:o,s:o,s:b,s:I,s:I}", "package", digest, "fields",
                             pack_fields(package), "labels", pack_labels(package),
                             "labels_open", (int)package->labels_open, "labels_max",
                             (json_int_t)package->labels_max, "min_pairs",
                             (json_int_t)package->gate_min_pairs);
    pack_target(body, package);
    /* Said only when it is not the default, so that older definitions stay the same. */
    if (package->multi_label) {
        (void)json_object_set_new(body, "multi_label", json_true());
    }
    if (package->ignores_drift) {
        (void)json_object_set_new(body, "drift", json_false());
    }
    if (package->abstain_error_rate > 0.0F) {
        (void)json_object_set_new(body, "abstain_error_rate",
                                  json_real((double)package->abstain_error_rate));
    }
    if (package->abstain_coverage > 0.0F) {
        (void)json_object_set_new(body, "abstain_coverage",
                                  json_real((double)package->abstain_coverage));
    }
    if (package->gate_max_change != HONE_PACKAGE_MAX_CHANGE_DEFAULT) {
        (void)json_object_set_new(body, "max_change",
                                  json_real(package->gate_max_change));
    }
    if (package->trusted_sources != NULL) {
        (void)json_object_set(body, "trusted_sources", package->trusted_sources);
    }
    if (package->max_source_share < 1.0) {
        (void)json_object_set_new(body, "max_source_share",
                                  json_real(package->max_source_share));
    }
    if (package->is_gated) {
        (void)json_object_set_new(body, "publish", json_string("gated"));
    }
    if (strcmp(package->kind->name, "choose") == 0) {
        (void)json_object_set_new(body, "choose",
                                  hone_choose_settings_pack(&package->choose));
    }
    return body;
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
    out->cost = json_number_value(json_object_get(value, "cost"));
    out->was = borrow_text(value, "was");
    out->weight = json_number_value(json_object_get(value, "weight"));
    return out->name != NULL && out->description != NULL && out->cost >= 0.0 &&
           out->weight >= 0.0 && out->weight <= HONE_PACKAGE_WEIGHT_MAX;
}

static bool read_field(struct hone_package_field *out, const json_t *value)
{
    const json_t *type = json_object_get(value, "type");
    out->name = borrow_text(value, "name");
    out->type = (enum hone_package_field_type)json_integer_value(type);
    out->required = json_is_true(json_object_get(value, "required"));
    out->is_category = json_is_true(json_object_get(value, "category"));
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

static bool read_target(struct hone_package *out, json_t *body)
{
    struct hone_package_target *target = &out->target;
    json_t *value = json_object_get(body, "target");
    json_int_t half_life = 0;
    if (value == NULL) {
        return true;
    }
    if (json_unpack(value, "{s:F,s:F,s:F,s:F,s:I !}", "min", &target->min, "max",
                    &target->max, "tolerance", &target->tolerance, "coverage",
                    &target->coverage, "half_life", &half_life) != 0) {
        return false;
    }
    target->half_life = (uint32_t)half_life;
    return half_life >= 0 && half_life <= UINT32_MAX && target->coverage > 0.0 &&
           target->coverage < 1.0;
}

/* A number in (0, 1]; the default when there is none. */
static bool read_limit(double *out, const json_t *body, const char *key, double standard)
{
    const json_t *value = json_object_get(body, key);
    *out = value != NULL ? json_number_value(value) : standard;
    return *out > 0.0 && *out <= 1.0;
}

/* What the gate goes by. The sources are borrowed from the body, as all texts are. */
static bool read_gate(struct hone_package *out, const json_t *body)
{
    json_int_t min_pairs = 0;
    bool ok = read_count(&min_pairs, body, "min_pairs", UINT32_MAX);
    out->gate_min_pairs = (uint32_t)min_pairs;
    out->is_gated = hone_span_is(hone_json_text(body, "publish"), "gated");
    out->trusted_sources = json_object_get(body, "trusted_sources");
    return ok && (out->trusted_sources == NULL || json_is_array(out->trusted_sources)) &&
           read_limit(&out->max_source_share, body, "max_source_share", 1.0) &&
           read_limit(&out->gate_max_change, body, "max_change",
                      HONE_PACKAGE_MAX_CHANGE_DEFAULT);
}

/* A share in (0, 1), or 0 when there is none. */
static bool read_share(float *out, const json_t *body, const char *key)
{
    const json_t *value = json_object_get(body, key);
    *out = (float)json_number_value(value);
    return value == NULL || (*out > 0.0F && *out < 1.0F);
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
    json_int_t labels_max = 0;
    struct hone_package read = *package;
    if (!json_is_array(labels) || json_array_size(labels) > HONE_PACKAGE_CANDIDATES_MAX ||
        !json_is_array(fields) || json_array_size(fields) > FIELDS_MAX ||
        !json_is_boolean(json_object_get(body, "labels_open")) ||
        !read_count(&labels_max, body, "labels_max", HONE_PACKAGE_LABELS_MAX) ||
        !read_gate(&read, body) || !read_target(&read, (json_t *)(uintptr_t)body) ||
        !read_share(&read.abstain_error_rate, body, "abstain_error_rate") ||
        !read_share(&read.abstain_coverage, body, "abstain_coverage")) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "the definition of the package is damaged");
    }
    read.n_labels = json_array_size(labels);
    read.n_fields = json_array_size(fields);
    read.labels = hone_alloc_zeroed(read.n_labels + 1, sizeof(struct hone_package_label));
    read.fields = hone_alloc_zeroed(read.n_fields + 1, sizeof(struct hone_package_field));
    read.labels_open = json_is_true(json_object_get(body, "labels_open"));
    read.ignores_drift = json_is_false(json_object_get(body, "drift"));
    read.labels_max = (size_t)labels_max;
    const json_t *choose = json_object_get(body, "choose");
    bool ok = choose == NULL || hone_choose_settings_unpack(&read.choose, choose);
    if (!read_lists(&read, labels, fields) || !ok) {
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
