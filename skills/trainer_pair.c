#include "skills/trainer_pair.h"

#include "base/alloc.h"
#include "optim/gate.h"
#include "optim/region.h"

#include <stdlib.h>

static void put_share(struct hone_trainer_pair_shares *room, size_t place, float share)
{
    if (place >= room->capacity) {
        room->capacity = place + place / 2 + 1;
        room->shares = hone_alloc_resize(room->shares, room->capacity, sizeof(float));
    }
    for (; room->n <= place; room->n++) {
        room->shares[room->n] = 0.0F;
    }
    room->shares[place] = share;
}

/* The anchor's shares lie in scratch, where the served state's will be. Two that have come to the
 * labels of a changed package apart may hold them in different orders. */
static void keep_shares(struct hone_trainer_pair_shares *room,
                        const struct hone_trainer_pair_sides *sides,
                        const struct hone_kind_score *score)
{
    const struct hone_kind *kind = sides->package->kind;
    bool may_move = sides->is_fitted && kind->share_place != NULL;
    room->n = 0;
    for (size_t k = 0; k < score->n_shares; k++) {
        put_share(room, may_move ? kind->share_place(sides->anchor, k, sides->served) : k,
                  score->shares[k]);
    }
}

bool hone_trainer_pair_names_answer(const struct hone_feedback *feedback)
{
    return feedback->kind != HONE_FEEDBACK_REWARD &&
           feedback->kind != HONE_FEEDBACK_COMMENT;
}

int hone_trainer_pair_score(struct hone_trainer_pair *out,
                            struct hone_trainer_pair_shares *room,
                            const struct hone_trainer_pair_sides *sides,
                            const struct hone_event *event, struct hone_error *err)
{
    const struct hone_package *package = sides->package;
    const struct hone_kind *kind = package->kind;
    int code =
        kind->score(package, sides->anchor, sides->scratch, event, &out->anchor, err);
    bool anchor_knows = code == 1;
    if (code < 0 ||
        (!anchor_knows && !hone_trainer_pair_names_answer(&event->feedback))) {
        return code;
    }
    bool compares = anchor_knows && out->anchor.shares != NULL;
    if (compares) {
        keep_shares(room, sides, &out->anchor);
    }
    code = kind->score(package, sides->served, sides->scratch, event, &out->served, err);
    out->is_evidence = code == 1;
    if (code == 1 && compares) {
        out->has_distance = true;
        out->distance = hone_region_distance(room->shares, room->n, out->served.shares,
                                             out->served.n_shares);
    }
    if (!anchor_knows) {
        out->anchor.loss =
            out->served.loss + (out->served.right ? HONE_GATE_GAIN_CLIP : 0.0);
        out->anchor.right = false;
    }
    return code < 0 ? code : 0;
}

void hone_trainer_pair_shares_finish(struct hone_trainer_pair_shares *room)
{
    free(room->shares);
    *room = (struct hone_trainer_pair_shares){0};
}
