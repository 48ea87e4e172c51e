#include "tests/support/support.h"

#include "base/alloc.h"
#include "optim/encoder.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIM_BITS  12
#define DIM       (1U << DIM_BITS)
#define WORDS_MAX 64

/* A slow encoder, written from the definition: dense arrays, strings made one by one, doubles. */
struct reference {
    double counts[4][DIM];
    double sum[DIM];
    uint32_t df[DIM];
    double n_documents;
};

static uint64_t reference_hash(const char *name, unsigned group, const char *text)
{
    char whole[512];
    size_t len = strlen(name);
    memcpy(whole, name, len);
    whole[len++] = '\0';
    whole[len++] = (char)('0' + group);
    memcpy(whole + len, text, strlen(text));
    len += strlen(text);
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        h ^= (unsigned char)whole[i];
        h *= UINT64_C(0x100000001b3);
    }
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}

static void reference_count(struct reference *r, const char *name, unsigned group,
                            const char *text)
{
    uint64_t h = reference_hash(name, group, text);
    r->counts[group][h % DIM] += h >> 63 != 0 ? -1.0 : 1.0;
}

static size_t reference_words(char words[WORDS_MAX][40], const char *text)
{
    size_t n = 0, len = 0;
    for (;; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < 0x80 && isalnum(c)) || c >= 0x80) {
            if (len < 36) {
                words[n][len++] = (char)(c < 0x80 ? tolower(c) : c);
            }
        } else if (c != '\'' && len > 0) {
            words[n++][len] = '\0';
            len = 0;
        }
        if (c == 0) {
            return n;
        }
    }
}

static void reference_field(struct reference *r, const char *name, const char *text)
{
    static const double group_weights[4] = {1.0, 1.0, 0.5, 1.0};
    char words[WORDS_MAX][40], pair[128];
    size_t n = reference_words(words, text);
    memset(r->counts, 0, sizeof(r->counts));
    for (size_t i = 0; i < n; i++) {
        reference_count(r, name, 0, words[i]);
        snprintf(pair, sizeof(pair), "%.36s %.36s", i > 0 ? words[i - 1] : "\x02",
                 words[i]);
        reference_count(r, name, 1, pair);
        if (i >= 2) {
            snprintf(pair, sizeof(pair), "%.36s %.36s", words[i - 2], words[i]);
            reference_count(r, name, 2, pair);
        }
        char whole[48];
        snprintf(whole, sizeof(whole), "<%.36s>", words[i]);
        for (int size = 2; size <= 4; size++) {
            for (size_t at = 0; at + (size_t)size <= strlen(whole); at++) {
                snprintf(pair, sizeof(pair), "%.*s", size, whole + at);
                reference_count(r, name, 3, pair);
            }
        }
    }
    if (n > 0) {
        snprintf(pair, sizeof(pair), "%.36s \x03", words[n - 1]);
        reference_count(r, name, 1, pair);
    }
    double norms[4] = {0}, field = 0.0;
    for (unsigned g = 0; g < 4; g++) {
        for (size_t f = 0; f < DIM; f++) {
            double idf = log((r->n_documents + 1.0) / (r->df[f] + 0.5));
            r->counts[g][f] *= sqrt(fmax(0.05, idf));
            norms[g] += r->counts[g][f] * r->counts[g][f];
        }
        field += norms[g] > 0.0 ? group_weights[g] * group_weights[g] : 0.0;
    }
    for (unsigned g = 0; g < 4; g++) {
        for (size_t f = 0; f < DIM && norms[g] > 0.0; f++) {
            r->sum[f] +=
                r->counts[g][f] / sqrt(norms[g]) * group_weights[g] / sqrt(field);
        }
    }
}

static void reference_finish(struct reference *r)
{
    double norm = 0.0;
    for (size_t f = 0; f < DIM; f++) {
        norm += r->sum[f] * r->sum[f];
    }
    for (size_t f = 0; f < DIM && norm > 0.0; f++) {
        r->sum[f] /= sqrt(norm);
    }
}

static struct hone_encoder_vector encode(struct hone_encoder *encoder,
                                         const struct hone_encoder_input *input,
                                         const uint32_t *df, uint64_t n_documents)
{
    struct hone_error err;
    const uint32_t *ids = NULL;
    size_t n = 0;
    support_ok(hone_encoder_encode(encoder, input, DIM_BITS, &ids, &n, &err), &err);
    uint32_t *own = hone_alloc_zeroed(n + 1, sizeof(*own));
    for (size_t i = 0; i < n && df != NULL; i++) {
        own[i] = df[ids[i]];
    }
    struct hone_encoder_vector x = hone_encoder_scale(encoder, own, n_documents);
    free(own);
    return x;
}

