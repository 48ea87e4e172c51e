#include "tests/support/support.h"
#include "tests/unit/optim/regressor_world.h"

#include "base/alloc.h"
#include "base/file.h"
#include "optim/regression_head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct hone_regressor *make(void)
{
    struct hone_error err;
    struct hone_regressor *regressor = NULL;
    support_ok(hone_regressor_create(&regressor, world_fields, WORLD_N_FIELDS, 0.9, &err),
               &err);
    return regressor;
}

static void teach(struct hone_regressor *regressor, uint64_t begin, uint64_t end,
                  bool with_text)
{
    struct hone_error err;
    for (uint64_t i = begin; i < end; i++) {
        struct world_example example;
        world_make(&example, i, 3.0);
        struct hone_regressor_input input = world_input(&example, with_text);
        support_ok(
            hone_regressor_learn(regressor, &input, &world_target, example.y, 1.0, &err),
            &err);
    }
}

static struct hone_regressor_prediction
predict(const struct hone_regressor_view *view, const struct hone_regressor_input *input,
        const struct hone_regressor_target *target)
{
    struct hone_error err;
    struct hone_regressor_prediction out = {0};
    struct hone_regressor_scratch *scratch = hone_regressor_scratch_create();
    support_ok(hone_regressor_view_predict(view, input, target, scratch, &out, &err),
               &err);
    hone_regressor_scratch_destroy(scratch);
    return out;
}

static struct hone_digest save(struct hone_regressor_view *view, const char *path)
{
    struct hone_error err;
    struct hone_regressor_save *saving = NULL;
    struct hone_digest digest;
    uint64_t size_bytes = 0;
    int more = 1;
    support_ok(hone_regressor_save_create(&saving, view, path,
                                          hone_span_text("{\"a\":1}"), &err),
               &err);
    while (more == 1) {
        more = hone_regressor_save_step(saving, 1000, &err);
    }
    support_ok(more, &err);
    hone_regressor_save_result(saving, &digest, &size_bytes);
    assert_true(size_bytes > 0);
    hone_regressor_save_destroy(saving);
    return digest;
}

static struct hone_digest digest_of(struct hone_regressor *regressor, const char *folder)
{
    char *path = hone_alloc_format("%s/state", folder);
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    struct hone_digest digest = save(view, path);
    hone_regressor_view_unref(view);
    free(path);
    return digest;
}

/* Dense part. */

/* The same with one example more, by columns: plain least squares on standardised
 * columns of all examples at once. */
static void batch_solution(uint64_t n, size_t n_columns,
                           double (*rows)[HONE_RIDGE_DIM_MAX], const double *ys,
                           double *theta)
{
    struct hone_ridge ridge;
    hone_ridge_init(&ridge, n_columns, HONE_REGRESSOR_PENALTY);
    for (uint64_t i = 0; i < n; i++) {
        hone_ridge_add(&ridge, rows[i], ys[i], 1.0);
    }
    hone_ridge_solve(&ridge);
    memcpy(theta, ridge.weights, n_columns * sizeof(double));
    hone_ridge_finish(&ridge);
}

/* What is learnt while means and deviations move is what a ridge on columns standardised by
 * the final ones would be. */
