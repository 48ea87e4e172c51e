/* What checking the store needs besides (store/verify.c): how its engine reads. */
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

#endif