static void check_against_reference(struct hone_encoder *encoder,
                                    const char *const *names, const char *const *texts,
                                    size_t n_fields)
{
    struct reference *r = hone_alloc_zeroed(1, sizeof(*r));
    struct hone_encoder_field fields[4];
    r->n_documents = 50.0;
    for (size_t f = 0; f < DIM; f++) {
        r->df[f] = (uint32_t)(f * 2654435761U % 60 / 2);
    }
    for (size_t i = 0; i < n_fields; i++) {
        fields[i] = (struct hone_encoder_field){hone_span_text(names[i]),
                                                hone_span_text(texts[i])};
        reference_field(r, names[i], texts[i]);
    }
    reference_finish(r);
    struct hone_encoder_vector x =
        encode(encoder, &(struct hone_encoder_input){fields, n_fields}, r->df, 50);
    for (size_t i = 0; i < x.n; i++) {
        support_near((double)x.values[i], r->sum[x.ids[i]], 2e-6);
        r->sum[x.ids[i]] = 0.0; /* each id once, and none left over */
    }
    for (size_t f = 0; f < DIM; f++) {
        support_near(r->sum[f], 0.0, 0.0);
    }
    free(r);
}

static const char *const samples[] = {
    "What can I do if my card still hasn't arrived after 2 weeks?",
    "a",
    "",
    "   ...  ",
    "'quoted' don't 'x",
    "the the the the cat the the",
    "Zürich käse ÄÖ 東京 tower",
    "averyveryveryverylongwordthatgoesonandonbeyondthelimitofwords short",
    "one two three one two three one two three one two three one two three one two three",
};
#define N_SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void plain_texts_encode_as_the_slow_reference_does(void **state)
{
    (void)state;
    struct hone_encoder *encoder = hone_encoder_create();
    for (size_t i = 0; i < N_SAMPLES; i++) {
        check_against_reference(encoder, (const char *const[]){""}, &samples[i], 1);
    }
    hone_encoder_destroy(encoder);
}

static void fields_encode_as_the_slow_reference_does(void **state)
{
    (void)state;
    struct hone_encoder *encoder = hone_encoder_create();
    const char *const names[] = {"title", "body", ""};
    for (size_t i = 0; i + 2 < N_SAMPLES; i++) {
        check_against_reference(encoder, names, &samples[i], 3);
    }
    hone_encoder_destroy(encoder);
}

static void the_same_text_in_another_field_is_another_feature(void **state)
{
    (void)state;
    struct hone_encoder *encoder = hone_encoder_create();
    struct hone_encoder_field one = {hone_span_text("title"), hone_span_text("card")};
    struct hone_encoder_field two = {hone_span_text("body"), hone_span_text("card")};
    struct hone_encoder_vector x =
        encode(encoder, &(struct hone_encoder_input){&one, 1}, NULL, 0);
    uint32_t first = x.ids[0];
    x = encode(encoder, &(struct hone_encoder_input){&two, 1}, NULL, 0);
    assert_int_not_equal(first, x.ids[0]);
    hone_encoder_destroy(encoder);
}

static void work_is_bounded_whatever_the_text(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_encoder *encoder = hone_encoder_create();
    size_t len = 1 << 20;
    char *text = hone_alloc_zeroed(len, 1);
    uint32_t seed = 1;
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525U + 1013904223U;
        text[i] = i % 60 == 59 ? ' ' : (char)('a' + (seed >> 24) % 26);
    }
    struct hone_encoder_field field = {.text = hone_span_of(text, len)};
    const uint32_t *ids = NULL;
    size_t n = 0;
    support_ok(hone_encoder_encode(encoder, &(struct hone_encoder_input){&field, 1}, 20,
                                   &ids, &n, &err),
               &err);
    size_t per_word = 3 + 3 * (HONE_ENCODER_WORD_BYTES_MAX + 2);
    assert_true(n > 1000 && n <= HONE_ENCODER_WORDS_MAX * per_word);
    /* A short input after a long one is as if the long one had never been. */
    check_against_reference(encoder, (const char *const[]){""}, &samples[0], 1);
    free(text);
    hone_encoder_destroy(encoder);
}

