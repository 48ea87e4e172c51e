#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/rng.h"
#include "optim/encoder.h"
#include "optim/match_head.h"
#include "optim/match_text.h"
#include "optim/ranker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_TOPICS 12

static struct hone_match_candidate topics[N_TOPICS];
static char names[N_TOPICS][32], texts[N_TOPICS][96];

static int make_topics(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N_TOPICS; i++) {
        snprintf(names[i], sizeof(names[i]), "topic_%u", i);
        snprintf(texts[i], sizeof(texts[i]), "all about wheel%u and saddle%u", i * 3, i);
        topics[i] = (struct hone_match_candidate){hone_span_text(names[i]),
                                                  hone_span_text(texts[i])};
    }
    return 0;
}

static struct hone_ranker_query query_of(const char *text,
                                         struct hone_encoder_field *field)
{
    *field = (struct hone_encoder_field){.text = hone_span_text(text)};
    return (struct hone_ranker_query){.input = {field, 1}};
}

static struct hone_ranker *make(void)
{
    struct hone_ranker *ranker = hone_ranker_create();
    hone_ranker_hold(ranker, topics, N_TOPICS);
    return ranker;
}

/* A request for a topic in words that its text has not got. */
static uint32_t make_request(char *text, size_t size, uint64_t number)
{
    struct hone_rng rng = hone_rng_at(5, number);
    uint32_t topic = (uint32_t)hone_rng_below(&rng, N_TOPICS);
    snprintf(text, size, "please fix the gizmo%u today noise%u", topic,
             (unsigned)hone_rng_below(&rng, 40));
    return topic;
}

static uint32_t best_of(const struct hone_ranker_view *view, const char *text)
{
    struct hone_error err = {0};
    struct hone_encoder_field field;
    struct hone_ranker_scores scores;
    uint32_t best = 0;
    struct hone_ranker_query query = query_of(text, &field);
    struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
    support_ok(hone_ranker_view_rank(view, &query, scratch, &scores, &err), &err);
    assert_int_equal(hone_ranker_best(&scores, &best, 1), 1);
    hone_ranker_scratch_destroy(scratch);
    return best;
}

static int learn_choice(struct hone_ranker *ranker, const char *text, uint32_t choice,
                        uint64_t position)
{
    struct hone_error err = {0};
    struct hone_encoder_field field;
    struct hone_ranker_query query = query_of(text, &field);
    int code = hone_ranker_learn_order(ranker, &query, &choice, 1, 1.0F, position, &err);
    support_ok(code < 0 ? code : 0, &err);
    return code;
}

/* Choices, with every third a reward for what was put first. */
static void learn_stream(struct hone_ranker *ranker, uint64_t begin, uint64_t end)
{
    for (uint64_t i = begin; i < end; i++) {
        char text[96];
        uint32_t topic = make_request(text, sizeof(text), i);
        if (i % 3 != 2) {
            (void)learn_choice(ranker, text, topic, i + 1);
            continue;
        }
        struct hone_error err = {0};
        struct hone_encoder_field field;
        struct hone_ranker_query query = query_of(text, &field);
        struct hone_ranker_view *view = hone_ranker_freeze(ranker);
        uint32_t best = best_of(view, text);
        hone_ranker_view_unref(view);
        assert_int_equal(hone_ranker_learn_reward(ranker, &query, best,
                                                  best == topic ? 1.0F : 0.0F, 1.0F,
                                                  i + 1, &err),
                         1);
    }
}

static void ranks_by_words_before_any_feedback(void **state)
{
    (void)state;
    struct hone_ranker *ranker = make();
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    for (uint32_t i = 0; i < N_TOPICS; i++) {
        char text[64];
        snprintf(text, sizeof(text), "a sadle%u or the wheel%u", i, i * 3);
        assert_int_equal(best_of(view, text), i);
    }
    hone_ranker_view_unref(view);
    hone_ranker_destroy(ranker);
}

static void learns_words_that_no_text_has(void **state)
{
    (void)state;
    struct hone_ranker *ranker = make();
    learn_stream(ranker, 0, 200);
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    unsigned n_right = 0;
    for (uint64_t i = 1000; i < 1100; i++) {
        char text[96];
        uint32_t topic = make_request(text, sizeof(text), i);
        n_right += best_of(view, text) == topic ? 1 : 0;
    }
    assert_true(n_right >= 95);
    hone_ranker_view_unref(view);
    hone_ranker_destroy(ranker);
}

/* The value of a text's vector by a slow reference: dense, double, one group after the other,
 * from the encoder's raw features. */
