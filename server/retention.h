/* Which recorded calls are kept, and for how long (docs/store.md): old ones are dropped in
 * small steps on the STORE lane when it has nothing else to do, and what they took is given
 * back to the disk.
 *
 * RESTING -> MEASURING -> PRUNING -> SHRINKING -> RESTING; from MEASURING to RESTING when
 * there is nothing to do. Thread: loop. */
#ifndef HONE_SERVER_RETENTION_H
#define HONE_SERVER_RETENTION_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>

struct hone_app;
struct hone_retention;

/* Measures the store; before the lanes run. */
int hone_retention_create(struct hone_retention **out, struct hone_app *app,
                          struct hone_error *err) HONE_MUST_USE;
/* Begins at once, and looks again every now and then. */
void hone_retention_start(struct hone_retention *retention);
/* After the lanes have ended; accepts NULL. Memory goes when the loop has closed the
 * timer. */
void hone_retention_destroy(struct hone_retention *retention);
/* The sizes as they were last measured and what was dropped since the start, as
 * docs/control.md says. New reference. */
json_t *hone_retention_status(const struct hone_retention *retention) HONE_MUST_USE;

#endif