static void refuses_more_fields_than_the_limit(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_encoder *encoder = hone_encoder_create();
    struct hone_encoder_field fields[HONE_ENCODER_FIELDS_MAX + 1] = {0};
    const uint32_t *ids = NULL;
    size_t n = 0;
    struct hone_encoder_input input = {fields, HONE_ENCODER_FIELDS_MAX + 1};
    assert_int_equal(hone_encoder_encode(encoder, &input, DIM_BITS, &ids, &n, &err),
                     HONE_E_LIMIT);
    input.n_fields -= 1;
    support_ok(hone_encoder_encode(encoder, &input, DIM_BITS, &ids, &n, &err), &err);
    assert_int_equal(n, 0);
    hone_encoder_destroy(encoder);
}

/* ---- names ---- */

#define NAMES_MAX 20000

struct named {
    struct {
        uint32_t id;
        size_t group, field;
        int sign;
        char text[96];
    } names[NAMES_MAX];
    size_t n;
};

static void note_name(void *user, uint32_t id, int sign, size_t group, size_t field,
                      const char *text)
{
    struct named *named = user;
    assert_true(named->n < NAMES_MAX);
    named->names[named->n].sign = sign;
    named->names[named->n].id = id;
    named->names[named->n].group = group;
    named->names[named->n].field = field;
    (void)snprintf(named->names[named->n].text, sizeof(named->names[0].text), "%s", text);
    named->n += 1;
}

/* Are the occurrences of the feature named, each with its sign? */
static void check_named(const struct named *named,
                        const struct hone_encoder_feature *feature)
{
    int sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < named->n; i++) {
        if (named->names[i].id == feature->id &&
            named->names[i].group == feature->group &&
            named->names[i].field == feature->field) {
            sum += named->names[i].sign;
            n += 1;
        }
    }
    assert_true(n > 0);
    assert_int_equal(feature->count, sum);
}

/* Is what was named a feature? */
static bool is_feature(const struct hone_encoder_feature *features, size_t n_features,
                       const struct named *named, size_t index)
{
    for (size_t f = 0; f < n_features; f++) {
        if (features[f].id == named->names[index].id &&
            features[f].group == named->names[index].group) {
            return true;
        }
    }
    return false;
}

static void every_feature_has_a_name(void **state)
{
    (void)state;
    struct hone_encoder *encoder = hone_encoder_create();
    struct named *named = hone_alloc_zeroed(1, sizeof(*named));
    for (size_t i = 0; i + 1 < N_SAMPLES; i++) {
        struct hone_encoder_field fields[2] = {
            {hone_span_text("title"), hone_span_text(samples[i])},
            {hone_span_text(""), hone_span_text(samples[i + 1])}};
        struct hone_encoder_input input = {fields, 2};
        const uint32_t *ids = NULL;
        size_t n = 0, n_features = 0;
        struct hone_error err;
        support_ok(hone_encoder_encode(encoder, &input, 20, &ids, &n, &err), &err);
        named->n = 0;
        hone_encoder_name(&input, 20, note_name, named);
        const struct hone_encoder_feature *features =
            hone_encoder_features(encoder, &n_features);
        for (size_t f = 0; f < n_features; f++) {
            check_named(named, &features[f]);
        }
        for (size_t at = 0; at < named->n; at++) {
            assert_true(is_feature(features, n_features, named, at));
        }
    }
    free(named);
    hone_encoder_destroy(encoder);
}

static void names_read_as_people_write(void **state)
{
    (void)state;
    static const char *const wanted[] = {"my", "^ my", "<m", "<my",  "<my>",
                                         "my", "my>",  "y>", "card", "my card"};
    static const char *const somewhere[] = {"card's", "cards", "my _ is", "is $", "car"};
    struct named *named = hone_alloc_zeroed(1, sizeof(*named));
    struct hone_encoder_field field = {.text = hone_span_text("My card is")};
    hone_encoder_name(&(struct hone_encoder_input){&field, 1}, 20, note_name, named);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        assert_string_equal(wanted[i], named->names[i].text);
    }
    for (size_t i = 0; i < sizeof(somewhere) / sizeof(somewhere[0]); i++) {
        size_t at = 0;
        while (at < named->n && strcmp(named->names[at].text, somewhere[i]) != 0) {
            at += 1;
        }
        assert_int_equal(i >= 2, at < named->n); /* the first two are of another text */
    }
    free(named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_texts_encode_as_the_slow_reference_does),
        cmocka_unit_test(fields_encode_as_the_slow_reference_does),
        cmocka_unit_test(the_same_text_in_another_field_is_another_feature),
        cmocka_unit_test(work_is_bounded_whatever_the_text),
        cmocka_unit_test(refuses_more_fields_than_the_limit),
        cmocka_unit_test(every_feature_has_a_name),
        cmocka_unit_test(names_read_as_people_write),
    };
    return cmocka_run_group_tests_name("encoder", tests, NULL, NULL);
}
