#include "optim/evidence_share.h"

#include "base/digest.h"

#define OTHERS 0

uint64_t hone_evidence_share_key(struct hone_span name)
{
    struct hone_digest digest = hone_digest_of(name);
    uint64_t key = 0;
    for (int i = 0; i < 8; i++) {
        key = key << 8 | digest.bytes[i];
    }
    return key >> 1; /* fits into a JSON integer */
}

static struct hone_evidence_source *find(struct hone_evidence_share *share, uint64_t key)
{
    for (uint32_t i = 0; i < share->n_sources; i++) {
        if (share->sources[i].key == key) {
            return &share->sources[i];
        }
    }
    return NULL;
}

static uint64_t count_all(const struct hone_evidence_share *share)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < share->n_sources; i++) {
        n += share->sources[i].n;
    }
    return n;
}

bool hone_evidence_share_take(struct hone_evidence_share *share, uint64_t key,
                              double max_share)
{
    struct hone_evidence_source *source = find(share, key);
    if (source == NULL && share->n_sources + 1 >= HONE_EVIDENCE_SHARE_SOURCES_MAX) {
        key = OTHERS;
        source = find(share, key);
    }
    if (source == NULL) {
        share->sources[share->n_sources++] = (struct hone_evidence_source){key, 1};
        return true;
    }
    uint64_t n = count_all(share);
    bool is_ahead = source->n * share->n_sources > n;
    if (is_ahead && (double)source->n > max_share * (double)n) {
        return false;
    }
    source->n++;
    return true;
}

bool hone_evidence_share_is_valid(const struct hone_evidence_share *share)
{
    bool good = share->n_sources <= HONE_EVIDENCE_SHARE_SOURCES_MAX;
    for (uint32_t i = 0; i < share->n_sources && good; i++) {
        good = share->sources[i].n >= 1;
        for (uint32_t k = 0; k < i && good; k++) {
            good = share->sources[k].key != share->sources[i].key;
        }
    }
    return good;
}