static void standardising_online_is_standardising_at_the_end(void **state)
{
    (void)state;
    enum { N = 150 };
    static const struct hone_dense_field fields[2] = {
        {{"a", 1}, HONE_DENSE_NUMBER, false}, {{"b", 1}, HONE_DENSE_NUMBER, false}};
    static double rows[N][HONE_RIDGE_DIM_MAX], ys[N];
    double a[N], b[N], theta[3];
    struct hone_error err;
    struct hone_dense dense;
    struct hone_ridge ridge;
    support_ok(hone_dense_init(&dense, fields, 2, &err), &err);
    hone_ridge_init(&ridge, dense.n, HONE_REGRESSOR_PENALTY);
    for (uint64_t i = 0; i < N; i++) {
        struct hone_rng rng = hone_rng_at(5, i);
        /* The first ones are all the same, the next nearly so; far from the origin. */
        double width = i < 3 ? 0.0 : i < 10 ? 1e-3 : 50.0;
        a[i] = 1e6 + width * world_uniform(&rng);
        b[i] = -3.0 + 0.01 * world_uniform(&rng) + (i < 3 ? 0.0 : 1e-4 * a[i]);
        ys[i] = 2.0 * (a[i] - 1e6) + 5.0 * b[i] + world_uniform(&rng);
        const struct hone_dense_value values[2] = {{.present = true, .number = a[i]},
                                                   {.present = true, .number = b[i]}};
        double x[3];
        hone_dense_learn(&dense, &ridge, fields, values, 2, 1.0, 1.0);
        hone_dense_encode(&dense, fields, values, 2, x);
        hone_ridge_add(&ridge, x, ys[i], 1.0);
    }
    hone_ridge_solve(&ridge);
    for (uint64_t i = 0; i < N; i++) {
        const struct hone_dense_value values[2] = {{.present = true, .number = a[i]},
                                                   {.present = true, .number = b[i]}};
        hone_dense_encode(&dense, fields, values, 2, rows[i]);
    }
    batch_solution(N, 3, rows, ys, theta);
    double mean = 0.0, squares = 0.0;
    for (uint64_t i = 0; i < N; i++) {
        mean += rows[i][1] / N;
        squares += rows[i][1] * rows[i][1] / N;
    }
    support_near(mean, 0.0, 1e-6);
    support_near(squares, 1.0, 1e-6);
    for (size_t j = 0; j < 3; j++) {
        support_near(ridge.weights[j], theta[j], 1e-5 * (1.0 + fabs(theta[j])));
    }
    hone_ridge_finish(&ridge);
}

static void values_of_a_category_get_columns_in_order_of_appearance(void **state)
{
    (void)state;
    static const struct hone_dense_field field = {
        {"team", 4}, HONE_DENSE_CATEGORY, false};
    struct hone_error err;
    struct hone_dense dense;
    struct hone_ridge ridge;
    double x[HONE_RIDGE_DIM_MAX];
    support_ok(hone_dense_init(&dense, &field, 1, &err), &err);
    assert_int_equal(dense.n, 1 + HONE_DENSE_VALUES_MAX + 1);
    hone_ridge_init(&ridge, dense.n, 1.0);
    for (unsigned i = 0; i < HONE_DENSE_VALUES_MAX + 5; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "value-%u", i);
        struct hone_dense_value value = {.present = true, .text = hone_span_text(name)};
        hone_dense_encode(&dense, &field, &value, 1, x);
        unsigned n_set = 0;
        for (size_t j = 1; j < dense.n; j++) {
            n_set += x[j] != 0.0 ? 1 : 0;
        }
        /* A value that was never met says nothing while there are columns for new ones. */
        assert_int_equal(n_set, i < HONE_DENSE_VALUES_MAX ? 0 : 1);
        hone_dense_learn(&dense, &ridge, &field, &value, 1, 1.0, 1.0);
        hone_dense_encode(&dense, &field, &value, 1, x);
        unsigned at = i < HONE_DENSE_VALUES_MAX ? 1 + i : 1 + HONE_DENSE_VALUES_MAX;
        support_near(x[at], 1.0, 0.0);
    }
    hone_ridge_finish(&ridge);
}

static void as_many_fields_as_are_allowed_have_room(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_dense_field fields[HONE_DENSE_FIELDS_MAX + 1];
    char names[HONE_DENSE_FIELDS_MAX + 1][8];
    for (size_t i = 0; i <= HONE_DENSE_FIELDS_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "f%zu", i);
    }
    for (size_t n_categories = 0; n_categories <= HONE_DENSE_FIELDS_MAX; n_categories++) {
        struct hone_dense dense;
        for (size_t i = 0; i <= HONE_DENSE_FIELDS_MAX; i++) {
            fields[i] = (struct hone_dense_field){
                hone_span_text(names[i]),
                i < n_categories ? HONE_DENSE_CATEGORY : HONE_DENSE_NUMBER, true};
        }
        support_ok(hone_dense_init(&dense, fields, HONE_DENSE_FIELDS_MAX, &err), &err);
        assert_true(dense.n <= HONE_RIDGE_DIM_MAX);
        assert_int_equal(hone_dense_init(&dense, fields, HONE_DENSE_FIELDS_MAX + 1, &err),
                         HONE_E_LIMIT);
    }
}

