/* What the tests of the drift detector need besides. Pure; thread: any. */
#ifndef HONE_OPTIM_DRIFT_INTERNAL_H
#define HONE_OPTIM_DRIFT_INTERNAL_H

struct hone_drift;

/* z of drift.h of the newest outcomes; 0 while there are fewer than 350. */
double hone_drift_z(const struct hone_drift *drift);

#endif
