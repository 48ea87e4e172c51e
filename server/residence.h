/* Where a skill's state is: on disk alone, or in memory too.
 *
 * A server opens a skill cold: what lists, status and the store need is known, the state
 * itself (learner, view) is not made. The first call or feedback loads it on the CALL lane
 * (loading.h); whoever needs it meanwhile waits, and the loop goes on. A log that goes
 * further than the state on disk is learnt without anybody asking: such skills are loaded
 * one after the other when nothing else is to be loaded.
 *
 * A loaded skill that has not been used for skill_idle_ms, or that was used the longest ago
 * when all take more than skills_memory_bytes, is unloaded: a checkpoint is written if its
 * state is not on disk yet, then its memory is given back. What a skill has learnt never
 * depends on whether it was unloaded in between. Skills that do not learn have no state and
 * count as loaded. Thread: loop. */
#ifndef HONE_SERVER_RESIDENCE_H
#define HONE_SERVER_RESIDENCE_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_app;
struct hone_residents;
struct hone_training;

/* The last two have the state in memory. */
enum hone_residence_state {
    HONE_RESIDENCE_COLD,
    HONE_RESIDENCE_LOADING,
    HONE_RESIDENCE_LOADED,
    HONE_RESIDENCE_UNLOADING, /* a checkpoint is written; any use makes it loaded again */
};

/* The files that hold a skill's state: the live version's and, when there is one that
 * builds on it, the checkpoint's. */
struct hone_residence_source {
    uint32_t version; /* the live one */
    struct hone_digest tensors;
    uint64_t tensors_bytes;
    uint64_t position;         /* at which the version is live */
    uint64_t version_position; /* at which it was made: another after a rollback */
    struct hone_digest checkpoint;
    uint64_t checkpoint_position; /* 0: no checkpoint */
};

struct hone_residence {
    enum hone_residence_state state;
    struct hone_residence_source source;
    struct hone_list in_order; /* among the loaded, or among those to be caught up */
    struct hone_list waiters;  /* of struct hone_residence_waiter */
    uint64_t used_ms;          /* last use */
    uint64_t retry_ms;         /* not tried again before, after a load that failed */
    uint64_t memory_bytes;     /* of the state, about; 0 while it is cold */
    struct hone_error failure; /* code 0, or why the last load failed */
};

/* Somebody who waits for the state. done is called once, on the loop: 0, or the code of
 * *err, which says what to do about it. */
struct hone_residence_waiter {
    struct hone_list link;
    void (*done)(struct hone_residence_waiter *waiter, int status,
                 const struct hone_error *err);
};

/* For hone status. */
struct hone_residence_counts {
    size_t n_loaded, n_cold; /* skills that learn */
    uint64_t memory_bytes;
    uint64_t n_loads, n_unloads; /* since the start */
};

struct hone_residents *hone_residence_create(struct hone_app *app) HONE_MUST_USE;
/* The loop frees it; accepts NULL. */
void hone_residence_destroy(struct hone_residents *residents);
/* Starts to catch up with logs; after the lanes run. */
void hone_residence_start(struct hone_residents *residents);
void hone_residence_count(const struct hone_residents *residents,
                          struct hone_residence_counts *out);

/* A cold skill, or with is_loaded one whose state the training holds. At the start. */
void hone_residence_open(struct hone_training *training, bool is_loaded);

/* Is the state in memory? Notes the use. */
bool hone_residence_use(struct hone_training *training);
/* Loads the state if it is cold; nobody waits. Notes the use. */
void hone_residence_want(struct hone_training *training);
/* The same, and tells the waiter. Not for a state that is in memory. */
void hone_residence_wait(struct hone_training *training,
                         struct hone_residence_waiter *waiter);
/* The waiter gives up; done is not called. */
void hone_residence_leave(struct hone_residence_waiter *waiter);

/* The cycle of a loaded skill has come to rest, at its log's end or with a failure. */
void hone_residence_rest(struct hone_training *training);
/* A loaded skill could not read its log: it tries again in a while. */
void hone_residence_resume(struct hone_training *training);
/* A checkpoint that hone_checkpoint_start began has ended. */
void hone_residence_checkpointed(struct hone_training *training, int status);
/* The store has a checkpoint on this version now, or has dropped it. */
void hone_residence_set_checkpoint(struct hone_training *training, uint32_t version,
                                   struct hone_digest tensors, uint64_t position);
void hone_residence_drop_checkpoint(struct hone_training *training);
/* What is live has changed: there is no checkpoint on it yet. */
void hone_residence_set_live(struct hone_training *training,
                             const struct hone_residence_source *live);
/* How much memory the state takes now; 0: nobody knows, about what its file says. */
void hone_residence_measure(struct hone_training *training, uint64_t memory_bytes);
/* Gives the state's memory back as soon as it is on disk, if the skill is at rest. */
void hone_residence_unload(struct hone_training *training);
/* Position that the files hold. */
uint64_t hone_residence_saved_position(const struct hone_residence_source *source);
/* "cold", "loading", "loaded", "unloading". */
const char *hone_residence_state_name(enum hone_residence_state state);

#endif
