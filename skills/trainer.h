/* Training as a pure fold over a skill's log: state(n+1) = f(state(n), event n).
 *
 * Holds three states of one skill: the anchor (the last gated version), the served state
 * (anchor plus increments) and, while a verdict is under way, the candidate (the served
 * state at the moment at which the evidence was complete). No I/O but the tensors files
 * that it is told to read or write; no clock; no randomness but (seed, position).
 *
 * Gate: the first feedback of a call, when it can be scored, is scored by anchor and served state
 * before either learns from it (trainer_pair.h). When enough pairs are there the trainer becomes
 * `due`: it keeps a candidate and goes on folding. The verdict enters as an event: promoted makes the candidate the
 * anchor, rejected and error withdraw all increments since the anchor, inconclusive (three in a row
 * are a rejection) lets them stand; evidence starts anew after each. One that is inconclusive for
 * want of pairs changes nothing: it keeps the evidence and does not count. Replaying a log that has
 * the verdict gives the same bytes.
 *
 * A gated skill (skill.yaml, `publish`) learns in the same way, but the anchor answers its calls,
 * and the gate is strict: what is learnt is served once it is proven to be better.
 *
 * A frozen skill (hold.h) passes over feedback: it is neither learnt nor evidence, then or
 * later. A candidate that was due is judged again when it is thawed.
 *
 * Of a pinned skill a version answers, as its file has it. Learning and evidence go on, the
 * trust region too, but there is no verdict; when the skill is no longer pinned, what was
 * learnt is served as far as gate and region allow it.
 *
 * Events are folded under the package's definition that was in force when they came
 * (package_event.h), not under what the folder says today.
 *
 * Thread: TRAIN lane (one owner at a time). */
#ifndef HONE_SKILLS_TRAINER_H
#define HONE_SKILLS_TRAINER_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "optim/gate.h"
#include "skills/event.h"
#include "skills/hold.h"
#include "skills/package.h"
#include "skills/snapshot.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_trainer;
struct hone_trainer_save;

/* Counters since the skill began, part of the state. */
struct hone_trainer_progress {
    uint64_t n_labelled; /* feedback that named the right answer */
    uint64_t n_right;    /* of these, the call's answer was right */
    uint32_t n_recent;   /* labelled among the last RECENT_MAX */
    uint32_t n_recent_right;
    uint64_t n_rewards;
    double sum_reward;
    uint64_t n_learnt; /* events that changed the served state and were not withdrawn */
    uint64_t n_withdrawn; /* events whose increments a rejection took back */
    uint64_t n_drifts;    /* alarms of the drift detector, also those taken back */
    uint64_t drifted_at;  /* position of the last one; 0: none yet */
};
#define HONE_TRAINER_RECENT_MAX 50

/* The state of a package before any feedback (position 0). package must outlive the
 * trainer. */
int hone_trainer_create(struct hone_trainer **out, const struct hone_package *package,
                        struct hone_error *err) HONE_MUST_USE;
/* The state of a version's tensors file; with a checkpoint file, the anchor is the
 * version and the served state the checkpoint's. version is its number, position the log
 * position that its state counts as (the version's own, or the later one of a rollback to
 * it). */
int hone_trainer_load(struct hone_trainer **out, const struct hone_package *package,
                      uint32_t version, uint64_t position, const char *version_path,
                      const char *checkpoint_path, struct hone_error *err) HONE_MUST_USE;
/* After a load: what was held back at the position that was loaded. pinned_path is the file
 * of the version that is pinned, or NULL. When that cannot be read the anchor answers instead;
 * the error says why, all else is in force. */
int hone_trainer_set_hold(struct hone_trainer *trainer, const struct hone_hold *hold,
                          const char *pinned_path, struct hone_error *err) HONE_MUST_USE;
void hone_trainer_destroy(
    struct hone_trainer *trainer); /* accepts NULL; saves must be gone */

/* Folds the next event; positions must grow. An event that cannot be learnt from changes
 * nothing but the position; *ignored (may be NULL) then says why in a static text, else
 * NULL. Errors are for damaged events only (HONE_E_CORRUPT) and leave the state as
 * before. */
