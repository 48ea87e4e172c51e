/* What checking the store (store/verify.c) and backing it up (store/backup.c) need
 * besides. */
#ifndef HONE_STORE_STORE_INTERNAL_H
#define HONE_STORE_STORE_INTERNAL_H

#include "store/store.h"

/* The positions of a skill's events after one, in order, at most max. */
int hone_store_read_positions(struct hone_store *store, int64_t skill_id, uint64_t after,
                              size_t max, uint64_t *positions, size_t *n_positions,
                              struct hone_error *err) HONE_MUST_USE;

/* Some blocks of recorded calls, gone through. */
struct hone_store_blocks {
    int64_t last;    /* the newest of them; go on after it */
    size_t n_blocks; /* 0 at the end */
    uint64_t n_records;
    int64_t damaged; /* the first that is not what its row says; 0: none */
};
int hone_store_check_calls(struct hone_store *store, int64_t after, size_t max,
                           struct hone_store_blocks *out,
                           struct hone_error *err) HONE_MUST_USE;
/* Checks a part of what the engine itself keeps, 0, 1, 2 ...; *more is false after the
 * last. HONE_E_CORRUPT says what is wrong with it. */
int hone_store_check_part(struct hone_store *store, size_t part, bool *more,
                          struct hone_error *err) HONE_MUST_USE;

/* ---- backups ---- */

struct hone_store_copy_skill {
    struct hone_span name;
    uint32_t live_version;
    uint64_t log_end, n_calls, n_feedback, n_audit;
    struct hone_digest audit_hash; /* of the chain's last row; zero when it is empty */
};

/* What a copy of the database holds. */
struct hone_store_copy {
    struct hone_store_copy_skill *skills; /* by name */
    size_t n_skills;
    struct hone_digest *tensors; /* files that its rows name, in order */
    size_t n_tensors;
};

/* Begins the only copy of the database under way, into a new file. From here until
 * end_copy no tensors file is removed. HONE_E_BUSY: there is one already. */
int hone_store_start_copy(struct hone_store *store, const char *path,
                          struct hone_error *err) HONE_MUST_USE;
/* A short step, outside of a transaction; *more is false when the file is complete and
 * closed, but not yet durable. */
int hone_store_step_copy(struct hone_store *store, bool *more,
                         struct hone_error *err) HONE_MUST_USE;
/* Gives up the copy if it is not complete, and removes the tensors files that have lost
 * their last name meanwhile. Fine when there is none. */
void hone_store_end_copy(struct hone_store *store);
/* Reads a complete copy. Any thread but the loop. */
int hone_store_read_copy(const struct hone_store *store, const char *path,
                         struct hone_arena *arena, struct hone_store_copy *out,
                         struct hone_error *err) HONE_MUST_USE;

#endif
