#include "optim/match_text.h"

#include "base/alloc.h"
#include "tensor/kernels.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define IDF_MIN   0.05F
#define COUNT_MAX INT16_MAX

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

struct hone_match_text *hone_match_text_create(struct hone_encoder *encoder,
                                               struct hone_span text, uint32_t dim_bits)
{
    struct hone_error err;
    const uint32_t *ids = NULL;
    size_t n_ids = 0;
    struct hone_encoder_field field = {.text = text};
    struct hone_encoder_input input = {&field, 1};
    /* One field is never too many, which is all that can be wrong. */
    size_t n = 0;
    if (hone_encoder_encode(encoder, &input, dim_bits, &ids, &n_ids, &err) == 0) {
        n = hone_encoder_n_features(encoder);
    }
    struct hone_match_text *out =
        hone_alloc_zeroed(1, sizeof(*out) + n * sizeof(out->features[0]));
    for (size_t i = 0; i < n; i++) {
        struct hone_encoder_feature raw = hone_encoder_feature(encoder, i);
        if (raw.count == 0) {
            continue;
        }
        int32_t count = raw.count > COUNT_MAX ? COUNT_MAX : raw.count;
        count = count < -COUNT_MAX ? -COUNT_MAX : count;
        out->features[out->n++] =
            (struct hone_match_feature){raw.id, (int16_t)count, raw.group};
    }
    return out;
}

size_t hone_match_text_bytes(const struct hone_match_text *text)
{
    return sizeof(*text) + text->n * sizeof(text->features[0]);
}

float hone_match_text_idf(uint32_t df, uint64_t n_documents)
{
    float logs[2] = {(float)n_documents + 1.0F, (float)df + 0.5F};
    hone_log(logs, logs, 2);
    float idf = logs[0] - logs[1];
    return sqrtf(idf > IDF_MIN ? idf : IDF_MIN);
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
    memset(factors, 0, HONE_ENCODER_N_GROUPS * sizeof(*factors));
    for (size_t i = 0; i < text->n; i++) {
        const struct hone_match_feature *feature = &text->features[i];
        float value = (float)feature->count * idf[feature->id];
        factors[feature->group] += value * value;
    }
    make_factors(factors);
}

float hone_match_text_dot(const struct hone_match_text *text, const float *idf,
                          const float *query)
{
    float squares[HONE_ENCODER_N_GROUPS] = {0}, dots[HONE_ENCODER_N_GROUPS] = {0};
    for (size_t i = 0; i < text->n; i++) {
        const struct hone_match_feature *feature = &text->features[i];
        float value = (float)feature->count * idf[feature->id];
        squares[feature->group] += value * value;
        dots[feature->group] += value * query[feature->id];
    }
    make_factors(squares);
    float dot = 0.0F;
    for (size_t g = 0; g < HONE_ENCODER_N_GROUPS; g++) {
        dot += squares[g] * dots[g];
    }
    return dot;
}