int hone_trainer_fold(struct hone_trainer *trainer, const struct hone_event *event,
                      const char **ignored, struct hone_error *err) HONE_MUST_USE;

/* Goes back to a version's file at a rollback event's position: anchor and served state
 * are that version's, evidence starts anew. What is held stays so. On error nothing
 * changes. */
int hone_trainer_rollback(struct hone_trainer *trainer, uint32_t version,
                          const char *path, uint64_t position,
                          struct hone_error *err) HONE_MUST_USE;

uint64_t hone_trainer_position(const struct hone_trainer *trainer);
/* How far what is learnt has moved from the anchor: 0 to 1 (optim/region.h). */
double hone_trainer_change(const struct hone_trainer *trainer);
/* Do calls see less than what is learnt? */
bool hone_trainer_withholds(const struct hone_trainer *trainer);
/* The version that is pinned and answers; 0: none. */
uint32_t hone_trainer_pinned(const struct hone_trainer *trainer);
/* Position of the log at which the anchor's state stands. */
uint64_t hone_trainer_anchor_position(const struct hone_trainer *trainer);
struct hone_trainer_progress hone_trainer_progress(const struct hone_trainer *trainer);
/* What the kind has measured of the served state, for the status. New reference, or NULL. */
json_t *hone_trainer_measure(const struct hone_trainer *trainer) HONE_MUST_USE;
/* Memory that the states take, about; 0 when nobody knows. */
uint64_t hone_trainer_memory_bytes(const struct hone_trainer *trainer);
const struct hone_gate_evidence *
hone_trainer_evidence(const struct hone_trainer *trainer);
/* Is the package's definition the one in force, and does the state have its labels? If not, a
 * package event is due. */
bool hone_trainer_fits_package(const struct hone_trainer *trainer);

/* Is a verdict due? Fills *report and the candidate's position. */
bool hone_trainer_due(const struct hone_trainer *trainer, struct hone_gate_report *report,
                      uint64_t *candidate_position);
/* Body of a gate event: {"verdict","candidate","version","report":{...}}; version is the
 * number that the promoted candidate gets, 0 for other verdicts. New reference. */
json_t *hone_trainer_verdict_body(const struct hone_gate_report *report,
                                  uint64_t candidate_position, uint32_t version);

/* A snapshot of what answers calls: of the served state, in a gated skill of the anchor. New
 * reference. */
struct hone_snapshot *hone_trainer_snapshot(struct hone_trainer *trainer) HONE_MUST_USE;

/* Saving a state in slices while folding goes on. A checkpoint is not possible while a
 * verdict is due (HONE_E_STALE). step: 1 more, 0 done and durable; with
 * HONE_TRAINER_SAVE_ALL all in one step, and whoever keeps the file makes it durable. */
#define HONE_TRAINER_SAVE_ALL SIZE_MAX
enum hone_trainer_state {
    HONE_TRAINER_ANCHOR, /* the state as created, for version 1 */
    HONE_TRAINER_CANDIDATE,
    HONE_TRAINER_SERVED, /* for a checkpoint */
    HONE_TRAINER_SHOWN,  /* what answers calls: that of hone_trainer_snapshot */
};
int hone_trainer_save_create(struct hone_trainer_save **out, struct hone_trainer *trainer,
                             enum hone_trainer_state state, const char *path,
                             struct hone_error *err) HONE_MUST_USE;
int hone_trainer_save_step(struct hone_trainer_save *save, size_t max_bytes,
                           struct hone_error *err) HONE_MUST_USE;
void hone_trainer_save_result(const struct hone_trainer_save *save,
                              struct hone_digest *digest, uint64_t *size_bytes,
                              uint64_t *position);
/* The version that the state builds on. */
uint32_t hone_trainer_save_version(const struct hone_trainer_save *save);
void hone_trainer_save_destroy(struct hone_trainer_save *save); /* accepts NULL */

#endif
