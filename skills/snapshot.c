#include "skills/snapshot.h"

#include "base/alloc.h"
#include "base/check.h"

#include <stdlib.h>

struct hone_snapshot *hone_snapshot_create_take(const struct hone_kind *kind, void *view,
                                                uint32_t version,
                                                uint64_t learned_through)
{
    HONE_REQUIRE(kind->learns == (view != NULL));
    struct hone_snapshot *snapshot = hone_alloc_zeroed(1, sizeof(*snapshot));
    atomic_init(&snapshot->n_refs, 1);
    snapshot->kind = kind;
    snapshot->view = view;
    snapshot->version = version;
    snapshot->learned_through = learned_through;
    return snapshot;
}

struct hone_snapshot *hone_snapshot_ref(struct hone_snapshot *snapshot)
{
    uint32_t before =
        atomic_fetch_add_explicit(&snapshot->n_refs, 1, memory_order_relaxed);
    HONE_REQUIRE(before > 0);
    return snapshot;
}

void hone_snapshot_unref(struct hone_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    uint32_t before =
        atomic_fetch_sub_explicit(&snapshot->n_refs, 1, memory_order_acq_rel);
    HONE_INVARIANT(before > 0);
    if (before > 1) {
        return;
    }
    if (snapshot->view != NULL) {
        snapshot->kind->view_unref(snapshot->view);
    }
    free(snapshot);
}
