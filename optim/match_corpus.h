/* The candidates that a package holds: their names and texts, the document frequencies of
 * their features, and their vectors by feature, so that a query costs what it has in common
 * with them. Built once, then read-only and counted. Thread: any. */
#ifndef HONE_OPTIM_MATCH_CORPUS_H
#define HONE_OPTIM_MATCH_CORPUS_H

#include "base/attr.h"
#include "base/span.h"
#include "optim/encoder.h"

#include <stddef.h>
#include <stdint.h>

struct hone_match_corpus;

struct hone_match_candidate {
    struct hone_span name, text;
};

/* Texts are copied. One reference for the caller. */
struct hone_match_corpus *
hone_match_corpus_create(const struct hone_match_candidate *candidates, size_t n,
                         uint32_t dim_bits) HONE_MUST_USE;
struct hone_match_corpus *hone_match_corpus_ref(struct hone_match_corpus *corpus);
void hone_match_corpus_unref(struct hone_match_corpus *corpus); /* accepts NULL */

size_t hone_match_corpus_n(const struct hone_match_corpus *corpus);
/* Both NUL-terminated. */
struct hone_match_candidate
hone_match_corpus_candidate(const struct hone_match_corpus *corpus, size_t index);
/* Hash of a candidate's name, of index or of any span. */
uint64_t hone_match_corpus_key(const struct hone_match_corpus *corpus, size_t index);
uint64_t hone_match_corpus_key_of(struct hone_span name);
/* Candidates that have the feature. */
uint32_t hone_match_corpus_df(const struct hone_match_corpus *corpus, uint32_t id);

/* products (n,) += scale <x, x_c> for each candidate c. */
void hone_match_corpus_dot(const struct hone_match_corpus *corpus,
                           struct hone_encoder_vector x, float scale, float *products);

#endif
