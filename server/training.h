/* Training of all skills: reads each skill's log, folds it on the TRAIN lane, publishes
 * snapshots, and carries verdicts through the store.
 *
 * One cycle of a skill: read the log after the trained position (STORE) -> fold (TRAIN)
 * -> publish (loop) -> again, until the log's end. When a verdict is due: save the
 * candidate in slices (TRAIN, idle priority) -> move the file, one transaction (STORE) ->
 * the verdict comes back as the log's next event. The log is the only input, so live
 * learning and recovery are one path. Thread: loop. */
#ifndef HONE_SERVER_TRAINING_H
#define HONE_SERVER_TRAINING_H

#include "base/attr.h"
#include "base/error.h"
#include "base/list.h"
#include "optim/gate.h"
#include "server/residence.h"
#include "server/worker.h"
#include "skills/registry.h"
#include "skills/trainer.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_app;
struct hone_action;

/* Per-skill state of the server, in skill->owner_data; for kinds that learn and those
 * that do not. */
struct hone_training {
    struct hone_app *app;
    struct hone_skill *skill;
    void *scratch; /* the kind's, for calls on the loop */
    int64_t store_id;
    uint64_t lease_token;
    uint32_t live_version, last_version;
    int64_t live_created_unix_ms; /* when the live version was made */
    uint64_t log_end;             /* newest event that is known to be durable */
    uint64_t trained;             /* position that what is learnt includes */
    uint64_t served;  /* position that calls see; less while what is learnt is withheld */
    double change;    /* of what is learnt, from the anchor (hone_trainer_change) */
    uint64_t settles; /* position of the newest event that the server itself wrote: what
                                    is known of the state is out of date until it is folded */
    uint64_t checkpointed; /* position of the newest version or checkpoint */
    uint64_t n_calls, n_feedback;
    uint64_t tensors_bytes;                /* of the live version's file */
    struct hone_trainer_progress progress; /* as of `trained` */
    json_t *measured;                      /* likewise, by the kind; NULL for nothing */
    struct hone_gate_evidence evidence;
    uint64_t anchor_position;
    struct hone_error failure; /* code 0, or why this skill no longer learns */

    struct hone_residence residence;
    struct hone_trainer
        *trainer; /* TRAIN lane's while a cycle or save step runs; NULL while
                                     the state is not in memory */
    bool cycle_running;
    bool package_pending; /* a package event must be written */
    bool package_running; /* ... and is on its way to the log */
    bool verdict_running; /* a verdict is on its way to the log */
    bool checkpoint_running;
    unsigned n_savings; /* of files that others read: the state must stay in memory */
    bool evaluation_pending; /* one is under way (evaluation.h) */
    bool action_pending;     /* one was handed to the store and is not folded yet */
    bool due;                /* as of `trained`: a verdict is due */
    struct hone_gate_report report;    /* when due */
    uint64_t candidate_position;       /* when due */
    struct hone_action *queued_action; /* waits for a verdict to end; or NULL */
    json_t *hold;             /* what is held back now (holds.h); NULL: it never was */
    uint64_t hold_position;   /* of the event that says so */
    struct hone_list waiters; /* of struct hone_training_waiter */
    struct hone_label_offers *offers; /* of feedback that is not learnt yet; NULL: none */
    struct hone_list resting;         /* of struct hone_training_rest */
};

/* Somebody who waits until a position is served. done is called once, on the loop: status
 * 0, or HONE_E_CANCELLED at the stop, or the skill's failure. */
struct hone_training_waiter {
    struct hone_list link;
    uint64_t position;
    void (*done)(struct hone_training_waiter *waiter, int status);
};

/* Somebody who waits until the state is in memory, everything in the log is learnt and no
 * verdict is due. done is called once, on the loop: 0, or the code of *err. */
struct hone_training_rest {
    struct hone_list link;
    struct hone_residence_waiter load;
    struct hone_training *training;
    void (*done)(struct hone_training_rest *rest, int status,
                 const struct hone_error *err);
};

/* Starts catching up with the log, if the state is in memory. After the lanes run. */
void hone_training_start(struct hone_training *training);
/* Begins a verdict, a checkpoint or a package event if one is due and none is under way.
 */
void hone_training_housekeep(struct hone_training *training);
/* Writes the event that says that the package has changed. STORE lane, in a transaction.
 */
int hone_training_store_package(struct hone_training *training, uint64_t *position,
                                struct hone_error *err) HONE_MUST_USE;
/* The log has grown to this position. Loads the state if it is not in memory. */
void hone_training_notify(struct hone_training *training, uint64_t log_end);
void hone_training_wait(struct hone_training *training,
                        struct hone_training_waiter *waiter);
/* At once when the skill is at rest. */
void hone_training_rest(struct hone_training *training, struct hone_training_rest *rest);
/* Wakes those who wait for rest, if there is rest now. has_failed: a verdict is still due,
 * for it could not be stored. */
void hone_training_wake_resting(struct hone_training *training, bool has_failed);
/* Ends all waits, as nothing is learnt before the next try. */
void hone_training_end_waits(struct hone_training *training, int status);
/* Ends all waits; at the stop. */
void hone_training_cancel_waits(struct hone_training *training);

#endif