static void reference_vector(double *out, const char *text, const double *df, double n)
{
    struct hone_error err;
    const uint32_t *ids = NULL;
    size_t n_ids = 0;
    struct hone_encoder *encoder = hone_encoder_create();
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    support_ok(hone_encoder_encode(encoder, &(struct hone_encoder_input){&field, 1},
                                   HONE_RANKER_DIM_BITS, &ids, &n_ids, &err),
               &err);
    size_t n_features = 0;
    const struct hone_encoder_feature *features =
        hone_encoder_features(encoder, &n_features);
    double weights = 0.0;
    memset(out, 0, sizeof(double) << HONE_RANKER_DIM_BITS);
    for (size_t g = 0; g < HONE_ENCODER_N_GROUPS; g++) {
        double squares = 0.0, weight = (double)hone_encoder_group_weight(g);
        for (int pass = 0; pass < 2; pass++) {
            for (size_t i = 0; i < n_features; i++) {
                struct hone_encoder_feature raw = features[i];
                double idf = log((n + 1.0) / (df[raw.id] + 0.5));
                double value = raw.count * sqrt(idf > 0.05 ? idf : 0.05);
                if (raw.group == g && pass == 0) {
                    squares += value * value;
                } else if (raw.group == g && squares > 0.0) {
                    out[raw.id] += weight * value / sqrt(squares);
                }
            }
        }
        weights += squares > 0.0 ? weight * weight : 0.0;
    }
    for (size_t id = 0; id < (size_t)1 << HONE_RANKER_DIM_BITS; id++) {
        out[id] /= sqrt(weights);
    }
    hone_encoder_destroy(encoder);
}

static void count_df(double *df, const char *text)
{
    struct hone_error err;
    const uint32_t *ids = NULL;
    size_t n_ids = 0;
    struct hone_encoder *encoder = hone_encoder_create();
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    support_ok(hone_encoder_encode(encoder, &(struct hone_encoder_input){&field, 1},
                                   HONE_RANKER_DIM_BITS, &ids, &n_ids, &err),
               &err);
    for (size_t i = 0; i < n_ids; i++) {
        df[ids[i]] += 1.0;
    }
    hone_encoder_destroy(encoder);
}

static void scores_are_those_of_a_slow_reference(void **state)
{
    (void)state;
    const size_t n_ids = (size_t)1 << HONE_RANKER_DIM_BITS;
    const char *text = "the wheel9 and a saddle4 squeak";
    double *df = calloc(n_ids, sizeof(*df)), *x = calloc(n_ids, sizeof(*x)),
           *d = calloc(n_ids, sizeof(*d));
    char *composed[N_TOPICS];
    for (size_t c = 0; c < N_TOPICS; c++) {
        composed[c] = hone_match_text_compose(topics[c].name, topics[c].text);
        count_df(df, composed[c]);
    }
    struct hone_error err = {0};
    struct hone_encoder_field field;
    struct hone_ranker_scores scores;
    struct hone_ranker *ranker = make();
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
    struct hone_ranker_query query = query_of(text, &field);
    support_ok(hone_ranker_view_rank(view, &query, scratch, &scores, &err), &err);
    reference_vector(x, text, df, N_TOPICS);
    for (size_t c = 0; c < N_TOPICS; c++) {
        double dot = 0.0;
        reference_vector(d, composed[c], df, N_TOPICS);
        for (size_t id = 0; id < n_ids; id++) {
            dot += x[id] * d[id];
        }
        support_near((double)scores.scores[c],
                     (double)hone_match_head_tau(N_TOPICS) * dot, 2e-2);
        free(composed[c]);
    }
    hone_ranker_scratch_destroy(scratch);
    hone_ranker_view_unref(view);
    hone_ranker_destroy(ranker);
    free(df);
    free(x);
    free(d);
}

/* Candidates given with the call score as the same ones held, and again from the cache. */
static void given_candidates_score_as_held_ones(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_encoder_field field;
    struct hone_ranker *ranker = make();
    learn_stream(ranker, 0, 60);
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
    struct hone_ranker_query query = query_of("fix gizmo3 of the saddle5", &field);
    struct hone_ranker_scores scores;
    float held[N_TOPICS];
    support_ok(hone_ranker_view_rank(view, &query, scratch, &scores, &err), &err);
    memcpy(held, scores.scores, sizeof(held));
    query.candidates = topics;
    query.n_candidates = N_TOPICS;
    for (int again = 0; again < 2; again++) {
        support_ok(hone_ranker_view_rank(view, &query, scratch, &scores, &err), &err);
        for (size_t c = 0; c < N_TOPICS; c++) {
            support_near((double)scores.scores[c], (double)held[c], 1e-4);
        }
    }
    hone_ranker_scratch_destroy(scratch);
    hone_ranker_view_unref(view);
    hone_ranker_destroy(ranker);
}

