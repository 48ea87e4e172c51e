#include "optim/label_set.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY UINT32_MAX

struct hone_label_set {
    atomic_uint n_refs;
    size_t n;
    size_t *offsets; // (n + 1,) into text
    char *text;
    uint32_t
        *slots; // (n_slots,) open addressing: label or EMPTY; n_slots is a power of two
    size_t n_slots;
};

/* FNV-1a; names come from the operator, not from peers, so the hash needs no secret. */
static size_t hash_name(struct hone_span name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.data[i]) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ hash >> 32);
}

static size_t find_slot(const struct hone_label_set *set, struct hone_span name)
{
    size_t slot = hash_name(name) & (set->n_slots - 1);
    while (set->slots[slot] != EMPTY &&
           !hone_span_equal(hone_label_set_name(set, set->slots[slot]), name)) {
        slot = (slot + 1) & (set->n_slots - 1);
    }
    return slot;
}

static struct hone_label_set *make_set(size_t n, size_t text_bytes)
{
    struct hone_label_set *set = hone_alloc_zeroed(1, sizeof(*set));
    atomic_init(&set->n_refs, 1);
    set->n = n;
    set->offsets = hone_alloc_zeroed(n + 1, sizeof(*set->offsets));
    set->text = hone_alloc_zeroed(text_bytes + 1, 1);
    set->n_slots = 16;
    while (set->n_slots < 2 * n) {
        set->n_slots *= 2;
    }
    set->slots = hone_alloc_zeroed(set->n_slots, sizeof(*set->slots));
    memset(set->slots, 0xff, set->n_slots * sizeof(*set->slots));
    return set;
}

struct hone_label_set *hone_label_set_create(void)
{
    return make_set(0, 0);
}

struct hone_label_set *hone_label_set_with(const struct hone_label_set *set,
                                           struct hone_span name)
{
    size_t old_bytes = set->offsets[set->n];
    struct hone_label_set *grown = make_set(set->n + 1, old_bytes + name.len + 1);
    memcpy(grown->offsets, set->offsets, (set->n + 1) * sizeof(*set->offsets));
    memcpy(grown->text, set->text, old_bytes);
    if (name.len > 0) {
        memcpy(grown->text + old_bytes, name.data, name.len);
    }
    grown->offsets[grown->n] = old_bytes + name.len + 1;
    for (uint32_t label = 0; label < grown->n; label++) {
        grown->slots[find_slot(grown, hone_label_set_name(grown, label))] = label;
    }
    return grown;
}

struct hone_label_set *hone_label_set_renamed(const struct hone_label_set *set,
                                              uint32_t label, struct hone_span name)
{
    struct hone_span former = hone_label_set_name(set, label);
    uint32_t other = 0;
    struct hone_label_set *renamed = make_set(set->n, set->offsets[set->n] + name.len);
    if (hone_label_set_find(set, name, &other) != 0) {
        other = label;
    }
    for (uint32_t i = 0; i < set->n; i++) {
        struct hone_span given = hone_label_set_name(set, i);
        if (i == label) {
            given = name;
        } else if (i == other) {
            given = former;
        }
        size_t begin = renamed->offsets[i];
        memcpy(renamed->text + begin, given.data, given.len);
        renamed->offsets[i + 1] = begin + given.len + 1;
        renamed->slots[find_slot(renamed, given)] = i;
    }
    return renamed;
}

int hone_label_set_parse(struct hone_label_set **out, struct hone_span text, size_t n,
                         size_t max_bytes, struct hone_error *err)
{
    struct hone_label_set *set = make_set(n, text.len);
    size_t begin = 0;
    if (text.len > 0) {
        memcpy(set->text, text.data, text.len);
    }
    for (uint32_t label = 0; label < n; label++) {
        struct hone_span name = {set->text + begin,
                                 strnlen(set->text + begin, text.len - begin)};
        size_t slot = find_slot(set, name);
        if (begin + name.len >= text.len || name.len == 0 || name.len > max_bytes ||
            !hone_text_is_utf8(name) || set->slots[slot] != EMPTY) {
            hone_label_set_unref(set);
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "the name of label %u is not acceptable", label);
        }
        set->slots[slot] = label;
        begin += name.len + 1;
        set->offsets[label + 1] = begin;
    }
    if (begin != text.len) {
        hone_label_set_unref(set);
        return hone_error_set(err, HONE_E_CORRUPT, "there are more names than labels");
    }
    *out = set;
    return 0;
}

struct hone_label_set *hone_label_set_ref(struct hone_label_set *set)
{
    atomic_fetch_add_explicit(&set->n_refs, 1, memory_order_relaxed);
    return set;
}

void hone_label_set_unref(struct hone_label_set *set)
{
    if (set == NULL ||
        atomic_fetch_sub_explicit(&set->n_refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    free(set->offsets);
    free(set->text);
    free(set->slots);
    free(set);
}

struct hone_span hone_label_set_name(const struct hone_label_set *set, uint32_t label)
{
    HONE_REQUIRE(label < set->n);
    size_t begin = set->offsets[label];
    return hone_span_of(set->text + begin, set->offsets[label + 1] - begin - 1);
}

int hone_label_set_find(const struct hone_label_set *set, struct hone_span name,
                        uint32_t *label)
{
    uint32_t found = set->slots[find_slot(set, name)];
    if (found == EMPTY) {
        return HONE_E_NOT_FOUND;
    }
    *label = found;
    return 0;
}

struct hone_span hone_label_set_text(const struct hone_label_set *set)
{
    return hone_span_of(set->text, set->offsets[set->n]);
}
