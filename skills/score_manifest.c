#include "skills/score_manifest.h"

#include "base/alloc.h"
#include "schema/json.h"
#include "skills/yaml.h"

#include <stdio.h>
#include <string.h>

#define COVERAGE_DEFAULT 0.9

/* Keys of skills that answer with labels. */
static int check_no_labels(const json_t *root, const struct hone_yaml_lines *lines,
                           const char *path, struct hone_error *err)
{
    static const char *const keys[] = {"/labels", "/options/labels",
                                       "/options/labels_max", "/options/abstain_below"};
    const json_t *options = json_object_get(root, "options");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *name = strrchr(keys[i], '/') + 1;
        if (json_object_get(i == 0 ? root : options, name) != NULL) {
            int code = hone_error_set(
                err, HONE_E_INVALID,
                "'%s' is for classify skills: a score skill answers with a number", name);
            hone_error_prefix(err, "%s:%d", path, hone_yaml_line(lines, keys[i]));
            return code;
        }
    }
    return 0;
}

static double number_or(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);
    return value != NULL ? json_number_value(value) : otherwise;
}

int hone_score_manifest_read(struct hone_package *package, const json_t *root,
                             const struct hone_yaml_lines *lines, const char *path,
                             struct hone_error *err)
{
    const json_t *target = json_object_get(root, "target");
    const json_t *options = json_object_get(root, "options");
    struct hone_span unit = hone_json_text(target, "unit");
    int code = check_no_labels(root, lines, path, err);
    if (code != 0) {
        return code;
    }
    package->target = (struct hone_package_target){
        .min = number_or(target, "min", -HONE_PACKAGE_TARGET_MAX),
        .max = number_or(target, "max", HONE_PACKAGE_TARGET_MAX),
        .unit = hone_alloc_bytes(unit.data, unit.len),
        .tolerance = number_or(target, "tolerance", 0.0),
        .coverage = number_or(options, "coverage", COVERAGE_DEFAULT),
        .half_life = (uint32_t)json_integer_value(json_object_get(options, "half_life")),
    };
    if (!(package->target.min < package->target.max)) {
        code = hone_error_set(err, HONE_E_INVALID,
                              "the target's min, %g, must be below its max, %g",
                              package->target.min, package->target.max);
        hone_error_prefix(err, "%s:%d", path, hone_yaml_line(lines, "/target"));
    }
    return code;
}
