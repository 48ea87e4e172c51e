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

struct hone_match_feature {
    uint32_t id;
    int16_t count; /* not 0 */
    uint16_t group;
};

struct hone_match_text {
    size_t n;
    struct hone_match_feature features[]; // (n,)
};

/* What stands for a candidate: its name as words ('_', '-' and changes from lower to upper
 * case part words), then its text; a text that begins with the name stands alone.
 * NUL-terminated, to free(). */
char *hone_match_text_compose(struct hone_span name, struct hone_span text) HONE_MUST_USE;

/* free() it. */
struct hone_match_text *hone_match_text_create(struct hone_encoder *encoder,
                                               struct hone_span text,
                                               uint32_t dim_bits) HONE_MUST_USE;
size_t hone_match_text_bytes(const struct hone_match_text *text);

/* ln((n_documents + 1) / (df + 0.5)), at least 0.05, and of that the root. */
float hone_match_text_idf(uint32_t df, uint64_t n_documents);

/* factors[g]: what c idf of a feature of group g is multiplied by to be its value in the
 * text's vector. idf (2^dim_bits,). */
void hone_match_text_factors(const struct hone_match_text *text, const float *idf,
                             float factors[HONE_ENCODER_N_GROUPS]);

/* Inner product of the text's vector and a query's, both (2^dim_bits,) by id. */
float hone_match_text_dot(const struct hone_match_text *text, const float *idf,
                          const float *query);

#endif
