/* Makes a data folder from a backup (store/backup.h). Every file is checked against its
 * SHA-256 while it is copied, then all that the copy holds (store/verify.h) and each
 * skill's last audit row against the manifest; only what is whole gets its name.
 * Thread: any but the loop; blocks. */
#ifndef HONE_STORE_RESTORE_H
#define HONE_STORE_RESTORE_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_restore {
    const char *backup; /* folder */
    const char *data;   /* folder that becomes the data folder */
    bool force;         /* replace a data folder in which nothing was recorded */
    int64_t now_unix_ms;
};

/* *report: {data, created, files, bytes, skills: [{skill, live_version, log_end, calls,
 * feedback}]}, a new reference. HONE_E_NOT_FOUND: no backup, or a file is missing;
 * HONE_E_CORRUPT names the damaged file or part; HONE_E_BUSY, HONE_E_EXISTS: the data
 * folder is in use or not empty; HONE_E_FULL. Then data is as it was. */
int hone_restore_run(const struct hone_restore *restore, json_t **report,
                     struct hone_error *err) HONE_MUST_USE;

#endif