/* Text head. */

struct head {
    struct hone_row_table *table;
    struct hone_row *rows[3];
    struct hone_encoder_vector x;
};

static const uint32_t head_ids[3] = {1, 70, 900};
static const float head_values[3] = {0.5F, -0.7F, 0.1F};

static struct head make_head(void)
{
    struct head head = {.table = hone_row_table_create(10, 1, 0.0F),
                        .x = {head_ids, head_values, 3}};
    for (size_t i = 0; i < 3; i++) {
        head.rows[i] = hone_row_table_edit(head.table, head_ids[i]);
        head.rows[i]->values[0] = 0.2F * (float)i;
    }
    return head;
}

static double score_of(const struct head *head)
{
    return hone_regression_head_score((const struct hone_row *const *)head->rows,
                                      head->x);
}

static double huber(double error, double scale)
{
    double size = fabs(error / scale), clip = HONE_REGRESSION_HEAD_CLIP;
    return size <= clip ? 0.5 * size * size : clip * (size - 0.5 * clip);
}

/* A step of AdaGrad, with its accumulators taken out, goes against the gradient of Huber's
 * loss that finite differences give. */
static void text_steps_against_the_gradient(void **state)
{
    (void)state;
    const double targets[] = {0.3, -8.0, 40.0};
    for (size_t t = 0; t < 3; t++) {
        struct head head = make_head();
        double gradient[3], before[3], scale = 4.0, h = 1e-2;
        double error = targets[t] - score_of(&head);
        for (size_t i = 0; i < 3; i++) {
            float kept = head.rows[i]->values[0];
            head.rows[i]->values[0] = kept + (float)h;
            double up = huber(targets[t] - score_of(&head), scale);
            head.rows[i]->values[0] = kept - (float)h;
            double down = huber(targets[t] - score_of(&head), scale);
            head.rows[i]->values[0] = kept;
            gradient[i] = (up - down) / (2.0 * h) * scale;
            head.rows[i]->g = 1e6F; /* so large that the step leaves it as it is */
            before[i] = (double)kept;
        }
        hone_regression_head_step(head.rows, head.x, error, scale, 1.0);
        for (size_t i = 0; i < 3; i++) {
            double expected = -HONE_REGRESSION_HEAD_RATE * scale * gradient[i] / 1e3;
            support_near((double)head.rows[i]->values[0] - before[i], expected,
                         1e-3 * fabs(expected) + 1e-7);
        }
        hone_row_table_destroy(head.table);
    }
}

/* One feature of value 1, error 10, scale 5: g = 2, G = 4, the step is
 * 0.1 * 5 * 2 / sqrt(4) = 0.5. */
static void a_text_step_is_the_number_worked_by_hand(void **state)
{
    (void)state;
    struct head head = make_head();
    const float one = 1.0F;
    head.x = (struct hone_encoder_vector){head_ids, &one, 1};
    hone_regression_head_step(head.rows, head.x, 10.0, 5.0, 1.0);
    support_near((double)head.rows[0]->values[0], 0.5, 1e-6);
    support_near((double)head.rows[0]->g, 4.0, 1e-6);
    hone_row_table_destroy(head.table);
}

static void a_text_step_goes_at_most_half_of_the_way(void **state)
{
    (void)state;
    struct head head = make_head();
    double before = score_of(&head);
    hone_regression_head_step(head.rows, head.x, 1.0, 1.0, 100.0);
    support_near(score_of(&head) - before, HONE_REGRESSION_HEAD_STEP, 1e-5);
    hone_row_table_destroy(head.table);
}

/* The whole. */

