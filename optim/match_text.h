/* A text that queries are matched against, as the encoder sees it: raw counts, so that it
 * can be scaled by document frequencies that are known only later.
 *
 * With the counts c of feature f in group g, w_g the group's weight and
 *   v_f = c_f idf_f
 * the text's vector is, group by group, w_g v / |v|_g, all of it divided by the root of the
 * sum of w_g^2 of the groups that occur: the encoder's vector but for ids that two groups
 * share. Immutable once made; thread: any. */
#ifndef HONE_OPTIM_MATCH_TEXT_H
#define HONE_OPTIM_MATCH_TEXT_H

#include "base/attr.h"
#include "base/span.h"
#include "optim/encoder.h"

#include <stddef.h>
#include <stdint.h>

/* A feature in 32 bits: its id and its count, which is not 0 and at most 2,047 either way. */
typedef uint32_t hone_match_feature;
#define HONE_MATCH_TEXT_ID_BITS   HONE_ENCODER_DIM_BITS_MAX
#define HONE_MATCH_TEXT_COUNT_MAX ((1 << (31 - HONE_MATCH_TEXT_ID_BITS)) - 1)

struct hone_match_text {
    uint32_t ends[HONE_ENCODER_N_GROUPS]; /* where the features of each group end */
    hone_match_feature features[];        // (ends[N_GROUPS - 1],) by group
};

/* What a feature is multiplied by: its inverse document frequency, and its value in the
 * query. */
struct hone_match_weight {
    float idf, query;
};

static inline uint32_t hone_match_feature_id(hone_match_feature feature)
{
    return feature & ((1U << HONE_MATCH_TEXT_ID_BITS) - 1);
}

static inline int32_t hone_match_feature_count(hone_match_feature feature)
{
    return (int32_t)(feature >> HONE_MATCH_TEXT_ID_BITS) - HONE_MATCH_TEXT_COUNT_MAX - 1;
}

static inline size_t hone_match_text_n(const struct hone_match_text *text)
{
    return text->ends[HONE_ENCODER_N_GROUPS - 1];
}

/* What stands for a candidate: its name as words ('_', '-' and changes from lower to upper
 * case part words), then its text; a text that begins with the name stands alone.
 * NUL-terminated, to free(). */
char *hone_match_text_compose(struct hone_span name, struct hone_span text) HONE_MUST_USE;

/* free() it. Within a group features are in the order in which they occur. */
struct hone_match_text *hone_match_text_create(struct hone_encoder *encoder,
                                               struct hone_span text,
                                               uint32_t dim_bits) HONE_MUST_USE;
size_t hone_match_text_bytes(const struct hone_match_text *text);

/* idf (n,) = root of ln((n_documents + 1) / (df + 0.5)), which is at least 0.05. */
void hone_match_text_idf(float *idf, const uint32_t *df, size_t n, uint64_t n_documents);

/* factors[g]: what c idf of a feature of group g is multiplied by to be its value in the
 * text's vector. idf (2^dim_bits,). */
void hone_match_text_factors(const struct hone_match_text *text, const float *idf,
                             float factors[HONE_ENCODER_N_GROUPS]);

/* Inner product of the text's vector and a query's. weights (2^dim_bits,) by id. */
float hone_match_text_dot(const struct hone_match_text *text,
                          const struct hone_match_weight *weights);

#endif