static void candidates_that_come_back_are_remembered(void **state)
{
    (void)state;
    struct hone_ranker *ranker = make();
    learn_stream(ranker, 0, 200);
    hone_ranker_hold(ranker, topics + 6, 6);
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    assert_int_equal(best_of(view, "please fix the gizmo8 today"), 2);
    hone_ranker_view_unref(view);
    hone_ranker_hold(ranker, topics, N_TOPICS);
    view = hone_ranker_freeze(ranker);
    assert_int_equal(best_of(view, "please fix the gizmo2 today"), 2);
    hone_ranker_view_unref(view);
    hone_ranker_destroy(ranker);
}

static void refuses_or_passes_over_what_cannot_be_ranked(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_encoder_field field;
    struct hone_ranker_scores scores;
    struct hone_ranker *ranker = hone_ranker_create();
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
    struct hone_ranker_query query = query_of("anything", &field);
    assert_int_equal(hone_ranker_view_rank(view, &query, scratch, &scores, &err),
                     HONE_E_INVALID);
    query.candidates = topics;
    query.n_candidates = HONE_RANKER_CANDIDATES_MAX + 1;
    assert_int_equal(hone_ranker_view_rank(view, &query, scratch, &scores, &err),
                     HONE_E_LIMIT);
    hone_ranker_scratch_destroy(scratch);
    hone_ranker_view_unref(view);
    hone_ranker_hold(ranker, topics, 1);
    assert_int_equal(learn_choice(ranker, "only one to choose from", 0, 1), 0);
    hone_ranker_hold(ranker, topics, 2);
    assert_int_equal(learn_choice(ranker, " ?! ", 0, 2), 0);
    assert_int_equal(learn_choice(ranker, "something", 0, 3), 1);
    hone_ranker_destroy(ranker);
}

/* A choice between candidates "xN" and "yN", N the pair's number; 0 is the first. */
static void learn_pair(struct hone_ranker *ranker, unsigned number)
{
    struct hone_error err = {0};
    struct hone_encoder_field field;
    char pair[2][16], text[16];
    uint32_t choice = 0;
    snprintf(pair[0], sizeof(pair[0]), "x%u", number);
    snprintf(pair[1], sizeof(pair[1]), "y%u", number);
    snprintf(text, sizeof(text), "%u", number);
    struct hone_match_candidate given[2] = {{.name = hone_span_text(pair[0])},
                                            {.name = hone_span_text(pair[1])}};
    struct hone_ranker_query query = query_of(text, &field);
    query.candidates = given;
    query.n_candidates = 2;
    assert_int_equal(hone_ranker_learn_order(ranker, &query, &choice, 1, 1.0F,
                                             (uint64_t)number + 1, &err),
                     1);
}

/* By how much the first of a pair is ahead. */
static double lead_of(struct hone_ranker *ranker, const char *x, const char *y,
                      const char *text)
{
    struct hone_error err = {0};
    struct hone_encoder_field field;
    struct hone_ranker_scores scores;
    struct hone_match_candidate given[2] = {{.name = hone_span_text(x)},
                                            {.name = hone_span_text(y)}};
    struct hone_ranker_query query = query_of(text, &field);
    query.candidates = given;
    query.n_candidates = 2;
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
    support_ok(hone_ranker_view_rank(view, &query, scratch, &scores, &err), &err);
    double lead = (double)scores.scores[0] - (double)scores.scores[1];
    hone_ranker_scratch_destroy(scratch);
    hone_ranker_view_unref(view);
    return lead;
}

/* Names that were learnt from are forgotten when there are too many: the oldest first. */
static void memories_are_bounded(void **state)
{
    (void)state;
    struct hone_ranker *ranker = hone_ranker_create();
    const unsigned n = HONE_RANKER_MEMORIES_MAX / 2;
    for (unsigned i = 0; i < n; i++) {
        learn_pair(ranker, i);
    }
    double before = lead_of(ranker, "x0", "y0", "0");
    double newest = lead_of(ranker, "x8191", "y8191", "8191");
    learn_pair(ranker, n);
    assert_true(before > lead_of(ranker, "x0", "y0", "0") + 0.1);
    support_near(lead_of(ranker, "x8191", "y8191", "8191"), newest, 0.1);
    hone_ranker_destroy(ranker);
}

