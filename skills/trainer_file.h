/* What a trainer knows beside its learner, and its JSON in a tensors file:
 *
 *   {"format":3, "state":"version"|"checkpoint", "position":..., "evidence":{...},
 *    "progress":{...}, "inconclusive":..., "proposals":...,
 *    "region":[...], "sources":[[key, n], ...], "inputs":[key, ...], "package":{...}, "anchor":{"version":..., "position":...}}
 *
 * The anchor is said in checkpoints only: a version is one itself, and does not yet know
 * its number when it is written. Reals have 17 digits, so that they come back as they
 * were. The region's distances and the inputs are oldest first; without inputs none is known.
 * Format 2 knows neither proposals, region nor sources, format 1 neither drift in progress nor bets in
 * evidence either; they are read as having had none. Thread: any. */
#ifndef HONE_SKILLS_TRAINER_FILE_H
#define HONE_SKILLS_TRAINER_FILE_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "optim/evidence_share.h"
#include "optim/gate.h"
#include "optim/region.h"
#include "skills/known_inputs.h"
#include "skills/trainer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_trainer_file {
    bool is_checkpoint;
    uint64_t position;        /* last one folded */
    uint32_t anchor_version;  /* of a checkpoint */
    uint64_t anchor_position; /* likewise */
    uint64_t recent;          /* bit i: was the i-th latest labelled call right? */
    uint32_t n_inconclusive;  /* verdicts in a row */
    uint64_t n_proposals;     /* that the strict test has judged */
    struct hone_gate_evidence evidence;
    struct hone_region region;
    struct hone_evidence_share share; /* of the sources, since the anchor */
    struct hone_known_inputs inputs;  /* learnt since the anchor */
    struct hone_trainer_progress progress;
};

/* NUL-terminated, to free(). definition: the package's as of the state (package_event.h). */
char *hone_trainer_file_format(const struct hone_trainer_file *file,
                               json_t *definition) HONE_MUST_USE;
/* HONE_E_CORRUPT for anything but what format writes, HONE_E_VERSION for a newer format.
 * path is for messages; *definition is a new reference. */
int hone_trainer_file_parse(struct hone_trainer_file *out, json_t **definition,
                            const char *text, const char *path,
                            struct hone_error *err) HONE_MUST_USE;

/* The same from the head of a tensors file; its tensors are neither read nor checked.
 * HONE_E_NOT_FOUND, HONE_E_CORRUPT, HONE_E_VERSION. Blocks. */
int hone_trainer_file_read(struct hone_trainer_file *out, const char *path,
                           struct hone_error *err) HONE_MUST_USE;

/* Fills n_recent and n_recent_right from the bits. */
void hone_trainer_file_count_recent(struct hone_trainer_progress *progress,
                                    uint64_t recent);

#endif