static void learns_columns_and_text(void **state)
{
    (void)state;
    struct hone_regressor *with = make(), *without = make();
    teach(with, 0, 1500, true);
    teach(without, 0, 1500, false);
    struct hone_regressor_view *seeing = hone_regressor_freeze(with);
    struct hone_regressor_view *blind = hone_regressor_freeze(without);
    double error = 0.0, blind_error = 0.0;
    for (uint64_t i = 10000; i < 10300; i++) {
        struct world_example example;
        world_make(&example, i, 0.0);
        struct hone_regressor_input input = world_input(&example, true);
        error += fabs(predict(seeing, &input, &world_target).value - example.y) / 300.0;
        input = world_input(&example, false);
        blind_error +=
            fabs(predict(blind, &input, &world_target).value - example.y) / 300.0;
    }
    assert_true(error < 1.0);
    assert_true(blind_error > 2.5);
    hone_regressor_view_unref(seeing);
    hone_regressor_view_unref(blind);
    hone_regressor_destroy(with);
    hone_regressor_destroy(without);
}

static void intervals_cover_what_they_say(void **state)
{
    (void)state;
    struct hone_regressor *regressor = make();
    struct hone_regressor_stats stats;
    teach(regressor, 0, 5000, true);
    hone_regressor_stats(regressor, &stats);
    assert_int_equal(stats.n_judged, 4998);
    support_near((double)stats.n_covered / (double)stats.n_judged, 0.9, 0.02);
    hone_regressor_destroy(regressor);
}

static void knows_nothing_before_the_first_example(void **state)
{
    (void)state;
    struct hone_regressor *regressor = make();
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    struct world_example example;
    world_make(&example, 0, 0.0);
    struct hone_regressor_input input = world_input(&example, true);
    struct hone_regressor_prediction open = predict(view, &input, &world_target);
    assert_false(open.has_interval);
    support_near(hone_regressor_loss(&open, 3.0), HONE_REGRESSOR_LOSS_MAX, 0.0);
    struct hone_regressor_target bounded = {0.0, 40.0, 0.9, 0.0};
    struct hone_regressor_prediction closed = predict(view, &input, &bounded);
    support_near(closed.value, 20.0, 0.0);
    support_near(closed.low, 0.0, 0.0);
    support_near(closed.high, 40.0, 0.0);
    support_near(hone_regressor_loss(&closed, 3.0), log(40.0), 1e-12);
    hone_regressor_view_unref(view);
    hone_regressor_destroy(regressor);
}

static void predictions_stay_within_the_bounds(void **state)
{
    (void)state;
    struct hone_regressor *regressor = make();
    teach(regressor, 0, 200, true);
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    struct hone_regressor_target bounded = {30.0, 60.0, 0.9, 0.0};
    const double numbers[] = {-1e300, -1e9, 0.0, 7.0, 1e9, 1e300};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct world_example example;
        world_make(&example, i, 0.0);
        example.values[0].number = numbers[i];
        struct hone_regressor_input input = world_input(&example, true);
        struct hone_regressor_prediction out = predict(view, &input, &bounded);
        assert_true(out.low >= 30.0 && out.low <= out.value);
        assert_true(out.high >= out.value && out.high <= 60.0);
        out = predict(view, &input, &world_target);
        assert_true(isfinite(out.value) && isfinite(out.low) && isfinite(out.high));
    }
    hone_regressor_view_unref(view);
    hone_regressor_destroy(regressor);
}

static void refuses_values_that_cannot_be(void **state)
{
    (void)state;
    const double values[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, -1.0, 41.0,
                             1e300};
    struct hone_error err;
    struct hone_regressor *regressor = make();
    struct world_example example;
    char *folder = support_make_folder();
    world_make(&example, 0, 0.0);
    struct hone_regressor_input input = world_input(&example, true);
    struct hone_regressor_target bounded = {0.0, 40.0, 0.9, 0.0};
    struct hone_digest before = digest_of(regressor, folder);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_int_equal(
            hone_regressor_learn(regressor, &input, &bounded, values[i], 1.0, &err),
            HONE_E_INVALID);
    }
    const double weights[] = {0.0, -1.0, (double)NAN, 101.0};
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
        assert_int_equal(
            hone_regressor_learn(regressor, &input, &bounded, 1.0, weights[i], &err),
            HONE_E_INVALID);
    }
    struct hone_digest after = digest_of(regressor, folder);
    assert_true(hone_digest_equal(before, after));
    support_remove_folder(folder);
    free(folder);
    hone_regressor_destroy(regressor);
}

