#include "skills/manifest.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "schema/json.h"
#include "schema/schema.h"
#include "skills/kind.h"
#include "skills/label.h"
#include "skills/manifest_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define FORMAT 1

struct reading {
    struct hone_package *package;
    json_t *root;
    const struct hone_yaml_lines *lines;
    const char *path;
    struct hone_error *err;
};

/* The first key of an object that its schema does not name. */
static const char *unknown_key(json_t *object, const json_t *schema)
{
    const json_t *properties = json_object_get(schema, "properties");
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        if (json_object_get(properties, key) == NULL) {
            return key;
        }
    }
    return NULL;
}

/* The line of a fault. That of a key which is not allowed points at the object; the key's
 * own line is more of a help, so value and schema are followed down to it. */
static int line_of_fault(const struct hone_schema_fault *fault, json_t *value,
                         const json_t *schema, const struct hone_yaml_lines *lines)
{
    char pointer[2 * HONE_SCHEMA_POINTER_MAX], token[HONE_SCHEMA_POINTER_MAX];
    const char *rest = fault->pointer;
    while (*rest == '/') {
        size_t len = strcspn(rest + 1, "/");
        (void)snprintf(token, sizeof(token), "%.*s", (int)len, rest + 1);
        const json_t *known =
            json_object_get(json_object_get(schema, "properties"), token);
        schema = known != NULL ? known : json_object_get(schema, "additionalProperties");
        value = json_object_get(value, token);
        rest += 1 + len;
    }
    const char *key = unknown_key(value, schema);
    if (strcmp(fault->keyword, "additionalProperties") != 0 || key == NULL) {
        return hone_yaml_line(lines, fault->pointer);
    }
    (void)snprintf(pointer, sizeof(pointer), "%s/%s", fault->pointer, key);
    return hone_yaml_line(lines, pointer);
}

int hone_manifest_check(const char *schema_text, json_t *value,
                        const struct hone_yaml_lines *lines, const char *path,
                        struct hone_error *err)
{
    json_t *document = NULL;
    struct hone_schema *schema = NULL;
    struct hone_schema_fault fault = {.pointer = ""};
    int code = hone_json_parse(&document, hone_span_text(schema_text), err);
    if (code == 0) {
        code = hone_schema_compile(&schema, document, err);
    }
    if (code == 0) {
        code = hone_schema_check(schema, value, &fault, err);
        if (code != 0) {
            hone_error_prefix(err, "%s:%d", path,
                              line_of_fault(&fault, value, document, lines));
        }
    }
    hone_schema_destroy(schema);
    json_decref(document);
    return code;
}

/* Puts "path:line: " before an error that was just set, and gives its code. */
static int at_line(const struct reading *reading, const char *pointer, int code)
{
    hone_error_prefix(reading->err, "%s:%d", reading->path,
                      hone_yaml_line(reading->lines, pointer));
    return code;
}

static int refuse(const struct reading *reading, const char *pointer, const char *what)
{
    int code = hone_error_set(reading->err, HONE_E_INVALID, "%s", what);
    return at_line(reading, pointer, code);
}

/* What must be right before the schema can speak: a file of a newer format may
 * have any shape. */
static int check_format(const struct reading *reading)
{
    if (!json_is_object(reading->root)) {
        return refuse(reading, "", "a mapping is expected, beginning with 'format: 1'");
    }
    const json_t *format = json_object_get(reading->root, "format");
    if (format == NULL) {
        return refuse(reading, "", "the key 'format' is missing: begin with 'format: 1'");
    }
    if (json_is_integer(format) && json_integer_value(format) > FORMAT) {
        int code =
            hone_error_set(reading->err, HONE_E_VERSION,
                           "format %lld is newer than this build, which reads format %d",
                           (long long)json_integer_value(format), FORMAT);
        return at_line(reading, "/format", code);
    }
    const char *first = json_object_iter_key(json_object_iter(reading->root));
    return strcmp(first, "format") == 0
               ? 0
               : refuse(reading, "/format", "'format' must be the first key");
}

static int read_kind(const struct reading *reading)
{
    struct hone_span name = hone_json_text(reading->root, "kind");
    if (!json_is_string(json_object_get(reading->root, "kind"))) {
        return 0; /* the schema says it better */
    }
    reading->package->kind = hone_kind_find(name);
    if (reading->package->kind != NULL) {
        return 0;
    }
    char names[128] = "";
    for (size_t i = 0, used = 0; i < hone_kind_n() && used < sizeof(names); i++) {
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                 i > 0 ? ", " : "", hone_kind_at(i)->name);
    }
    int code = hone_error_set(reading->err, HONE_E_INVALID,
                              "kind '%s' is not offered by this build, which has: %s",
                              name.data, names);
    const char *nearest = hone_kind_nearest(name.data);
    if (nearest != NULL) {
        (void)hone_error_hint(reading->err, "did you mean '%s'?", nearest);
    }
    return at_line(reading, "/kind", code);
}

