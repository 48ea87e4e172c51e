#include "optim/match_corpus.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/rng.h"
#include "optim/match_text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

struct posting {
    uint32_t candidate;
    float value;
};

struct named {
    char *name, *text;
    size_t name_len, text_len;
    uint64_t key;
};

struct hone_match_corpus {
    atomic_uint n_refs;
    size_t n, n_ids;
    struct named *candidates; // (n,)
    uint32_t *df;             // (n_ids,)
    size_t *ends;             // (n_ids,) where a feature's postings end
    struct posting *postings; // (ends[n_ids - 1],) by feature, then by candidate
};

uint64_t hone_match_corpus_key_of(struct hone_span name)
{
    uint64_t hash = FNV_BASIS;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.data[i]) * FNV_PRIME;
    }
    return hone_rng_mix(hash);
}

static void copy_candidates(struct hone_match_corpus *corpus,
                            const struct hone_match_candidate *candidates)
{
    for (size_t i = 0; i < corpus->n; i++) {
        struct hone_span name = candidates[i].name, text = candidates[i].text;
        corpus->candidates[i] = (struct named){
            .name = hone_alloc_bytes(name.data, name.len),
            .text = hone_alloc_bytes(text.data, text.len),
            .name_len = name.len,
            .text_len = text.len,
            .key = hone_match_corpus_key_of(name),
        };
    }
}

/* Counts, for each feature, the candidates that have it and the postings that they
 * make: two where two groups of one candidate share an id. last (n_ids,) is zeroed. */
static void count_features(struct hone_match_corpus *corpus,
                           struct hone_match_text *const *texts, size_t *last)
{
    for (size_t c = 0; c < corpus->n; c++) {
        for (size_t i = 0; i < hone_match_text_n(texts[c]); i++) {
            uint32_t id = hone_match_feature_id(texts[c]->features[i]);
            corpus->ends[id]++;
            corpus->df[id] += last[id] != c + 1 ? 1 : 0;
            last[id] = c + 1;
        }
    }
    for (size_t id = 1; id < corpus->n_ids; id++) {
        corpus->ends[id] += corpus->ends[id - 1];
    }
}

static void fill_postings(struct hone_match_corpus *corpus,
                          struct hone_match_text *const *texts)
{
    size_t *next = hone_alloc_zeroed(corpus->n_ids, sizeof(*next));
    float *idf = hone_alloc_zeroed(corpus->n_ids, sizeof(*idf));
    for (size_t id = 0; id < corpus->n_ids; id++) {
        next[id] = id > 0 ? corpus->ends[id - 1] : 0;
    }
    hone_match_text_idf(idf, corpus->df, corpus->n_ids, corpus->n);
    for (size_t c = 0; c < corpus->n; c++) {
        float factors[HONE_ENCODER_N_GROUPS];
        hone_match_text_factors(texts[c], idf, factors);
        size_t i = 0;
        for (size_t g = 0; g < HONE_ENCODER_N_GROUPS; g++) {
            for (; i < texts[c]->ends[g]; i++) {
                uint32_t id = hone_match_feature_id(texts[c]->features[i]);
                float count = (float)hone_match_feature_count(texts[c]->features[i]);
                corpus->postings[next[id]++] =
                    (struct posting){(uint32_t)c, count * idf[id] * factors[g]};
            }
        }
    }
    free(idf);
    free(next);
}

static void index_texts(struct hone_match_corpus *corpus, uint32_t dim_bits)
{
    struct hone_encoder *encoder = hone_encoder_create();
    struct hone_match_text **texts = hone_alloc_zeroed(corpus->n + 1, sizeof(*texts));
    for (size_t c = 0; c < corpus->n; c++) {
        struct hone_match_candidate candidate = hone_match_corpus_candidate(corpus, c);
        char *composed = hone_match_text_compose(candidate.name, candidate.text);
        texts[c] = hone_match_text_create(encoder, hone_span_text(composed), dim_bits);
        free(composed);
    }
    size_t *last = hone_alloc_zeroed(corpus->n_ids, sizeof(*last));
    count_features(corpus, texts, last);
    corpus->postings =
        hone_alloc_zeroed(corpus->ends[corpus->n_ids - 1] + 1, sizeof(*corpus->postings));
    fill_postings(corpus, texts);
    free(last);
    for (size_t c = 0; c < corpus->n; c++) {
        free(texts[c]);
    }
    free(texts);
    hone_encoder_destroy(encoder);
}

struct hone_match_corpus *
hone_match_corpus_create(const struct hone_match_candidate *candidates, size_t n,
                         uint32_t dim_bits)
{
    struct hone_match_corpus *corpus = hone_alloc_zeroed(1, sizeof(*corpus));
    atomic_init(&corpus->n_refs, 1);
    corpus->n = n;
    corpus->n_ids = (size_t)1 << dim_bits;
    corpus->candidates = hone_alloc_zeroed(n + 1, sizeof(*corpus->candidates));
    corpus->df = hone_alloc_zeroed(corpus->n_ids, sizeof(*corpus->df));
    corpus->ends = hone_alloc_zeroed(corpus->n_ids, sizeof(*corpus->ends));
    copy_candidates(corpus, candidates);
    index_texts(corpus, dim_bits);
    return corpus;
}

struct hone_match_corpus *hone_match_corpus_ref(struct hone_match_corpus *corpus)
{
    atomic_fetch_add_explicit(&corpus->n_refs, 1, memory_order_relaxed);
    return corpus;
}

void hone_match_corpus_unref(struct hone_match_corpus *corpus)
{
    if (corpus == NULL ||
        atomic_fetch_sub_explicit(&corpus->n_refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < corpus->n; i++) {
        free(corpus->candidates[i].name);
        free(corpus->candidates[i].text);
    }
    free(corpus->candidates);
    free(corpus->df);
    free(corpus->ends);
    free(corpus->postings);
    free(corpus);
}

size_t hone_match_corpus_n(const struct hone_match_corpus *corpus)
{
    return corpus->n;
}

struct hone_match_candidate
hone_match_corpus_candidate(const struct hone_match_corpus *corpus, size_t index)
{
    HONE_REQUIRE(index < corpus->n);
    const struct named *named = &corpus->candidates[index];
    return (struct hone_match_candidate){hone_span_of(named->name, named->name_len),
                                         hone_span_of(named->text, named->text_len)};
}

uint64_t hone_match_corpus_key(const struct hone_match_corpus *corpus, size_t index)
{
    HONE_REQUIRE(index < corpus->n);
    return corpus->candidates[index].key;
}

uint32_t hone_match_corpus_df(const struct hone_match_corpus *corpus, uint32_t id)
{
    HONE_REQUIRE(id < corpus->n_ids);
    return corpus->df[id];
}

void hone_match_corpus_dot(const struct hone_match_corpus *corpus,
                           struct hone_encoder_vector x, float scale, float *products)
{
    for (size_t i = 0; i < x.n; i++) {
        uint32_t id = x.ids[i];
        float value = scale * x.values[i];
        for (size_t p = id > 0 ? corpus->ends[id - 1] : 0; p < corpus->ends[id]; p++) {
            products[corpus->postings[p].candidate] += value * corpus->postings[p].value;
        }
    }
}
