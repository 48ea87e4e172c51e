#include "optim/match_text.h"

#include "base/alloc.h"
#include "base/check.h"
#include "tensor/kernels.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define IDF_MIN 0.05F
#define LANES   4 /* partial sums, so that one addition does not wait for the one before */

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Is there a new word at name[i]? "searchWeb" has one at W, "HTTPServer" at S. */
static bool starts_word(struct hone_span name, size_t i)
{
    if (i == 0 || !is_upper(name.data[i])) {
        return false;
    }
    bool before_lower = i + 1 < name.len && is_lower(name.data[i + 1]) &&
                        isdigit((unsigned char)name.data[i + 1]) == 0;
    return is_lower(name.data[i - 1]) || (is_upper(name.data[i - 1]) && before_lower);
}

char *hone_match_text_compose(struct hone_span name, struct hone_span text)
{
    bool stands_alone =
        text.len >= name.len && memcmp(text.data, name.data, name.len) == 0;
    char *out = hone_alloc_zeroed(2 * name.len + text.len + 2, 1);
    size_t used = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (starts_word(name, i)) {
            out[used++] = ' ';
        }
        out[used++] = (char)(c == '_' || c == '-' ? ' ' : c);
    }
    out[used++] = ' ';
    size_t skipped = stands_alone ? name.len : 0;
    if (text.len > skipped) {
        memcpy(out + used, text.data + skipped, text.len - skipped);
    }
    return out;
}

static hone_match_feature pack(uint32_t id, int32_t count)
{
    int32_t most = HONE_MATCH_TEXT_COUNT_MAX;
    count = count > most ? most : count < -most ? -most : count;
    return (uint32_t)(count + most + 1) << HONE_MATCH_TEXT_ID_BITS | id;
}

/* The features that did not cancel out, by group. Nearly all are n-grams, so these have a
 * count of their own that can stay in a register. */
static struct hone_match_text *make_text(const struct hone_encoder_feature *raw, size_t n)
{
    const size_t last = HONE_ENCODER_N_GROUPS - 1;
    struct hone_match_text *out =
        hone_alloc_zeroed(1, sizeof(*out) + n * sizeof(out->features[0]));
    uint32_t n_of[HONE_ENCODER_N_GROUPS] = {0}, n_before = 0;
    for (size_t i = 0; i < n; i++) {
        if (raw[i].group != last) {
            n_of[raw[i].group] += raw[i].count != 0 ? 1 : 0;
        }
    }
    for (size_t g = 0; g < last; g++) {
        out->ends[g] = n_before; /* grows below, from where the group begins */
        n_before += n_of[g];
    }
    uint32_t end = n_before;
    for (size_t i = 0; i < n; i++) {
        if (raw[i].count == 0) {
            continue;
        }
        uint32_t at = raw[i].group == last ? end++ : out->ends[raw[i].group]++;
        out->features[at] = pack(raw[i].id, raw[i].count);
    }
    out->ends[last] = end;
    return out;
}

struct hone_match_text *hone_match_text_create(struct hone_encoder *encoder,
                                               struct hone_span text, uint32_t dim_bits)
{
    struct hone_error err;
    const uint32_t *ids = NULL;
    size_t n_ids = 0, n = 0;
    struct hone_encoder_field field = {.text = text};
    struct hone_encoder_input input = {&field, 1};
    /* One field is never too many, which is all that can be wrong. */
    HONE_INVARIANT(hone_encoder_encode(encoder, &input, dim_bits, &ids, &n_ids, &err) ==
                   0);
    const struct hone_encoder_feature *raw = hone_encoder_features(encoder, &n);
    return make_text(raw, n);
}

size_t hone_match_text_bytes(const struct hone_match_text *text)
{
    return sizeof(*text) + hone_match_text_n(text) * sizeof(text->features[0]);
}

void hone_match_text_idf(float *idf, const uint32_t *df, size_t n, uint64_t n_documents)
{
    float log_n = (float)n_documents + 1.0F;
    hone_log(&log_n, &log_n, 1);
    for (size_t i = 0; i < n; i++) {
        idf[i] = (float)df[i] + 0.5F;
    }
    hone_log(idf, idf, n);
    for (size_t i = 0; i < n; i++) {
        float difference = log_n - idf[i];
        idf[i] = sqrtf(difference > IDF_MIN ? difference : IDF_MIN);
    }
}

/* Turns sums of squares by group into factors. */
static void make_factors(float factors[HONE_ENCODER_N_GROUPS])
{
    float sum = 0.0F;
    for (size_t g = 0; g < HONE_ENCODER_N_GROUPS; g++) {
        float weight = hone_encoder_group_weight(g);
        sum += factors[g] > 0.0F ? weight * weight : 0.0F;
        factors[g] = factors[g] > 0.0F ? weight / sqrtf(factors[g]) : 0.0F;
    }
    for (size_t g = 0; g < HONE_ENCODER_N_GROUPS && sum > 0.0F; g++) {
        factors[g] /= sqrtf(sum);
    }
}

void hone_match_text_factors(const struct hone_match_text *text, const float *idf,
                             float factors[HONE_ENCODER_N_GROUPS])
{
    size_t i = 0;
    for (size_t g = 0; g < HONE_ENCODER_N_GROUPS; g++) {
        float squares = 0.0F;
        for (; i < text->ends[g]; i++) {
            hone_match_feature feature = text->features[i];
            float value = (float)hone_match_feature_count(feature) *
                          idf[hone_match_feature_id(feature)];
            squares += value * value;
        }
        factors[g] = squares;
    }
    make_factors(factors);
}

static inline void add_feature(hone_match_feature feature,
                               const struct hone_match_weight *weights, float *square,
                               float *dot)
{
    struct hone_match_weight weight = weights[hone_match_feature_id(feature)];
    float value = (float)hone_match_feature_count(feature) * weight.idf;
    *square += value * value;
    *dot += value * weight.query;
}

/* Sum of squares and inner product of features begin to end, in LANES partial sums. */
static void add_group(const struct hone_match_text *text, size_t begin, size_t end,
                      const struct hone_match_weight *weights, float *square, float *dot)
{
    float squares[LANES] = {0}, dots[LANES] = {0};
    size_t whole = begin + (end - begin) / LANES * LANES;
    for (size_t i = begin; i < whole; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            add_feature(text->features[i + j], weights, &squares[j], &dots[j]);
        }
    }
    for (size_t i = whole; i < end; i++) {
        add_feature(text->features[i], weights, &squares[0], &dots[0]);
    }
    *square = (squares[0] + squares[1]) + (squares[2] + squares[3]);
    *dot = (dots[0] + dots[1]) + (dots[2] + dots[3]);
}

float hone_match_text_dot(const struct hone_match_text *text,
                          const struct hone_match_weight *weights)
{
    float factors[HONE_ENCODER_N_GROUPS], dots[HONE_ENCODER_N_GROUPS];
    size_t begin = 0;
    for (size_t g = 0; g < HONE_ENCODER_N_GROUPS; g++) {
        add_group(text, begin, text->ends[g], weights, &factors[g], &dots[g]);
        begin = text->ends[g];
    }
    make_factors(factors);
    float dot = 0.0F;
    for (size_t g = 0; g < HONE_ENCODER_N_GROUPS; g++) {
        dot += factors[g] * dots[g];
    }
    return dot;
}
