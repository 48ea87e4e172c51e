/* What was learnt and then withdrawn: by a rejection (the gate, the harm test), by an error
 * of measurement, by a rollback. Nothing of it is lost: its events stay in the log, and the
 * audit chain says which ones they are, when and why. An entry is named by the position of
 * the event that withdrew it:
 *
 *   {"position", "verdict": "rejected"|"error"|"rolled_back", "reason", "actor", "created",
 *    "after", "through", "version", "instead", "can_be_folded"}
 *
 * Withdrawn are the events after `after` up to and including `through`. `version` is the
 * number of the version row that holds the evidence (rejected, error) or that was rolled
 * back; `instead` is the version that answers since. can_be_folded: the tensors of that
 * version are kept, so that the events can be learnt again from there.
 *
 * Thread: STORE lane. */
#ifndef HONE_SERVER_QUARANTINE_H
#define HONE_SERVER_QUARANTINE_H

#include "base/attr.h"
#include "base/error.h"
#include "store/store.h"

#include <jansson.h>

/* Older ones are not listed; their events stay in the log. */
#define HONE_QUARANTINE_LISTED_MAX 100

/* Newest first, a new array in *out. versions are all of the skill. Errors are those of
 * hone_store_read_audit. */
int hone_quarantine_list(json_t **out, struct hone_store *store, int64_t skill_id,
                         const struct hone_store_version *versions, size_t n_versions,
                         struct hone_error *err) HONE_MUST_USE;

#endif