static void survives_the_largest_numbers(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_regressor *regressor = make();
    for (uint64_t i = 0; i < 200; i++) {
        struct world_example example;
        world_make(&example, i, 0.0);
        example.values[0].number *= i % 3 == 0 ? 1e300 : 1e-300;
        struct hone_regressor_input input = world_input(&example, true);
        double y = i % 2 == 0 ? HONE_REGRESSOR_TARGET_MAX : -HONE_REGRESSOR_TARGET_MAX;
        support_ok(hone_regressor_learn(regressor, &input, &world_target, y, 100.0, &err),
                   &err);
    }
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    struct world_example example;
    world_make(&example, 999, 0.0);
    struct hone_regressor_input input = world_input(&example, true);
    struct hone_regressor_prediction out = predict(view, &input, &world_target);
    assert_true(isfinite(out.value) && isfinite(out.low) && isfinite(out.high));
    assert_true(isfinite(hone_regressor_loss(&out, 1.0)));
    hone_regressor_view_unref(view);
    hone_regressor_destroy(regressor);
}

static void a_target_that_never_changes_is_known_exactly(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_regressor *regressor = make();
    for (uint64_t i = 0; i < 300; i++) {
        struct world_example example;
        world_make(&example, i, 0.0);
        struct hone_regressor_input input = world_input(&example, true);
        support_ok(
            hone_regressor_learn(regressor, &input, &world_target, 42.0, 1.0, &err),
            &err);
    }
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    struct world_example example;
    world_make(&example, 999, 0.0);
    struct hone_regressor_input input = world_input(&example, true);
    struct hone_regressor_prediction out = predict(view, &input, &world_target);
    support_near(out.value, 42.0, 1e-3);
    assert_true(hone_regressor_loss(&out, 42.0) < 0.0);
    hone_regressor_view_unref(view);
    hone_regressor_destroy(regressor);
}

/* The slope of files turns round at example 1,000. */
static double drifted(const struct world_example *example, uint64_t number)
{
    return number < 1000 ? example->y : 200.0 - example->y;
}

static void forgets_what_no_longer_holds(void **state)
{
    (void)state;
    double errors[2] = {0.0, 0.0};
    for (int i = 0; i < 2; i++) {
        struct hone_error err;
        struct hone_regressor *regressor = make();
        struct hone_regressor_target target = world_target;
        target.half_life = i == 0 ? 0.0 : 50.0;
        for (uint64_t k = 0; k < 1300; k++) {
            struct world_example example;
            world_make(&example, k, 1.0);
            struct hone_regressor_input input = world_input(&example, false);
            struct hone_regressor_view *view = hone_regressor_freeze(regressor);
            if (k >= 1200) {
                errors[i] +=
                    fabs(predict(view, &input, &target).value - drifted(&example, k)) /
                    100.0;
            }
            hone_regressor_view_unref(view);
            support_ok(hone_regressor_learn(regressor, &input, &target,
                                            drifted(&example, k), 1.0, &err),
                       &err);
        }
        hone_regressor_destroy(regressor);
    }
    assert_true(errors[1] < 5.0);
    assert_true(errors[0] > 3.0 * errors[1]);
}

/* State. */

static void a_view_stays_as_it_is(void **state)
{
    (void)state;
    struct hone_regressor *regressor = make();
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/view", folder);
    teach(regressor, 0, 50, true);
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    struct hone_digest before = save(view, path);
    teach(regressor, 50, 100, true);
    struct hone_digest after = save(view, path);
    assert_true(hone_digest_equal(before, after));
    hone_regressor_restore(regressor, view);
    struct hone_digest restored = digest_of(regressor, folder);
    assert_true(hone_digest_equal(before, restored));
    hone_regressor_destroy(regressor);
    after = save(view, path);
    assert_true(hone_digest_equal(before, after));
    hone_regressor_view_unref(view);
    support_remove_folder(folder);
    free(path);
    free(folder);
}