static struct hone_digest save_to(struct hone_ranker *ranker, const char *path)
{
    struct hone_error err = {0};
    struct hone_ranker_save *save = NULL;
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    struct hone_digest digest;
    uint64_t size_bytes = 0;
    int code = 1;
    support_ok(
        hone_ranker_save_create(&save, view, path, hone_span_text("{\"a\":1}"), &err),
        &err);
    while (code == 1) {
        code = hone_ranker_save_step(save, 1000, &err);
    }
    support_ok(code, &err);
    hone_ranker_save_result(save, &digest, &size_bytes);
    assert_true(size_bytes > 0);
    hone_ranker_save_destroy(save);
    hone_ranker_view_unref(view);
    return digest;
}

static void resumes_to_the_same_bytes_from_any_point(void **state)
{
    (void)state;
    struct hone_error err = {0};
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/a", folder);
    struct hone_ranker *whole = make();
    learn_stream(whole, 0, 90);
    struct hone_digest expected = save_to(whole, path);
    for (uint64_t at = 0; at <= 90; at += 15) {
        struct hone_ranker *first = make(), *second = NULL;
        char *extra = NULL;
        learn_stream(first, 0, at);
        (void)save_to(first, path);
        support_ok(hone_ranker_load(&second, path, &extra, &err), &err);
        assert_string_equal(extra, "{\"a\":1}");
        learn_stream(second, at, 90);
        assert_true(hone_digest_equal(save_to(second, path), expected));
        free(extra);
        hone_ranker_destroy(first);
        hone_ranker_destroy(second);
    }
    hone_ranker_destroy(whole);
    support_remove_folder(folder);
    free(path);
    free(folder);
}

static void restore_goes_back_byte_for_byte(void **state)
{
    (void)state;
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/a", folder);
    struct hone_ranker *ranker = make();
    learn_stream(ranker, 0, 30);
    struct hone_digest before = save_to(ranker, path);
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    learn_stream(ranker, 30, 60);
    assert_false(hone_digest_equal(save_to(ranker, path), before));
    hone_ranker_restore(ranker, view);
    assert_true(hone_digest_equal(save_to(ranker, path), before));
    hone_ranker_view_unref(view);
    hone_ranker_destroy(ranker);
    support_remove_folder(folder);
    free(path);
    free(folder);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct hone_error err = {0};
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/a", folder);
    struct hone_ranker *ranker = make();
    learn_stream(ranker, 0, 5);
    (void)save_to(ranker, path);
    FILE *file = fopen(path, "rb");
    static char bytes[1 << 20];
    size_t n = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file);
    for (size_t at = 0; at < n; at += 499) {
        struct hone_ranker *loaded = NULL;
        char *extra = NULL;
        bytes[at] ^= (char)0x85;
        file = fopen(path, "wb");
        assert_int_equal(fwrite(bytes, 1, n, file), n);
        (void)fclose(file);
        bytes[at] ^= (char)0x85;
        /* A bit of a weight is as good as another; nothing else than this may come. */
        int code = hone_ranker_load(&loaded, path, &extra, &err);
        assert_true(code == 0 || code == HONE_E_CORRUPT || code == HONE_E_VERSION);
        hone_ranker_destroy(loaded);
        free(extra);
    }
    struct hone_ranker *loaded = NULL;
    char *extra = NULL;
    file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, n - 1, file), n - 1);
    (void)fclose(file);
    assert_int_equal(hone_ranker_load(&loaded, path, &extra, &err), HONE_E_CORRUPT);
    hone_ranker_destroy(ranker);
    support_remove_folder(folder);
    free(path);
    free(folder);
}

static void names_become_words(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *composed;
    } cases[] = {
        {"restart_db", "Starts it.", "restart db Starts it."},
        {"searchWeb", "", "search Web "},
        {"HTTPServer-2", "x", "HTTP Server 2 x"},
        {"AI2sql", "AI2sql. Converts.", "AI2sql . Converts."},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *composed = hone_match_text_compose(hone_span_text(cases[i].name),
                                                 hone_span_text(cases[i].text));
        assert_string_equal(composed, cases[i].composed);
        free(composed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_by_words_before_any_feedback),
        cmocka_unit_test(learns_words_that_no_text_has),
        cmocka_unit_test(scores_are_those_of_a_slow_reference),
        cmocka_unit_test(given_candidates_score_as_held_ones),
        cmocka_unit_test(candidates_that_come_back_are_remembered),
        cmocka_unit_test(refuses_or_passes_over_what_cannot_be_ranked),
        cmocka_unit_test(memories_are_bounded),
        cmocka_unit_test(resumes_to_the_same_bytes_from_any_point),
        cmocka_unit_test(restore_goes_back_byte_for_byte),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(names_become_words),
    };
    return cmocka_run_group_tests(tests, make_topics, NULL);
}
