/* A package: the immutable folder that a skill starts from - an Agent Skill directory
 * (SKILL.md) with an optional skill.yaml. docs/package.md describes the format for
 * people, docs/skill.schema.json for programs.
 *
 * Loaded once, then read-only. Thread: any (loading blocks: not on the loop). */
#ifndef HONE_SKILLS_PACKAGE_H
#define HONE_SKILLS_PACKAGE_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "skills/choose_settings.h"
#include "skills/package_files.h"
#include "skills/package_icon.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_PACKAGE_NAME_MAX        64   /* of [a-z0-9-], as Agent Skills want it */
#define HONE_PACKAGE_DESCRIPTION_MAX 1024 /* characters */
#define HONE_PACKAGE_LABELS_MAX      1024 /* declared or learnt */
#define HONE_PACKAGE_LABEL_BYTES_MAX 200
#define HONE_PACKAGE_FORMER_MAX      8     /* former names of a label */
#define HONE_PACKAGE_WEIGHT_MAX      100   /* of a label */
#define HONE_PACKAGE_TARGET_MAX      1e15  /* magnitude of a value */
#define HONE_PACKAGE_CANDIDATES_MAX  10000 /* of a rank skill */
#define HONE_PACKAGE_FILES_MAX       512
#define HONE_PACKAGE_FILE_BYTES_MAX  (16 * 1024 * 1024)

struct hone_kind;
struct hone_manifest_rules;

struct hone_package_label {
    char *name;        /* UTF-8, NFC */
    char *description; /* "" when none was given */
    double cost;       /* of a choose skill's option, at least 0 */
    /* Of a classify skill: names that the label had before, each on a line of its own; NULL
     * or "": none. */
    char *was;
    double weight; /* of its examples in the loss; 0: none was given, which counts as 1 */
};

enum hone_package_field_type {
    HONE_PACKAGE_STRING,
    HONE_PACKAGE_NUMBER,
    HONE_PACKAGE_INTEGER,
    HONE_PACKAGE_BOOLEAN,
};

struct hone_package_field {
    char *name; /* [a-zA-Z_][a-zA-Z0-9_]* */
    enum hone_package_field_type type;
    char *description;
    bool required;    /* default true */
    bool is_category; /* of a string: one of few values, not a text; default false */
};

/* What a score skill predicts. */
struct hone_package_target {
    double min, max;  /* of a true value; -+HONE_PACKAGE_TARGET_MAX when not given */
    char *unit;       /* "" when none was given */
    double tolerance; /* an answer this near is right; 0: by hone_score_value_tolerance */
    double coverage;  /* of intervals; default 0.9 */
    uint32_t half_life; /* values after which one counts half; 0, the default: never */
};

struct hone_package {
    char *folder;
    char *name;
    char *title; /* of the interface; the name when none was given */
    char *description;
    char *instructions; /* body of SKILL.md */
    json_t *front_matter;
    /* Of all files: path, size, content; independent of file order. */
    struct hone_digest digest;
    struct hone_package_files files; /* as they were when the package was loaded */
    struct hone_package_icon icon;
    const struct hone_kind *kind;
    /* The input; one field `text` when none was declared. */
    struct hone_package_field *fields;
    size_t n_fields;
    /* Of a choose skill its options; of a rank skill the candidates that it holds, by id and
     * text, none when they come with the call. */
    struct hone_package_label *labels;
    size_t n_labels;
    bool labels_open;    /* new labels may appear by feedback */
    size_t labels_max;   /* default 256, at most HONE_PACKAGE_LABELS_MAX */
    bool multi_label;    /* any set of labels may be right; default false */
    float abstain_below; /* confidence under which the answer is withheld; default 0 */
    uint32_t gate_min_pairs; /* default 200 */
    double gate_max_change;  /* limit of the trust region (optim/region.h); default 0.5 */
    bool is_gated; /* what is learnt is served when it is a version; default false */
    json_t *trusted_sources; /* array of names; NULL: all are */
    double max_source_share; /* of the evidence (optim/evidence_share.h); default 1 */
    struct hone_choose_settings choose;
    bool ignores_drift; /* default false */
    /* At most one is above 0: wanted of the answers that are not withheld. */
    float abstain_error_rate, abstain_coverage;
    struct hone_package_target target; /* of a score skill */
};

#define HONE_PACKAGE_MAX_CHANGE_DEFAULT 0.5

/* Reads SKILL.md and, when it is there, skill.yaml. Without skill.yaml the kind is guide.
 * Errors name file and line. HONE_E_INVALID, HONE_E_VERSION (format newer than 1),
 * HONE_E_LIMIT, HONE_E_NOT_FOUND, HONE_E_IO. */
int hone_package_load(struct hone_package **out, const char *folder,
                      struct hone_error *err) HONE_MUST_USE;
/* The same for many packages, by rules that were compiled before. */
int hone_package_load_by(struct hone_package **out,
                         const struct hone_manifest_rules *rules, const char *folder,
                         struct hone_error *err) HONE_MUST_USE;
/* A package of the program itself, made in memory of files that are known to be good; a
 * SKILL.md is among them. */
struct hone_package *
hone_package_create_built_in(const char *name, const struct hone_package_text *texts,
                             size_t n_texts, const struct hone_kind *kind) HONE_MUST_USE;
void hone_package_destroy(struct hone_package *package); /* accepts NULL */

#endif
