#include "skills/package_event.h"

#include "base/alloc.h"
#include "base/digest.h"

#include <stdint.h>
#include <stdlib.h>

json_t *hone_package_event_body(const struct hone_package *package)
{
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    json_t *labels = json_array();
    hone_digest_format(package->digest, digest);
    for (size_t i = 0; i < package->n_labels; i++) {
        (void)json_array_append_new(
            labels, json_pack("{s:s,s:s}", "name", package->labels[i].name, "description",
                              package->labels[i].description));
    }
    return json_pack("{s:s,s:b,s:o}", "package", digest, "labels_open",
                     (int)package->labels_open, "labels", labels);
}

/* The label at an index; false when it is damaged. Texts are only read, whatever their type says. */
static bool read_label(struct hone_package_label *out, const json_t *value)
{
    const char *name = json_string_value(json_object_get(value, "name"));
    const char *description = json_string_value(json_object_get(value, "description"));
    if (name == NULL || description == NULL) {
        return false;
    }
    out->name = (char *)(uintptr_t)name;
    out->description = (char *)(uintptr_t)description;
    return true;
}

int hone_package_event_read(struct hone_package *out, const struct hone_package *package,
                            const json_t *body, struct hone_error *err)
{
    const json_t *labels = json_object_get(body, "labels");
    const json_t *open = json_object_get(body, "labels_open");
    size_t n = json_array_size(labels);
    if (!json_is_array(labels) || !json_is_boolean(open) || n > HONE_PACKAGE_LABELS_MAX) {
        return hone_error_set(err, HONE_E_CORRUPT, "a package event names no labels");
    }
    struct hone_package_label *read =
        hone_alloc_zeroed(n > 0 ? n : 1, sizeof(struct hone_package_label));
    for (size_t i = 0; i < n; i++) {
        if (!read_label(&read[i], json_array_get(labels, i))) {
            free(read);
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "label %zu of a package event is damaged", i);
        }
    }
    *out = *package;
    out->labels = read;
    out->n_labels = n;
    out->labels_open = json_is_true(open);
    return 0;
}

void hone_package_event_finish(struct hone_package *read)
{
    free(read->labels);
}
