/* What became of feedback: walks along a skill's audit entries (server/history.h) and says
 * of each position whether what it taught is part of a version, on top of the live one, or
 * was taken back, and by what. Thread: any; pure. */
#ifndef HONE_SERVER_FATE_H
#define HONE_SERVER_FATE_H

#include "base/attr.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hone_fate_state {
    HONE_FATE_INCREMENT = 0, /* of the served state, on top of the live version */
    HONE_FATE_IN_VERSION,
    HONE_FATE_WITHDRAWN,   /* a verdict took it back */
    HONE_FATE_ROLLED_BACK, /* a rollback did */
    HONE_FATE_PASSED_OVER, /* nothing was taught: the skill was frozen */
};

struct hone_fate {
    uint64_t position;
    enum hone_fate_state state;
    uint32_t
        version;   /* that it is part of, that was rejected, or that was gone back to */
    json_t *entry; /* of the audit that decided; NULL while it is an increment */
};

struct hone_fate_walk {
    struct hone_fate *fates; /* borrowed; zeroed but for their positions */
    size_t n_fates;
    uint32_t live;
    /* The rest is private. */
    uint32_t *parents; /* of the version n at n */
    size_t n_parents;
    json_t *last_rollback;
    json_t *frozen; /* the freeze that is in force; NULL: none */
};

void hone_fate_walk_init(struct hone_fate_walk *walk, struct hone_fate *fates,
                         size_t n_fates);
/* The next entry, in order of their numbers. */
void hone_fate_walk_add(struct hone_fate_walk *walk, json_t *entry);
/* After the last: versions that the live one does not come from have been left. */
void hone_fate_walk_end(struct hone_fate_walk *walk);
/* Gives back what the fates hold, too. */
void hone_fate_walk_finish(struct hone_fate_walk *walk);

#endif
