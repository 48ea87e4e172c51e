#include "tests/support/support.h"

#include "offline/figures.h"

#include <math.h>
#include <string.h>

static struct hone_prediction labelled(const char *truth, const char *output,
                                       double confidence, double loss)
{
    return (struct hone_prediction){
        .truth = hone_span_text(truth),
        .output = hone_span_text(output),
        .confidence = confidence,
        .is_scored = true,
        .right = strcmp(truth, output) == 0,
        .loss = loss,
    };
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

/* Worked by hand: a a/b b/a a/a, and one row of a label that the skill does not know. */
static void labels_are_counted_as_by_hand(void **state)
{
    (void)state;
    struct hone_figures *figures = hone_figures_create(HONE_ANSWER_LABEL);
    struct hone_prediction all[] = {
        labelled("a", "a", 0.9, 0.1), labelled("a", "b", 0.6, 1.5),
        labelled("b", "a", 0.7, 1.2), labelled("A", "A", 0.8, 0.2),
        labelled("c", "a", 0.5, 0.0),
    };
    all[4].is_scored = all[4].right = false;
    for (size_t i = 0; i < 5; i++) {
        hone_figures_add(figures, &all[i]);
    }
    all[0].status = HONE_E_INVALID;
    hone_figures_add(figures, &all[0]); /* not answered: not counted */
    json_t *summary = hone_figures_summary(figures);
    assert_int_equal((int)number(summary, "rows"), 5);
    assert_int_equal((int)number(summary, "unknown"), 1);
    support_near(number(summary, "accuracy"), 0.4, 1e-12);
    support_near(number(summary, "log_loss"), (0.1 + 1.5 + 1.2 + 0.2) / 4, 1e-12);
    /* F1: a 2*2/(3+4), b 0, c 0 */
    support_near(number(summary, "macro_f1"), 4.0 / 7.0 / 3.0, 1e-12);
    /* Bins of 1/15: .9, .6, .7, .8 and .5 are in five different ones. */
    support_near(number(summary, "ece"), (0.1 + 0.6 + 0.7 + 0.2 + 0.5) / 5, 1e-9);
    json_decref(summary);
    json_t *cells = hone_figures_confusion(figures);
    assert_int_equal(json_array_size(cells), 4);
    const json_t *last = json_array_get(cells, 3);
    assert_string_equal(json_string_value(json_object_get(last, "label")), "a");
    assert_string_equal(json_string_value(json_object_get(last, "answered")), "a");
    assert_int_equal((int)number(last, "n"), 2);
    json_decref(cells);
    json_t *labels = hone_figures_labels(figures);
    assert_int_equal(json_array_size(labels), 3);
    support_near(number(json_array_get(labels, 0), "precision"), 0.5, 1e-12);
    support_near(number(json_array_get(labels, 0), "recall"), 2.0 / 3.0, 1e-12);
    json_decref(labels);
    hone_figures_destroy(figures);
}

static void many_cells_are_all_kept(void **state)
{
    (void)state;
    struct hone_figures *figures = hone_figures_create(HONE_ANSWER_LABEL);
    for (int i = 0; i < 2000; i++) {
        char truth[16], output[16];
        (void)snprintf(truth, sizeof(truth), "t%d", i);
        (void)snprintf(output, sizeof(output), "o%d", i % 7);
        struct hone_prediction one = labelled(truth, output, 0.5, 1.0);
        hone_figures_add(figures, &one);
        hone_figures_add(figures, &one);
    }
    json_t *cells = hone_figures_confusion(figures);
    assert_int_equal(json_array_size(cells), 2000);
    assert_int_equal((int)number(json_array_get(cells, 1999), "n"), 2);
    json_decref(cells);
    hone_figures_destroy(figures);
}

/* Truths {a, b}, {}, {b}, and b of a set that is not known; given {a, c}, {}, {b}, {a}. */
static void sets_are_counted_as_by_hand(void **state)
{
    (void)state;
    struct hone_figures *figures = hone_figures_create(HONE_ANSWER_LABELS);
    struct hone_prediction_label first[] = {{hone_span_text("A"), 0.9},
                                            {hone_span_text("c"), 0.6},
                                            {hone_span_text("d"), 0.3}};
    struct hone_prediction_label second[] = {{hone_span_text("d"), 0.1}};
    struct hone_prediction_label third[] = {{hone_span_text("b"), 0.8}};
    struct hone_prediction_label fourth[] = {{hone_span_text("a"), 0.7},
                                             {hone_span_text("b"), 0.2}};
    struct hone_prediction all[] = {
        {.truth = hone_span_text("a\nb\n"),
         .is_whole = true,
         .labels = first,
         .n_labels = 3,
         .n_given = 2,
         .is_scored = true},
        {.truth = hone_span_text("\n"),
         .is_whole = true,
         .labels = second,
         .n_labels = 1,
         .is_scored = true,
         .right = true},
        {.truth = hone_span_text("b\nB\n"),
         .is_whole = true,
         .labels = third,
         .n_labels = 1,
         .n_given = 1,
         .is_scored = true,
         .right = true},
        {.truth = hone_span_text("b"),
         .labels = fourth,
         .n_labels = 2,
         .n_given = 1,
         .is_scored = true},
    };
    for (size_t i = 0; i < 4; i++) {
        hone_figures_add(figures, &all[i]);
    }
    static const struct {
        const char *name;
        int tp, fp, fn;
    } wanted[] = {{"a", 1, 0, 0}, {"b", 1, 0, 2}, {"c", 0, 1, 0}};
    json_t *labels = hone_figures_labels(figures);
    assert_int_equal(json_array_size(labels), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *label = json_array_get(labels, i);
        assert_string_equal(json_string_value(json_object_get(label, "label")),
                            wanted[i].name);
        assert_int_equal((int)number(label, "tp"), wanted[i].tp);
        assert_int_equal((int)number(label, "fp"), wanted[i].fp);
        assert_int_equal((int)number(label, "fn"), wanted[i].fn);
    }
    json_decref(labels);
    json_t *summary = hone_figures_summary(figures);
    support_near(number(summary, "accuracy"), 0.5, 1e-12);
    /* F1: a 1, b 2/(2+2), c 0; sums 2*2/(2*2+1+2) */
    support_near(number(summary, "macro_f1"), 0.5, 1e-12);
    support_near(number(summary, "micro_f1"), 4.0 / 7.0, 1e-12);
    /* .9 right, .6, .3, .1 wrong, .8 right: five bins */
    support_near(number(summary, "ece"), (0.1 + 0.6 + 0.3 + 0.1 + 0.2) / 5, 1e-9);
    json_decref(summary);
    hone_figures_destroy(figures);
}

/* y = 1, 2, 3, 6; v = 1, 3, 3, 5: errors 0, 1, 0, -1; mean of y 3, its squares 14. */
static void values_are_measured_as_by_hand(void **state)
{
    (void)state;
    static const double truths[] = {1, 2, 3, 6}, values[] = {1, 3, 3, 5};
    struct hone_figures *figures = hone_figures_create(HONE_ANSWER_VALUE);
    for (size_t i = 0; i < 4; i++) {
        struct hone_prediction one = {.is_scored = true,
                                      .true_value = truths[i],
                                      .value = values[i],
                                      .low = values[i] - 0.5,
                                      .high = values[i] + 0.5,
                                      .has_interval = i > 0};
        hone_figures_add(figures, &one);
    }
    json_t *summary = hone_figures_summary(figures);
    support_near(number(summary, "mae"), 0.5, 1e-12);
    support_near(number(summary, "rmse"), sqrt(0.5), 1e-12);
    support_near(number(summary, "r2"), 1.0 - 2.0 / 14.0, 1e-12);
    support_near(number(summary, "coverage"), 1.0 / 3.0, 1e-12);
    support_near(number(summary, "mean_width"), 1.0, 1e-12);
    json_decref(summary);
    hone_figures_destroy(figures);
}

static void orders_are_measured_as_by_hand(void **state)
{
    (void)state;
    static const uint32_t places[] = {1, 4, 0, 10};
    struct hone_figures *figures = hone_figures_create(HONE_ANSWER_ORDER);
    for (size_t i = 0; i < 4; i++) {
        struct hone_prediction one = {
            .is_scored = true, .truth = hone_span_text("x"), .place = places[i]};
        hone_figures_add(figures, &one);
    }
    json_t *summary = hone_figures_summary(figures);
    support_near(number(summary, "top_1"), 0.25, 1e-12);
    support_near(number(summary, "top_5"), 0.5, 1e-12);
    support_near(number(summary, "mrr"), (1.0 + 0.25 + 0.1) / 4, 1e-12);
    json_decref(summary);
    hone_figures_destroy(figures);
}

static void nothing_is_said_of_nothing(void **state)
{
    (void)state;
    for (int form = HONE_ANSWER_LABEL; form <= HONE_ANSWER_ORDER; form++) {
        struct hone_figures *figures = hone_figures_create((enum hone_answer_form)form);
        json_t *summary = hone_figures_summary(figures);
        assert_true(json_is_null(json_object_get(summary, "accuracy")));
        json_decref(summary);
        hone_figures_destroy(figures);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_counted_as_by_hand),
        cmocka_unit_test(many_cells_are_all_kept),
        cmocka_unit_test(sets_are_counted_as_by_hand),
        cmocka_unit_test(values_are_measured_as_by_hand),
        cmocka_unit_test(orders_are_measured_as_by_hand),
        cmocka_unit_test(nothing_is_said_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
