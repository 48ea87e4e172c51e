#include "skills/manifest_label.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/text.h"
#include "skills/label.h"

#include <stdlib.h>

#define FORMER_BYTES_MAX (HONE_PACKAGE_FORMER_MAX * (HONE_PACKAGE_LABEL_BYTES_MAX + 1))

static int append_former(struct hone_buf *lines, const json_t *value,
                         struct hone_error *err)
{
    struct hone_span name =
        hone_span_of(json_string_value(value), json_string_length(value));
    char *nfc = NULL;
    int code = hone_label_check(name, err);
    if (code == 0 && hone_text_nfc(&nfc, name) != 0) {
        code = hone_error_set(err, HONE_E_INVALID, "a label must be valid UTF-8");
    }
    if (code == 0) {
        (void)hone_buf_append(lines, "\n", lines->len > 0 ? 1 : 0);
        code = hone_buf_append_text(lines, nfc);
        if (code != 0) {
            (void)hone_error_set(err, code, "the former names are over %d bytes long",
                                 FORMER_BYTES_MAX);
        }
    } else {
        hone_error_prefix(err, "was");
    }
    free(nfc);
    return code;
}

static int read_former(struct hone_package_label *label, const json_t *was,
                       struct hone_error *err)
{
    struct hone_buf lines;
    int code = 0;
    hone_buf_init(&lines, FORMER_BYTES_MAX);
    if (json_is_string(was)) {
        code = append_former(&lines, was, err);
    }
    for (size_t i = 0; i < json_array_size(was) && code == 0; i++) {
        code = append_former(&lines, json_array_get(was, i), err);
    }
    if (code == 0) {
        label->was = hone_alloc_bytes(lines.data, lines.len);
    }
    hone_buf_finish(&lines);
    return code;
}

int hone_manifest_label_read(struct hone_package_label *label, const json_t *item,
                             struct hone_error *err)
{
    const json_t *says =
        json_object_iter_value(json_object_iter((json_t *)(uintptr_t)item));
    const json_t *was = json_object_get(says, "was");
    label->weight = json_number_value(json_object_get(says, "weight"));
    return was != NULL ? read_former(label, was, err) : 0;
}

/* Remembers a name by its folded form; the label that had it before, or NULL. */
static struct hone_package_label *remember(struct hone_map *seen, struct hone_span name,
                                           struct hone_package_label *label)
{
    char *folded = NULL;
    if (hone_text_fold(&folded, name) != 0) {
        return NULL;
    }
    struct hone_package_label *first = hone_map_set(seen, hone_span_text(folded), label);
    free(folded);
    return first;
}

int hone_manifest_label_check_former(const struct hone_package *package, size_t *at_fault,
                                     struct hone_error *err)
{
    struct hone_map *seen = hone_map_create();
    int code = 0;
    for (size_t i = 0; i < package->n_labels; i++) {
        (void)remember(seen, hone_span_text(package->labels[i].name),
                       &package->labels[i]);
    }
    for (size_t i = 0; i < package->n_labels && code == 0; i++) {
        struct hone_span names = hone_span_text(package->labels[i].was), name;
        while (code == 0 && hone_label_next_line(&names, &name)) {
            const struct hone_package_label *other =
                remember(seen, name, &package->labels[i]);
            if (other != NULL) {
                *at_fault = i;
                code = hone_error_set(err, HONE_E_INVALID,
                                      "'%.*s' cannot be a former name of '%s': it is %s "
                                      "'%s'",
                                      (int)name.len, name.data, package->labels[i].name,
                                      hone_label_same(name, hone_span_text(other->name))
                                          ? "the label"
                                          : "a former name of",
                                      other->name);
            }
        }
    }
    hone_map_destroy(seen);
    return code;
}
