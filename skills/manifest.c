#include "skills/manifest.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "schema/json.h"
#include "schema/schema.h"
#include "skills/kind.h"
#include "skills/kind_classify.h"
#include "skills/kind_classify_sets.h"
#include "skills/kind_rank.h"
#include "skills/label.h"
#include "skills/manifest_label.h"
#include "skills/rank_input.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define FORMAT 1

struct reading {
    struct hone_package *package;
    const struct hone_manifest_rule *rule;
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

int hone_manifest_check(const struct hone_manifest_rule *rule, json_t *value,
                        const struct hone_yaml_lines *lines, const char *path,
                        struct hone_error *err)
{
    struct hone_schema_fault fault = {.pointer = ""};
    int code = hone_schema_check(rule->schema, value, &fault, err);
    if (code != 0) {
        hone_error_prefix(err, "%s:%d", path,
                          line_of_fault(&fault, value, rule->document, lines));
    }
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

/* The last field read may be a category only where that means something. */
static int check_category(const struct reading *reading, const char *name)
{
    const struct hone_package *package = reading->package;
    const struct hone_package_field *field = &package->fields[package->n_fields - 1];
    bool good = field->type == HONE_PACKAGE_STRING && package->kind->takes_categories;
    if (!field->is_category || good) {
        return 0;
    }
    char pointer[HONE_PACKAGE_NAME_MAX + 16];
    (void)snprintf(pointer, sizeof(pointer), "/input/%s/as", name);
    int code = hone_error_set(
        reading->err, HONE_E_INVALID,
        "'as: category' is for fields of type string in skills that predict a number");
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
            .is_category = hone_span_is(hone_json_text(value, "as"), "category"),
        };
        code = check_category(reading, name);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* Labels. */

static bool is_choose(const struct hone_package *package)
{
    return strcmp(package->kind->name, "choose") == 0;
}

/* The key under which a kind's answers are listed. */
static const char *labels_key(const struct hone_package *package)
{
    if (package->kind == &hone_kind_rank) {
        return "candidates";
    }
    return is_choose(package) ? "options" : "labels";
}

/* An option of a choose skill: its id, or a map of id, description and cost. */
static const char *read_option(struct hone_package_label *label, json_t *item,
                               const char **description)
{
    *description = json_string_value(json_object_get(item, "description"));
    label->cost = json_number_value(json_object_get(item, "cost"));
    return json_is_object(item) ? json_string_value(json_object_get(item, "id"))
                                : json_string_value(item);
}

/* One item: a name, a map of a name to its description, a candidate or an option. */
static int read_label(const struct reading *reading, json_t *item, size_t index)
{
    struct hone_package *package = reading->package;
    struct hone_package_label *label = &package->labels[index];
    const char *name = json_string_value(item);
    const char *description = NULL;
    package->n_labels = index + 1;
    if (package->kind == &hone_kind_rank) {
        const char *key = json_object_get(item, "text") != NULL ? "text" : "description";
        name = json_string_value(json_object_get(item, "id"));
        description = json_string_value(json_object_get(item, key));
    } else if (is_choose(package)) {
        name = read_option(label, item, &description);
    } else if (json_is_object(item)) {
        void *only = json_object_iter(item);
        const json_t *says = json_object_iter_value(only);
        name = json_object_iter_key(only);
        description = json_string_value(
            json_is_object(says) ? json_object_get(says, "description") : says);
    }
    int code = hone_label_check(hone_span_text(name), reading->err);
    if (code == 0 && hone_text_nfc(&label->name, hone_span_text(name)) != 0) {
        code =
            hone_error_set(reading->err, HONE_E_INVALID, "a label must be valid UTF-8");
    }
    if (code == 0) {
        code = hone_manifest_label_read(label, item, reading->err);
    }
    if (code != 0) {
        char pointer[48];
        (void)snprintf(pointer, sizeof(pointer), "/%s/%zu", labels_key(package), index);
        return at_line(reading, pointer, code);
    }
    label->description = hone_alloc_text(description != NULL ? description : "");
    return 0;
}

/* Remembers a label by its folded name; refuses one that is there already. */
static int check_unique(const struct reading *reading, struct hone_map *seen,
                        size_t index)
{
    struct hone_package_label *label = &reading->package->labels[index];
    const char *key = labels_key(reading->package);
    char pointer[48], *folded = NULL;
    (void)snprintf(pointer, sizeof(pointer), "/%s/%zu", key, index);
    if (hone_text_fold(&folded, hone_span_text(label->name)) != 0) {
        return refuse(reading, pointer, "a label must be valid UTF-8");
    }
    const struct hone_package_label *first =
        hone_map_set(seen, hone_span_text(folded), label);
    free(folded);
    if (first == NULL) {
        return 0;
    }
    char first_pointer[48];
    (void)snprintf(first_pointer, sizeof(first_pointer), "/%s/%zu", key,
                   (size_t)(first - reading->package->labels));
    int code = hone_error_set(
        reading->err, HONE_E_INVALID, "the %s '%s' is the same word as '%s' (line %d)",
        reading->package->kind == &hone_kind_rank ? "candidate" : "label", label->name,
        first->name, hone_yaml_line(reading->lines, first_pointer));
    return at_line(reading, pointer, code);
}

static int read_labels(const struct reading *reading)
{
    const json_t *labels = json_object_get(reading->root, labels_key(reading->package));
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
    size_t at_fault = 0;
    if (code == 0 && hone_manifest_label_check_former(reading->package, &at_fault,
                                                      reading->err) != 0) {
        char pointer[48];
        (void)snprintf(pointer, sizeof(pointer), "/labels/%zu", at_fault);
        code = at_line(reading, pointer, HONE_E_INVALID);
    }
    return code;
}

/* Options. */

/* Any set of labels may be right: another kind, by the same name. */
static int read_multi_label(const struct reading *reading)
{
    struct hone_package *package = reading->package;
    const json_t *options = json_object_get(reading->root, "options");
    const json_t *multi_label = json_object_get(options, "multi_label");
    double precision = json_number_value(json_object_get(multi_label, "precision"));
    package->multi_label = json_is_true(multi_label) || json_is_object(multi_label);
    if (!package->multi_label) {
        return 0;
    }
    if (package->kind != &hone_kind_classify) {
        return refuse(reading, "/options/multi_label",
                      "'multi_label' is for classify skills");
    }
    if (json_object_get(options, "abstain") != NULL ||
        json_object_get(options, "abstain_below") != NULL) {
        (void)refuse(
            reading, "/options/multi_label",
            "with 'multi_label' the thresholds of labels say what is answered, not "
            "'abstain' or 'abstain_below'");
        return hone_error_hint(reading->err, "say 'multi_label: {precision: 0.9}'");
    }
    package->abstain_error_rate = precision > 0.0 ? (float)(1.0 - precision) : 0.0F;
    package->kind = &hone_kind_classify_sets;
    return 0;
}

static int check_label_count(const struct reading *reading)
{
    const struct hone_package *package = reading->package;
    if (package->kind == &hone_kind_rank) {
        return 0;
    }
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
    package->ignores_drift = json_is_false(json_object_get(options, "drift"));
    const json_t *abstain = json_object_get(options, "abstain");
    package->abstain_error_rate =
        (float)json_number_value(json_object_get(abstain, "error_rate"));
    package->abstain_coverage =
        (float)json_number_value(json_object_get(abstain, "coverage"));
}

static void read_gate(const struct reading *reading)
{
    struct hone_span publish = hone_json_text(reading->root, "publish");
    reading->package->is_gated = hone_span_is(publish, "gated");
    const json_t *min_pairs =
        json_object_get(json_object_get(reading->root, "gate"), "min_pairs");
    if (min_pairs != NULL) {
        reading->package->gate_min_pairs = (uint32_t)json_integer_value(min_pairs);
    }
    const json_t *max_change =
        json_object_get(json_object_get(reading->root, "gate"), "max_change");
    if (max_change != NULL) {
        reading->package->gate_max_change = json_number_value(max_change);
    }
}

static void read_sources(const struct reading *reading)
{
    json_t *sources = json_object_get(reading->root, "sources");
    const json_t *max_share = json_object_get(sources, "max_share");
    reading->package->trusted_sources = json_incref(json_object_get(sources, "trusted"));
    if (max_share != NULL) {
        reading->package->max_source_share = json_number_value(max_share);
    }
}

/* Keys of a skill that predicts a number. */
static int check_no_target(const struct reading *reading)
{
    static const char *const keys[] = {"/target", "/options/coverage",
                                       "/options/half_life"};
    const json_t *options = json_object_get(reading->root, "options");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *name = strrchr(keys[i], '/') + 1;
        if (json_object_get(i == 0 ? reading->root : options, name) != NULL) {
            int code = hone_error_set(reading->err, HONE_E_INVALID,
                                      "'%s' is for score skills, this one is a %s skill",
                                      name, reading->package->kind->name);
            return at_line(reading, keys[i], code);
        }
    }
    return 0;
}

/* Arguments of a rank call that are not the query. */
static int check_rank_fields(const struct reading *reading)
{
    const struct hone_package *package = reading->package;
    for (size_t i = 0; i < package->n_fields; i++) {
        const char *name = package->fields[i].name;
        if (strcmp(name, HONE_RANK_INPUT_CANDIDATES) == 0 ||
            strcmp(name, HONE_RANK_INPUT_RANKED) == 0 ||
            strcmp(name, HONE_RANK_INPUT_N) == 0) {
            char pointer[32];
            (void)snprintf(pointer, sizeof(pointer), "/input/%s", name);
            int code = hone_error_set(reading->err, HONE_E_INVALID,
                                      "'%s' is an argument of every rank skill: name the "
                                      "field otherwise",
                                      name);
            return at_line(reading, pointer, code);
        }
    }
    return 0;
}

static int refuse_key(const struct reading *reading, const char *key, const char *why)
{
    char pointer[16];
    (void)snprintf(pointer, sizeof(pointer), "/%s", key);
    int code = hone_error_set(reading->err, HONE_E_INVALID, "a %s skill has no '%s': %s",
                              reading->package->kind->name, key, why);
    return at_line(reading, pointer, code);
}

/* Keys of choose skills, and the list form of options, mean nothing to a classifier. */
static int check_classify(const struct reading *reading)
{
    static const char *const keys[] = {"default", "explore", "mode", "reward"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (json_object_get(reading->root, keys[i]) != NULL) {
            return refuse_key(reading, keys[i], "it is for 'kind: choose'");
        }
    }
    return json_is_array(json_object_get(reading->root, "options"))
               ? refuse(reading, "/options",
                        "a list of options is for 'kind: choose'; here 'options' is a "
                        "mapping")
               : 0;
}

/* Ids must be words that an argument can give, and not the argument's own name. */
static int check_choose(const struct reading *reading)
{
    const struct hone_package *package = reading->package;
    if (json_object_get(reading->root, "labels") != NULL) {
        return refuse_key(reading, "labels", "list what to choose from under 'options'");
    }
    if (!json_is_array(json_object_get(reading->root, "options"))) {
        return refuse(reading, "/options",
                      "a choose skill needs a list 'options' with at least one of id, "
                      "description and cost each");
    }
    for (size_t i = 0; i < package->n_fields; i++) {
        if (strcmp(package->fields[i].name, "default_option") == 0) {
            return refuse(reading, "/input/default_option",
                          "the field name 'default_option' is taken: the caller gives "
                          "the apprentice's default by it");
        }
    }
    return 0;
}

/* What belongs to the other kind is a misunderstanding that should be heard of. */
static int check_rank_keys(const struct reading *reading)
{
    bool is_rank = reading->package->kind == &hone_kind_rank;
    const json_t *options = json_object_get(reading->root, "options");
    if (!is_rank && json_object_get(reading->root, "candidates") != NULL) {
        return refuse(reading, "/candidates",
                      "candidates belong to a rank skill; a classify skill has 'labels'");
    }
    if (is_rank && json_object_get(reading->root, "labels") != NULL) {
        return refuse(reading, "/labels",
                      "labels belong to a classify skill; a rank skill has 'candidates'");
    }
    if (is_rank && (json_object_get(options, "labels") != NULL ||
                    json_object_get(options, "labels_max") != NULL)) {
        return refuse(reading, "/options",
                      "the options labels and labels_max belong to a classify skill");
    }
    return is_rank ? check_rank_fields(reading) : 0;
}

static int read_choose(const struct reading *reading)
{
    struct hone_package *package = reading->package;
    const char **names = hone_alloc_zeroed(package->n_labels + 1, sizeof(*names));
    const char *pointer = "";
    for (size_t i = 0; i < package->n_labels; i++) {
        names[i] = package->labels[i].name;
    }
    int code = hone_choose_settings_read(&package->choose, reading->root, names,
                                         package->n_labels, &pointer, reading->err);
    free(names);
    if (code != 0) {
        return at_line(reading, pointer, code);
    }
    return package->n_labels > 0
               ? 0
               : refuse(reading, "/options", "a choose skill needs at least one option");
}

/* A key that a guide has no use for is a misunderstanding that should be heard of. */
static int check_guide(const struct reading *reading)
{
    static const char *const keys[] = {"candidates", "default", "explore", "gate",
                                       "input",      "labels",  "mode",    "options",
                                       "publish",    "reward",  "sources", "target"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (json_object_get(reading->root, keys[i]) != NULL) {
            return refuse_key(reading, keys[i], "it only gives the text of SKILL.md");
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
    package->gate_max_change = HONE_PACKAGE_MAX_CHANGE_DEFAULT;
    package->max_source_share = 1.0;
    hone_choose_settings_default(&package->choose);
}

/* What a kind that learns takes from skill.yaml. */
static int read_learning(const struct reading *reading)
{
    const struct hone_package *package = reading->package;
    int code = read_fields(reading);
    read_sources(reading);
    if (code == 0 && package->kind->read_manifest != NULL) {
        read_gate(reading);
        return package->kind->read_manifest(reading->package, reading->root,
                                            reading->lines, reading->path, reading->err);
    }
    if (code == 0) {
        code = check_no_target(reading);
    }
    if (code == 0) {
        code = is_choose(package) ? check_choose(reading) : check_classify(reading);
    }
    if (code == 0) {
        code = read_labels(reading);
    }
    if (code == 0) {
        code = check_rank_keys(reading);
    }
    if (code != 0) {
        return code;
    }
    read_options(reading);
    read_gate(reading);
    code = read_multi_label(reading);
    if (code != 0) {
        return code;
    }
    return is_choose(package) ? read_choose(reading) : check_label_count(reading);
}

static int read_root(const struct reading *reading)
{
    struct hone_package *package = reading->package;
    int code = check_format(reading);
    if (code == 0) {
        code = read_kind(reading);
    }
    if (code == 0) {
        code = hone_manifest_check(reading->rule, reading->root, reading->lines,
                                   reading->path, reading->err);
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
    return read_learning(reading);
}

int hone_manifest_read(struct hone_package *package,
                       const struct hone_manifest_rules *rules, struct hone_span text,
                       const char *path, struct hone_error *err)
{
    json_t *root = NULL;
    struct hone_yaml_lines *lines = NULL;
    int code = hone_yaml_parse(&root, &lines, text, path, 1, err);
    if (code == 0) {
        struct reading reading = {package, &rules->skill, root, lines, path, err};
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
