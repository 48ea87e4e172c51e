/* The state of a kind that fits into one struct without pointers: the kind says how many
 * bytes it has, and gets from here its learner, views, marks, saving and loading.
 *
 * Learner and views share one block until the learner writes: then it goes on with a copy
 * of its own, and whoever holds the block keeps it as it was. So a view, a mark and a way
 * back are one reference each. The price is one copy of the struct for each event learnt;
 * a state of more than about 256 KiB wants something finer (row_table.h).
 *
 * File: safetensors with one tensor `state` of bytes, the struct as it lies in memory. So
 * its members have fixed widths and no gaps between them, and a change of the struct is a
 * new version of the form.
 *
 * Thread: functions on a learner TRAIN lane; on a view any. */
#ifndef HONE_SKILLS_FLAT_STATE_H
#define HONE_SKILLS_FLAT_STATE_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_flat_form {
    const char *name; /* stands in the file, as in "hone.tally" */
    uint32_t version; /* of the struct, from 1; files of another one are refused */
    size_t n_bytes;
    /* Could learning have led to this? Nothing in a file is believed. */
    bool (*is_sound)(const void *state);
};

/* A learner whose state is all zero. form must outlive it and its views. */
void *hone_flat_state_create(const struct hone_flat_form *form) HONE_MUST_USE;
/* From a file; *extra (to free()) is what save was given. HONE_E_CORRUPT,
 * HONE_E_VERSION, HONE_E_NOT_FOUND, HONE_E_IO. */
int hone_flat_state_load(void **learner, const struct hone_flat_form *form,
                         const char *path, char **extra,
                         struct hone_error *err) HONE_MUST_USE;
void hone_flat_state_destroy(void *learner); /* views may outlive it; accepts NULL */

/* The struct of a learner: as it is, borrowed until the next write or restore; to change
 * it. */
const void *hone_flat_state_read(const void *learner);
void *hone_flat_state_write(void *learner);
/* The struct of a view, borrowed with it. */
const void *hone_flat_state_view(const void *view);

/* Members of struct hone_kind that these fill. */
#define HONE_FLAT_STATE_MEMBERS                                                          \
    .destroy = hone_flat_state_destroy, .freeze = hone_flat_state_freeze,                \
    .peek = hone_flat_state_peek, .view_ref = hone_flat_state_view_ref,                  \
    .view_unref = hone_flat_state_view_unref, .mark_create = hone_flat_state_freeze,     \
    .mark_destroy = hone_flat_state_view_unref, .mark_view = hone_flat_state_mark_view,  \
    .restore = hone_flat_state_restore, .save_create = hone_flat_state_save_create,      \
    .save_step = hone_flat_state_save_step, .save_result = hone_flat_state_save_result,  \
    .save_destroy = hone_flat_state_save_destroy

/* As skills/kind.h says of the members; a mark is a view. */
void *hone_flat_state_freeze(void *learner) HONE_MUST_USE;
void *hone_flat_state_peek(void *learner);
void *hone_flat_state_view_ref(void *view);
void hone_flat_state_view_unref(void *view); /* accepts NULL */
void *hone_flat_state_mark_view(void *mark);
void hone_flat_state_restore(void *learner, void *mark);
int hone_flat_state_save_create(void **save, void *mark, const char *path,
                                struct hone_span extra,
                                struct hone_error *err) HONE_MUST_USE;
int hone_flat_state_save_step(void *save, size_t max_bytes,
                              struct hone_error *err) HONE_MUST_USE;
void hone_flat_state_save_result(const void *save, struct hone_digest *digest,
                                 uint64_t *size_bytes);
void hone_flat_state_save_destroy(void *save); /* accepts NULL */

#endif