/* Fields. */

static enum hone_package_field_type field_type(struct hone_span name)
{
    static const struct {
        const char *name;
        enum hone_package_field_type type;
    } types[] = {
        {"boolean", HONE_PACKAGE_BOOLEAN},
        {"integer", HONE_PACKAGE_INTEGER},
        {"number", HONE_PACKAGE_NUMBER},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (hone_span_is(name, types[i].name)) {
            return types[i].type;
        }
    }
    return HONE_PACKAGE_STRING;
}

static void fill_default_field(struct hone_package *package)
{
    package->fields = hone_alloc_zeroed(1, sizeof(*package->fields));
    package->n_fields = 1;
    package->fields[0] = (struct hone_package_field){
        .name = hone_alloc_text("text"),
        .type = HONE_PACKAGE_STRING,
        .description = hone_alloc_text(""),
        .required = true,
    };
}

/* Names that any language of a caller can write without quotes. */
static int check_field_name(const struct reading *reading, const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t n = strspn(name, letters);
    while (n > 0 && name[n] != '\0' &&
           (isdigit((unsigned char)name[n]) != 0 || strchr(letters, name[n]) != NULL)) {
        n++;
    }
    if (n > 0 && name[n] == '\0') {
        return 0;
    }
    char pointer[HONE_PACKAGE_NAME_MAX + 16];
    (void)snprintf(pointer, sizeof(pointer), "/input/%s", name);
    int code =
        hone_error_set(reading->err, HONE_E_INVALID,
                       "the field '%s' must be named by letters, digits and underscores, "
                       "and not begin with a digit",
                       name);
    return at_line(reading, pointer, code);
}

static int read_fields(const struct reading *reading)
{
    struct hone_package *package = reading->package;
    json_t *input = json_object_get(reading->root, "input");
    if (input == NULL) {
        fill_default_field(package);
        return 0;
    }
    package->fields =
        hone_alloc_zeroed(json_object_size(input), sizeof(*package->fields));
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(input, name, value)
    {
        int code = check_field_name(reading, name);
        if (code != 0) {
            return code;
        }
        struct hone_span description = hone_json_text(value, "description");
        package->fields[package->n_fields++] = (struct hone_package_field){
            .name = hone_alloc_text(name),
            .type = field_type(hone_json_text(value, "type")),
            .description = hone_alloc_bytes(description.data, description.len),
            .required = !json_is_false(json_object_get(value, "required")),
        };
    }
    return 0;
}

/* Labels. */

/* One item: a name, or a map of a name to its description. */
static int read_label(const struct reading *reading, json_t *item, size_t index)
{
    struct hone_package *package = reading->package;
    struct hone_package_label *label = &package->labels[index];
    const char *name = json_string_value(item);
    const char *description = NULL;
    if (json_is_object(item)) {
        void *only = json_object_iter(item);
        name = json_object_iter_key(only);
        description = json_string_value(json_object_iter_value(only));
    }
    int code = hone_label_check(hone_span_text(name), reading->err);
    if (code == 0 && hone_text_nfc(&label->name, hone_span_text(name)) != 0) {
        code =
            hone_error_set(reading->err, HONE_E_INVALID, "a label must be valid UTF-8");
    }
    if (code != 0) {
        char pointer[32];
        (void)snprintf(pointer, sizeof(pointer), "/labels/%zu", index);
        return at_line(reading, pointer, code);
    }
    label->description = hone_alloc_text(description != NULL ? description : "");
    package->n_labels = index + 1;
    return 0;
}

/* Remembers a label by its folded name; refuses one that is there already. */
static int check_unique(const struct reading *reading, struct hone_map *seen,
                        size_t index)
{
    struct hone_package_label *label = &reading->package->labels[index];
    char pointer[32], *folded = NULL;
    (void)snprintf(pointer, sizeof(pointer), "/labels/%zu", index);
    if (hone_text_fold(&folded, hone_span_text(label->name)) != 0) {
        return refuse(reading, pointer, "a label must be valid UTF-8");
    }
    const struct hone_package_label *first =
        hone_map_set(seen, hone_span_text(folded), label);
    free(folded);
    if (first == NULL) {
        return 0;
    }
    char first_pointer[32];
    (void)snprintf(first_pointer, sizeof(first_pointer), "/labels/%zu",
                   (size_t)(first - reading->package->labels));
    int code = hone_error_set(
        reading->err, HONE_E_INVALID, "the label '%s' is the same word as '%s' (line %d)",
        label->name, first->name, hone_yaml_line(reading->lines, first_pointer));
    return at_line(reading, pointer, code);
}