static void resuming_from_any_point_gives_the_same_bytes(void **state)
{
    (void)state;
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/at", folder);
    struct hone_regressor *whole = make();
    teach(whole, 0, 450, true);
    struct hone_digest expected = digest_of(whole, folder);
    const uint64_t points[] = {0, 1, 2, 17, 399, 401, 402, 449};
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        struct hone_error err;
        struct hone_regressor *first = make(), *second = NULL;
        char *extra = NULL;
        teach(first, 0, points[i], true);
        struct hone_regressor_view *view = hone_regressor_freeze(first);
        (void)save(view, path);
        hone_regressor_view_unref(view);
        hone_regressor_destroy(first);
        support_ok(hone_regressor_load(&second, path, &extra, &err), &err);
        assert_string_equal(extra, "{\"a\":1}");
        teach(second, points[i], 450, true);
        struct hone_digest resumed = digest_of(second, folder);
        assert_true(hone_digest_equal(expected, resumed));
        free(extra);
        hone_regressor_destroy(second);
    }
    hone_regressor_destroy(whole);
    support_remove_folder(folder);
    free(path);
    free(folder);
}

static void other_fields_keep_what_was_learnt(void **state)
{
    (void)state;
    static const struct hone_dense_field more[3] = {
        {{"urgent", 6}, HONE_DENSE_BOOLEAN, false},
        {{"age", 3}, HONE_DENSE_NUMBER, false},
        {{"files", 5}, HONE_DENSE_NUMBER, false},
    };
    struct hone_error err;
    struct hone_regressor *regressor = make();
    teach(regressor, 0, 500, false);
    assert_int_equal(
        hone_regressor_adapt(regressor, world_fields, WORLD_N_FIELDS, 0.9, &err), 0);
    assert_int_equal(hone_regressor_adapt(regressor, more, 3, 0.8, &err), 1);
    assert_true(hone_regressor_fits(regressor, more, 3, 0.8));
    assert_false(hone_regressor_fits(regressor, world_fields, WORLD_N_FIELDS, 0.8));
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    struct hone_dense_value values[3] = {{.present = true, .number = 1.0},
                                         {.present = true, .number = 5.0},
                                         {.present = true, .number = 3.0}};
    struct hone_regressor_input input = {more, values, 3, {NULL, 0}};
    double few = predict(view, &input, &world_target).value;
    values[2].number = 13.0;
    support_near(predict(view, &input, &world_target).value - few, 30.0, 1.5);
    hone_regressor_view_unref(view);
    hone_regressor_destroy(regressor);
}

static void a_damaged_file_is_refused(void **state)
{
    (void)state;
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/state", folder);
    struct hone_error err;
    struct hone_regressor *regressor = make(), *loaded = NULL;
    char *extra = NULL, *bytes = NULL;
    teach(regressor, 0, 20, true);
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    (void)save(view, path);
    struct hone_span content;
    support_ok(hone_file_read(&bytes, &content.len, path, 1 << 24, &err), &err);
    /* A number of the header's sizes, and the data cut short. */
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, content.len - 1, file), content.len - 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(hone_regressor_load(&loaded, path, &extra, &err), HONE_E_CORRUPT);
    assert_null(loaded);
    free(bytes);
    hone_regressor_view_unref(view);
    hone_regressor_destroy(regressor);
    support_remove_folder(folder);
    free(path);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standardising_online_is_standardising_at_the_end),
        cmocka_unit_test(values_of_a_category_get_columns_in_order_of_appearance),
        cmocka_unit_test(as_many_fields_as_are_allowed_have_room),
        cmocka_unit_test(text_steps_against_the_gradient),
        cmocka_unit_test(a_text_step_is_the_number_worked_by_hand),
        cmocka_unit_test(a_text_step_goes_at_most_half_of_the_way),
        cmocka_unit_test(learns_columns_and_text),
        cmocka_unit_test(intervals_cover_what_they_say),
        cmocka_unit_test(knows_nothing_before_the_first_example),
        cmocka_unit_test(predictions_stay_within_the_bounds),
        cmocka_unit_test(refuses_values_that_cannot_be),
        cmocka_unit_test(survives_the_largest_numbers),
        cmocka_unit_test(a_target_that_never_changes_is_known_exactly),
        cmocka_unit_test(forgets_what_no_longer_holds),
        cmocka_unit_test(a_view_stays_as_it_is),
        cmocka_unit_test(resuming_from_any_point_gives_the_same_bytes),
        cmocka_unit_test(other_fields_keep_what_was_learnt),
        cmocka_unit_test(a_damaged_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
