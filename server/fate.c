#include "server/fate.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static uint64_t number_of(const json_t *entry, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(entry, key));
}

static bool is_action(const json_t *entry, const char *action)
{
    const char *text = json_string_value(json_object_get(entry, "action"));
    return text != NULL && strcmp(text, action) == 0;
}

void hone_fate_walk_init(struct hone_fate_walk *walk, struct hone_fate *fates,
                         size_t n_fates)
{
    *walk = (struct hone_fate_walk){.fates = fates, .n_fates = n_fates};
}

static void note_parent(struct hone_fate_walk *walk, const json_t *entry)
{
    size_t number = (size_t)number_of(entry, "version");
    if (!json_is_integer(json_object_get(entry, "parent")) || number > UINT32_MAX) {
        return; /* it made no version */
    }
    if (number >= walk->n_parents) {
        size_t n = 2 * number + 16;
        walk->parents = hone_alloc_resize(walk->parents, n, sizeof(walk->parents[0]));
        memset(walk->parents + walk->n_parents, 0,
               (n - walk->n_parents) * sizeof(walk->parents[0]));
        walk->n_parents = n;
    }
    walk->parents[number] = (uint32_t)number_of(entry, "parent");
}

static void decide(struct hone_fate *fate, enum hone_fate_state state, uint64_t version,
                   json_t *entry)
{
    json_decref(fate->entry);
    fate->state = state;
    fate->version = (uint32_t)version;
    fate->entry = json_incref(entry);
}

/* A promotion keeps what its candidate has learnt; what came after it stays on top. */
static void keep_promoted(struct hone_fate_walk *walk, json_t *entry)
{
    for (size_t i = 0; i < walk->n_fates; i++) {
        struct hone_fate *fate = &walk->fates[i];
        if (fate->state == HONE_FATE_INCREMENT &&
            fate->position <= number_of(entry, "position")) {
            decide(fate, HONE_FATE_IN_VERSION, number_of(entry, "live"), entry);
        }
    }
}

/* All increments that the log had before the event are gone. */
static void take_back(struct hone_fate_walk *walk, enum hone_fate_state state,
                      json_t *entry)
{
    for (size_t i = 0; i < walk->n_fates; i++) {
        struct hone_fate *fate = &walk->fates[i];
        if (fate->state == HONE_FATE_INCREMENT &&
            fate->position < number_of(entry, "event")) {
            decide(fate, state, number_of(entry, "version"), entry);
        }
    }
}

/* What came since the freeze, before this position. */
static void pass_over(struct hone_fate_walk *walk, uint64_t before)
{
    for (size_t i = 0; walk->frozen != NULL && i < walk->n_fates; i++) {
        struct hone_fate *fate = &walk->fates[i];
        if (fate->state == HONE_FATE_INCREMENT && fate->position < before &&
            fate->position > number_of(walk->frozen, "event")) {
            decide(fate, HONE_FATE_PASSED_OVER, 0, walk->frozen);
        }
    }
}

static void set_frozen(struct hone_fate_walk *walk, json_t *entry)
{
    json_decref(walk->frozen);
    walk->frozen = json_incref(entry);
}

void hone_fate_walk_add(struct hone_fate_walk *walk, json_t *entry)
{
    note_parent(walk, entry);
    pass_over(walk, number_of(entry, "event"));
    walk->live = (uint32_t)number_of(entry, "live");
    if (is_action(entry, "promoted")) {
        keep_promoted(walk, entry);
    } else if (is_action(entry, "rejected") || is_action(entry, "error")) {
        take_back(walk, HONE_FATE_WITHDRAWN, entry);
    } else if (is_action(entry, "rollback") || is_action(entry, "promote")) {
        take_back(walk, HONE_FATE_ROLLED_BACK, entry);
        json_decref(walk->last_rollback);
        walk->last_rollback = json_incref(entry);
    } else if (is_action(entry, "freeze")) {
        set_frozen(walk, entry);
    } else if (is_action(entry, "thaw")) {
        set_frozen(walk, NULL);
    }
}

static bool is_live_lineage(const struct hone_fate_walk *walk, uint32_t version)
{
    uint32_t at = walk->live;
    while (at > version && at < walk->n_parents) {
        at = walk->parents[at] < at ? walk->parents[at] : 0;
    }
    return at == version;
}

void hone_fate_walk_end(struct hone_fate_walk *walk)
{
    pass_over(walk, UINT64_MAX);
    for (size_t i = 0; i < walk->n_fates; i++) {
        struct hone_fate *fate = &walk->fates[i];
        if (fate->state == HONE_FATE_IN_VERSION && walk->last_rollback != NULL &&
            !is_live_lineage(walk, fate->version)) {
            decide(fate, HONE_FATE_ROLLED_BACK, number_of(walk->last_rollback, "live"),
                   walk->last_rollback);
        }
    }
}

void hone_fate_walk_finish(struct hone_fate_walk *walk)
{
    for (size_t i = 0; i < walk->n_fates; i++) {
        json_decref(walk->fates[i].entry);
        walk->fates[i].entry = NULL;
    }
    json_decref(walk->last_rollback);
    json_decref(walk->frozen);
    free(walk->parents);
    *walk = (struct hone_fate_walk){0};
}
