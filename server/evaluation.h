/* hone/eval on the control socket: what another policy would have earned on the newest
 * recorded calls of a choose skill. The log is read on the STORE lane a few hundred events
 * at a time and gone through on the TRAIN lane in idle slices, so that calls and learning
 * do not wait for it; one evaluation per skill at a time. Thread: loop. */
#ifndef HONE_SERVER_EVALUATION_H
#define HONE_SERVER_EVALUATION_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <jansson.h>
#include <stdint.h>

struct hone_training;

#define HONE_EVALUATION_EVENTS_MAX 20000 /* the newest of the log */

/* report: borrowed for the call, NULL when status is not 0. Called once, perhaps after the
 * server began to stop. */
typedef void (*hone_evaluation_cb)(void *user, int status, const json_t *report,
                                   const struct hone_error *err);

/* HONE_E_INVALID: not a choose skill, not a policy or interval; HONE_E_BUSY; HONE_E_AGAIN.
 * done is called only when this gives 0. */
int hone_evaluation_start(struct hone_training *training, struct hone_span policy,
                          struct hone_span interval, hone_evaluation_cb done, void *user,
                          struct hone_error *err) HONE_MUST_USE;

#endif
