/* A kind: how a skill runs and learns. One file per kind; kind_table.c lists them, and
 * docs/how-to-add-a-kind.md shows how one is made.
 *
 * A kind that learns works on three opaque objects of its own: a learner (training state,
 * one owner thread), views of it (immutable, counted, read by calls on any thread) and
 * marks (complete states to return to or to save). */
#ifndef HONE_SKILLS_KIND_H
#define HONE_SKILLS_KIND_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "skills/call_input.h"
#include "skills/event.h"
#include "skills/package.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_KIND_DESCRIPTION_BYTES_MAX 2048 /* of a tool; clients cut what is longer */

/* What clients see of a skill; learning never changes it. */
struct hone_interface {
    const char *name, *title, *description; /* borrowed from the package or owned below */
    char *owned_description;
    const struct hone_package_icon *icon; /* borrowed likewise; NULL: none */
    /* Owned; output_schema NULL when there is none. */
    json_t *input_schema, *output_schema;
    struct hone_digest digest; /* over the canonical JSON of all of it */
};

/* The result of one call, in the call's arena. */
struct hone_answer {
    struct hone_span text;       /* stands alone for a model to read */
    struct hone_span structured; /* JSON text of an object without call_id and version;
                                    empty: none */
    struct hone_span output;     /* what is recorded as the answer, e.g. the label */
    struct hone_span
        recorded;     /* JSON text that is recorded as the input where that is too
                                    long as it is; empty: its strings are cut */
    float confidence; /* 0 to 1; 1 for kinds that do not know doubt */
    float propensity; /* probability with which this answer was chosen */
    uint64_t draw;    /* given: names the call; what chance decides depends on it alone */
    bool abstained;
};

/* Evidence of one record under one state: how far it was from what the feedback says, be
 * that the right answer or a reward for the one that was given. */
struct hone_kind_score {
    double loss; /* nats */
    bool right;
    /* What the state gives each answer, adding up to 1, (n_shares,) inside scratch until its next
     * use; NULL for kinds whose answers are not one of several. */
    const float *shares;
    size_t n_shares;
};

/* How an answer is to be read by who compares it with what is right. */
enum hone_answer_form {
    HONE_ANSWER_LABEL, /* output is one of several */
    /* output: labels, a line each; structured: labels, and alternatives that were not given,
     * each {label, confidence} */
    HONE_ANSWER_LABELS,
    HONE_ANSWER_VALUE, /* structured: value, and low and high or null */
    HONE_ANSWER_ORDER, /* structured: order of {candidate}, best first */
};

struct hone_yaml_lines;

struct hone_kind {
    const char *name;
    bool learns;
    bool takes_categories; /* text fields may be marked as categories */
    /* Rewards are in a range of the package's; others learn from 0 to 1 only. A recorded
     * reward outside of the range, which may have been another then, counts as its end. */
    bool takes_any_reward;
    /* The same input may have another outcome next time, as a context has another reward, and each
     * is evidence. Of other kinds the input says what is right, and one that was learnt since the
     * anchor proves nothing any more. */
    bool takes_repeats;
    /* answer does without arguments->value: it reads their text where there is no more. */
    bool reads_text;
    enum hone_answer_form answer_form;
    /* How feedback on a call is said in JSON, as in "label":"<right label>". */
    const char *feedback_form;
    /* Reads what skill.yaml says beside kind, title, input and gate; root fits its schema.
     * NULL: labels and options, as of a classify skill. The message begins with
     * "path:line: ". */
    int (*read_manifest)(struct hone_package *package, const json_t *root,
                         const struct hone_yaml_lines *lines, const char *path,
                         struct hone_error *err);
    /* Fills *out (zeroed); finished with hone_kind_interface_finish. */
    int (*make_interface)(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err);
    /* Answers a call whose arguments were checked against the input schema. view is
     * NULL for kinds that do not learn; scratch is from make_scratch (NULL likewise). The
     * answer may borrow from the arguments. Loop or CALL lane. */
    int (*answer)(const struct hone_package *package, void *view, void *scratch,
                  const struct hone_call_input *arguments, struct hone_arena *arena,
                  struct hone_answer *out, struct hone_error *err);

    /* The rest is NULL for kinds that do not learn. */

    void *(*make_scratch)(void);
    void (*destroy_scratch)(void *scratch);
    /* Is this feedback of the right shape for a call of this skill? The message names
     * what is allowed and the nearest valid value. Loop. */
    int (*check_feedback)(const struct hone_package *package, void *view,
                          const struct hone_feedback *feedback, struct hone_error *err);

