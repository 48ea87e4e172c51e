/* A folder that appears whole or not at all: it is filled as TARGET.partial and renamed
 * when all that is in it is on disk. What a process that died has left there is cleared
 * by the next one; two at once are kept apart by a lock in it. Thread: any but the loop;
 * one at a time. */
#ifndef HONE_STORE_STAGING_H
#define HONE_STORE_STAGING_H

#include "base/attr.h"
#include "base/error.h"
#include "store/folder_lock.h"

#include <stdbool.h>

struct hone_staging {
    char *target, *path; /* path is NULL when it is not open */
    bool replaces;
    struct hone_folder_lock lock;
};

/* Makes the folder, and the target's parents where they are missing. The target must be
 * missing or an empty folder, unless it is to be replaced. HONE_E_EXISTS, HONE_E_BUSY. */
int hone_staging_open(struct hone_staging *staging, const char *target, bool replaces,
                      struct hone_error *err) HONE_MUST_USE;
/* Lets somebody else take the lock in it for a while. */
void hone_staging_unlock(struct hone_staging *staging);
int hone_staging_lock(struct hone_staging *staging, struct hone_error *err) HONE_MUST_USE;
/* Syncs all, then gives it its name and closes it; what it replaces is removed.
 * HONE_E_EXISTS: the target is not empty any more. */
int hone_staging_place(struct hone_staging *staging,
                       struct hone_error *err) HONE_MUST_USE;
/* Removes what was not placed; zeroed memory is fine. */
void hone_staging_finish(struct hone_staging *staging);

#endif