static int read_labels(const struct reading *reading)
{
    const json_t *labels = json_object_get(reading->root, "labels");
    size_t n = json_array_size(labels);
    reading->package->labels =
        hone_alloc_zeroed(n > 0 ? n : 1, sizeof(struct hone_package_label));
    struct hone_map *seen = hone_map_create();
    int code = 0;
    for (size_t i = 0; i < n && code == 0; i++) {
        code = read_label(reading, json_array_get(labels, i), i);
        if (code == 0) {
            code = check_unique(reading, seen, i);
        }
    }
    hone_map_destroy(seen);
    return code;
}

/* Options. */

static int check_label_count(const struct reading *reading)
{
    const struct hone_package *package = reading->package;
    if (!package->labels_open && package->n_labels < 2) {
        (void)refuse(reading, "/labels", "a classify skill needs at least 2 labels");
        return hone_error_hint(
            reading->err, "list them under 'labels', or let feedback bring them with "
                          "'options: {labels: open}'");
    }
    if (package->n_labels > package->labels_max) {
        int code = hone_error_set(reading->err, HONE_E_INVALID,
                                  "labels_max is %zu, but %zu labels are listed",
                                  package->labels_max, package->n_labels);
        return at_line(reading, "/options/labels_max", code);
    }
    return 0;
}

static void read_options(const struct reading *reading)
{
    struct hone_package *package = reading->package;
    const json_t *options = json_object_get(reading->root, "options");
    package->labels_open = hone_span_is(hone_json_text(options, "labels"), "open");
    const json_t *labels_max = json_object_get(options, "labels_max");
    if (labels_max != NULL) {
        package->labels_max = (size_t)json_integer_value(labels_max);
    } else if (package->n_labels > package->labels_max) {
        package->labels_max = package->n_labels;
    }
    package->abstain_below =
        (float)json_number_value(json_object_get(options, "abstain_below"));
    const json_t *min_pairs =
        json_object_get(json_object_get(reading->root, "gate"), "min_pairs");
    if (min_pairs != NULL) {
        package->gate_min_pairs = (uint32_t)json_integer_value(min_pairs);
    }
}

/* A key that a guide has no use for is a misunderstanding that should be heard of. */
static int check_guide(const struct reading *reading)
{
    static const char *const keys[] = {"gate", "input", "labels", "options"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (json_object_get(reading->root, keys[i]) != NULL) {
            char pointer[16];
            (void)snprintf(pointer, sizeof(pointer), "/%s", keys[i]);
            int code =
                hone_error_set(reading->err, HONE_E_INVALID,
                               "a guide skill has no '%s': it only gives the text of "
                               "SKILL.md",
                               keys[i]);
            return at_line(reading, pointer, code);
        }
    }
    return 0;
}

static int read_icon(const struct reading *reading)
{
    const char *path = json_string_value(json_object_get(reading->root, "icon"));
    if (path == NULL) {
        return 0;
    }
    int code = hone_package_icon_find(&reading->package->icon, &reading->package->files,
                                      path, reading->err);
    return code != 0 ? at_line(reading, "/icon", code) : 0;
}

static void fill_limits(struct hone_package *package)
{
    package->labels_max = HONE_MANIFEST_LABELS_MAX_DEFAULT;
    package->gate_min_pairs = HONE_MANIFEST_MIN_PAIRS_DEFAULT;
}

static int read_root(const struct reading *reading)
{
    struct hone_package *package = reading->package;
    int code = check_format(reading);
    if (code == 0) {
        code = read_kind(reading);
    }
    if (code == 0) {
        code = hone_manifest_check(hone_manifest_schema_skill(), reading->root,
                                   reading->lines, reading->path, reading->err);
    }
    if (code != 0) {
        return code;
    }
    struct hone_span title = hone_json_text(reading->root, "title");
    package->title = title.len > 0 ? hone_alloc_bytes(title.data, title.len)
                                   : hone_alloc_text(package->name);
    fill_limits(package);
    code = read_icon(reading);
    if (code != 0) {
        return code;
    }
    if (!package->kind->learns) {
        fill_default_field(package);
        return check_guide(reading);
    }
    code = read_fields(reading);
    if (code == 0) {
        code = read_labels(reading);
    }
    if (code != 0) {
        return code;
    }
    read_options(reading);
    return check_label_count(reading);
}

int hone_manifest_read(struct hone_package *package, struct hone_span text,
                       const char *path, struct hone_error *err)
{
    json_t *root = NULL;
    struct hone_yaml_lines *lines = NULL;
    int code = hone_yaml_parse(&root, &lines, text, path, 1, err);
    if (code == 0) {
        struct reading reading = {package, root, lines, path, err};
        code = read_root(&reading);
    }
    hone_yaml_lines_destroy(lines);
    json_decref(root);
    return code;
}

void hone_manifest_fill_default(struct hone_package *package)
{
    package->kind = hone_kind_find(hone_span_text("guide"));
    package->title = hone_alloc_text(package->name);
    fill_limits(package);
    fill_default_field(package);
}