    /* Learner: TRAIN lane. */
    int (*create)(void **learner, const struct hone_package *package,
                  struct hone_error *err);
    int (*load)(void **learner, const struct hone_package *package, const char *path,
                char **extra, struct hone_error *err);
    void (*destroy)(void *learner);
    /* Learns one feedback event. 1: the state changed; 0: nothing to learn from it (a
     * comment, a label that is gone); an error leaves the state as before. */
    int (*learn)(void *learner, const struct hone_package *package,
                 const struct hone_event *event, struct hone_error *err);
    /* Did the last learn find that what is right has changed (drift), and act on it? NULL
     * for kinds that do not watch. */
    bool (*drifted)(void *learner);
    /* What the learner has measured of itself, for people: members of the skill's status, a
     * new object. NULL for kinds that measure nothing. */
    json_t *(*measure)(void *learner);
    /* Memory that the learner takes, with all that its marks and views share, about. NULL:
     * nobody knows. */
    size_t (*memory_bytes)(void *learner);
    /* Adds and retires labels so that the state fits the package. 1 changed, 0 not. */
    int (*adapt)(void *learner, const struct hone_package *package, uint64_t position,
                 struct hone_error *err);
    /* Would adapt change anything? */
    bool (*fits)(void *learner, const struct hone_package *package);
    void *(*freeze)(void *learner); /* new view reference */
    /* The state as it is now as a view for the learner's owner alone, until the learner next
     * changes: borrowed, never referenced. Unlike freeze it makes learning copy nothing. */
    void *(*peek)(void *learner);
    void *(*view_ref)(void *view);
    void (*view_unref)(void *view);
    /* Scores an event as evidence. 1 scored, 0 not evidence. */
    int (*score)(const struct hone_package *package, void *view, void *scratch,
                 const struct hone_event *event, struct hone_kind_score *out,
                 struct hone_error *err);
    /* Where the shares of `other`, a view that has come from the same state, have the answer that
     * is number `index` in those of `view`; beyond their end when it is not there, and different
     * for different ones. NULL: at the same index. */
    size_t (*share_place)(void *view, size_t index, void *other);
    /* Was the call's answer right by this feedback? NULL: when it is the same label. */
    bool (*is_right)(const struct hone_package *package, const struct hone_event *event);
    /* How the state of one view differs from that of an earlier one, for people: an object
     * {"added": [label], "removed": [label], "features": {label: [{"feature", "field",
     * "before", "after"}]}} with what has moved most. inputs: an array of recorded arguments,
     * by which features are named; "feature" is null for one that none of them has. NULL:
     * the kind has nothing to say but its answers. New reference. */
    json_t *(*compare)(const struct hone_package *package, void *before, void *after,
                       const json_t *inputs);
    /* What status says besides, as an object; may be NULL. New reference. Loop. */
    json_t *(*describe)(const struct hone_package *package, void *view);
    void *(*mark_create)(void *learner);
    void (*mark_destroy)(void *mark);
    void *(*mark_view)(void *mark); /* borrowed view */
    void (*restore)(void *learner, void *mark);
    int (*save_create)(void **save, void *mark, const char *path, struct hone_span extra,
                       struct hone_error *err);
    /* 1 more, 0 done */
    int (*save_step)(void *save, size_t max_bytes, struct hone_error *err);
    void (*save_result)(const void *save, struct hone_digest *digest,
                        uint64_t *size_bytes);
    void (*save_destroy)(void *save);
};

/* By name: NULL for an unknown one. */
const struct hone_kind *hone_kind_find(struct hone_span name);
/* The name nearest to a mistyped one, or NULL. */
const char *hone_kind_nearest(const char *name);
/* All kinds of this build, in order of name. */
size_t hone_kind_n(void);
const struct hone_kind *hone_kind_at(size_t index);
/* Was the call's answer right by feedback that names the right one? */
bool hone_kind_is_right(const struct hone_package *package,
                        const struct hone_event *event);
/* First step of make_interface: name, title and icon of the package, and its description
 * with a sentence behind it on how to give feedback. */
void hone_kind_interface_begin(struct hone_interface *out,
                               const struct hone_package *package, const char *format,
                               ...) HONE_PRINTF(3, 4);
/* Last steps, when input_schema is there: the output schema from its text, and seal. */
int hone_kind_interface_end(struct hone_interface *out, const char *output_schema,
                            struct hone_error *err) HONE_MUST_USE;
/* Last step of make_interface: checks the limits that clients set (HONE_E_LIMIT) and
 * fills the digest. */
int hone_kind_interface_seal(struct hone_interface *interface,
                             struct hone_error *err) HONE_MUST_USE;
void hone_kind_interface_finish(struct hone_interface *interface);

#endif
