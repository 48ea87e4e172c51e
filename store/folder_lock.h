/* One process owns a data folder: an exclusive flock on FOLDER/LOCK, held until released
 * or until the process ends, however it ends. The file holds the owner's pid, for
 * messages only. Thread: any. */
#ifndef HONE_STORE_FOLDER_LOCK_H
#define HONE_STORE_FOLDER_LOCK_H

#include "base/attr.h"
#include "base/error.h"

struct hone_folder_lock {
    int fd; /* -1: not held */
};

/* HONE_E_BUSY names the owner's pid; HONE_E_READ_ONLY; HONE_E_FULL; HONE_E_IO. */
int hone_folder_lock_take(struct hone_folder_lock *lock, const char *folder,
                          struct hone_error *err) HONE_MUST_USE;
void hone_folder_lock_release(struct hone_folder_lock *lock);

#endif
