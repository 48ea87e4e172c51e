#include "skills/label_offers.h"

#include "base/alloc.h"
#include "base/check.h"
#include "skills/label.h"

#include <stdlib.h>

struct hone_label_offers {
    char **names;
    size_t n, capacity;
};

struct hone_label_offers *hone_label_offers_create(void)
{
    return hone_alloc_zeroed(1, sizeof(struct hone_label_offers));
}

void hone_label_offers_destroy(struct hone_label_offers *offers)
{
    if (offers != NULL) {
        hone_label_offers_clear(offers);
        free(offers);
    }
}

size_t hone_label_offers_n(const struct hone_label_offers *offers)
{
    return offers->n;
}

const char *hone_label_offers_at(const struct hone_label_offers *offers, size_t index)
{
    HONE_REQUIRE(index < offers->n);
    return offers->names[index];
}

bool hone_label_offers_has(const struct hone_label_offers *offers, struct hone_span name)
{
    bool found = false;
    for (size_t i = 0; i < offers->n && !found; i++) {
        found = hone_label_same(hone_span_text(offers->names[i]), name);
    }
    return found;
}

void hone_label_offers_add(struct hone_label_offers *offers, struct hone_span name)
{
    if (offers->n == offers->capacity) {
        offers->capacity = offers->capacity == 0 ? 8 : 2 * offers->capacity;
        offers->names =
            hone_alloc_resize(offers->names, offers->capacity, sizeof(*offers->names));
    }
    offers->names[offers->n++] = hone_alloc_bytes(name.data, name.len);
}

void hone_label_offers_drop(struct hone_label_offers *offers, size_t index)
{
    HONE_REQUIRE(index < offers->n);
    free(offers->names[index]);
    offers->names[index] = offers->names[--offers->n];
}

void hone_label_offers_clear(struct hone_label_offers *offers)
{
    while (offers->n > 0) {
        hone_label_offers_drop(offers, offers->n - 1);
    }
    free(offers->names);
    *offers = (struct hone_label_offers){0};
}
