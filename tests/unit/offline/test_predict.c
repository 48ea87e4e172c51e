#include "tests/support/support.h"

#include "base/alloc.h"
#include "offline/curve.h"
#include "offline/predict.h"
#include "skills/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_ROWS 300

struct world {
    struct hone_package *package;
    void *learner, *view;
    struct hone_row rows[N_ROWS];
    struct hone_error err;
};

static int set_up(void **state)
{
    static const char *const labels[] = {"sun", "rain", "snow"};
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    char *path = support_source_path("tests/data/skills/weather");
    support_ok(hone_package_load(&world->package, path, &world->err), &world->err);
    support_ok(world->package->kind->create(&world->learner, world->package, &world->err),
               &world->err);
    for (int i = 0; i < N_ROWS; i++) {
        char line[128];
        const char *label = i % 50 == 7 ? "hail" : labels[i % 3];
        (void)snprintf(line, sizeof(line), "{\"text\":\"%s word%d\",\"label\":\"%s\"}",
                       i % 4 == 0 ? "any" : label, i % 11, label);
        support_ok(hone_row_parse(&world->rows[i], hone_span_text(line), &world->err),
                   &world->err);
    }
    world->view = world->package->kind->freeze(world->learner);
    free(path);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < N_ROWS; i++) {
        hone_row_finish(&world->rows[i]);
    }
    world->package->kind->view_unref(world->view);
    world->package->kind->destroy(world->learner);
    hone_package_destroy(world->package);
    free(world);
    return 0;
}

static void predict_with(struct world *world, unsigned n_jobs,
                         struct hone_prediction *out, struct hone_predict **predict)
{
    support_ok(
        hone_predict_create(predict, world->package, world->view, n_jobs, &world->err),
        &world->err);
    hone_predict_rows(*predict, world->rows, N_ROWS, 1, out);
}

static void any_number_of_threads_predicts_the_same(void **state)
{
    struct world *world = *state;
    static struct hone_prediction one[N_ROWS], many[N_ROWS];
    static const unsigned jobs[] = {2, 3, 8, HONE_PREDICT_JOBS_MAX};
    struct hone_predict *reference = NULL, *predict = NULL;
    predict_with(world, 1, one, &reference);
    for (size_t j = 0; j < sizeof(jobs) / sizeof(jobs[0]); j++) {
        predict_with(world, jobs[j], many, &predict);
        for (int i = 0; i < N_ROWS; i++) {
            assert_int_equal(one[i].status, 0);
            assert_true(hone_span_equal(one[i].output, many[i].output));
            assert_true(one[i].loss == many[i].loss);
            assert_true(one[i].confidence == many[i].confidence);
            assert_int_equal(one[i].is_scored, i % 50 != 7);
        }
        hone_predict_destroy(predict);
    }
    hone_predict_destroy(reference);
}

static void an_input_that_does_not_fit_is_an_error_of_its_row(void **state)
{
    struct world *world = *state;
    static struct hone_prediction out[N_ROWS];
    struct hone_predict *predict = NULL;
    hone_row_finish(&world->rows[5]);
    support_ok(
        hone_row_parse(&world->rows[5],
                       hone_span_text("{\"input\":{\"txt\":\"x\"},\"label\":\"sun\"}"),
                       &world->err),
        &world->err);
    predict_with(world, 2, out, &predict);
    assert_int_equal(out[5].status, HONE_E_INVALID);
    assert_int_equal(out[6].status, 0);
    hone_predict_destroy(predict);
}

static void the_curve_scores_each_row_before_it_is_learnt(void **state)
{
    struct world *world = *state;
    struct hone_curve *curve = NULL;
    support_ok(hone_curve_create(&curve, world->package, &world->err), &world->err);
    struct hone_row *row = &world->rows[0];
    hone_row_finish(row);
    support_ok(hone_row_parse(row,
                              hone_span_text("{\"text\":\"zyx\",\"label\":\"snow\"}"),
                              &world->err),
               &world->err);
    for (int i = 0; i < 250; i++) {
        support_ok(hone_curve_add(curve, row, &world->err), &world->err);
    }
    json_t *points = hone_curve_points(curve);
    assert_int_equal(json_array_size(points), 3);
    static const int rows[] = {100, 200, 250};
    for (size_t i = 0; i < 3; i++) {
        const json_t *point = json_array_get(points, i);
        assert_int_equal(json_integer_value(json_object_get(point, "rows")), rows[i]);
    }
    /* The first answer is a guess among three; from the second on it is known. */
    double wrong =
        100.0 *
        (1.0 - json_real_value(json_object_get(json_array_get(points, 0), "accuracy")));
    assert_true(wrong > 0.5 && wrong < 3.5);
    support_near(json_real_value(json_object_get(json_array_get(points, 2), "recent")),
                 1.0, 0.0);
    json_decref(points);
    hone_curve_destroy(curve);
}

static void *freeze_nothing(void *learner)
{
    fail_msg("the learner %p was frozen", learner);
    return NULL;
}

