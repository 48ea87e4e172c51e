/* What the tests of elicitations need besides. Thread: loop. */
#ifndef HONE_SERVER_ELICITATIONS_INTERNAL_H
#define HONE_SERVER_ELICITATIONS_INTERNAL_H

#include <stdint.h>

struct hone_elicitations;

/* Forgets those that are too old at this time of the loop; who waits for them runs again. */
void hone_elicitations_expire(struct hone_elicitations *elicitations, uint64_t now_ms);

#endif