static void the_curve_copies_no_state(void **state)
{
    struct world *world = *state;
    struct hone_curve *curve = NULL;
    const struct hone_kind *kind = world->package->kind;
    struct hone_kind unfrozen = *kind;
    unfrozen.freeze = freeze_nothing;
    world->package->kind = &unfrozen;
    support_ok(hone_curve_create(&curve, world->package, &world->err), &world->err);
    for (int i = 0; i < 3; i++) {
        support_ok(hone_curve_add(curve, &world->rows[i], &world->err), &world->err);
    }
    hone_curve_destroy(curve);
    world->package->kind = kind;
}

/* How answers are read is the kind's matter, not its name's. */
static void a_kind_of_another_name_says_how_it_answers(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_error err = {0};
    void *learner = NULL;
    char *path = support_source_path("examples/effort");
    support_ok(hone_package_load(&package, path, &err), &err);
    const struct hone_kind *score = package->kind;
    struct hone_kind graded = *score;
    graded.name = "graded";
    support_ok(score->create(&learner, package, &err), &err);
    package->kind = &graded;
    void *view = score->freeze(learner);
    struct hone_predict *predict = NULL;
    struct hone_prediction one;
    struct hone_row row;
    support_ok(
        hone_row_parse(&row,
                       hone_span_text("{\"input\":{\"summary\":\"a page\",\"area\":"
                                      "\"web\",\"kind\":\"bug\","
                                      "\"first_time\":true},\"value\":12}"),
                       &err),
        &err);
    support_ok(hone_predict_create(&predict, package, view, 1, &err), &err);
    hone_predict_rows(predict, &row, 1, 1, &one);
    support_ok(one.status, &one.error);
    support_near(one.value, 40.0, 1e-9); /* the middle of its range */
    hone_predict_destroy(predict);
    hone_row_finish(&row);
    score->view_unref(view);
    score->destroy(learner);
    package->kind = score;
    hone_package_destroy(package);
    free(path);
}

static void parse_row(struct hone_row *row, const char *line)
{
    struct hone_error err = {0};
    support_ok(hone_row_parse(row, hone_span_text(line), &err), &err);
}

static void sets_of_labels_are_read_whole(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"text\":\"loud street dirty towels\",\"labels\":[\"noise\",\"cleanliness\"]}",
        "{\"text\":\"loud street\",\"labels\":[\"noise\"]}",
        "{\"text\":\"dirty towels\",\"labels\":[\"cleanliness\"]}",
        "{\"text\":\"nothing to say\",\"labels\":[]}",
        "{\"text\":\"loud street dirty towels\",\"label\":\"noise\"}",
        "{\"text\":\"loud street\",\"label\":\"cleanliness\"}",
    };
    static const size_t n_given[] = {2, 1, 1, 0, 2, 1};
    enum { N = 6, N_WHOLE = 4, N_ROUNDS = 60 };
    struct hone_package *package = NULL;
    struct hone_error err = {0};
    void *learner = NULL;
    struct hone_row rows[N];
    struct hone_prediction out[N];
    struct hone_predict *predict = NULL;
    char *path = support_source_path("examples/reviews");
    support_ok(hone_package_load(&package, path, &err), &err);
    const struct hone_kind *kind = package->kind;
    support_ok(kind->create(&learner, package, &err), &err);
    for (int i = 0; i < N; i++) {
        parse_row(&rows[i], lines[i]);
    }
    for (int i = 0; i < N_ROUNDS * N_WHOLE; i++) {
        struct hone_event event = hone_predict_event(&rows[i % N_WHOLE], (uint64_t)i + 1);
        assert_int_equal(kind->learn(learner, package, &event, &err), 1);
    }
    void *view = kind->freeze(learner);
    support_ok(hone_predict_create(&predict, package, view, 1, &err), &err);
    hone_predict_rows(predict, rows, N, 1, out);
    for (int i = 0; i < N; i++) {
        support_ok(out[i].status, &out[i].error);
        assert_int_equal(out[i].is_whole, i < N_WHOLE);
        assert_int_equal(out[i].n_given, n_given[i]);
        assert_true(out[i].n_labels >= out[i].n_given);
        assert_int_equal(out[i].right, i < 5); /* the last one's label is not given */
    }
    assert_true(hone_span_is(out[1].labels[0].name, "noise"));
    assert_true(out[1].labels[0].confidence > 0.5);
    hone_predict_destroy(predict);
    for (int i = 0; i < N; i++) {
        hone_row_finish(&rows[i]);
    }
    kind->view_unref(view);
    kind->destroy(learner);
    hone_package_destroy(package);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_number_of_threads_predicts_the_same, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_input_that_does_not_fit_is_an_error_of_its_row,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_curve_scores_each_row_before_it_is_learnt,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_curve_copies_no_state, set_up, tear_down),
        cmocka_unit_test(a_kind_of_another_name_says_how_it_answers),
        cmocka_unit_test(sets_of_labels_are_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
