#include "tests/support/support.h"

#include "cli/demo_meter.h"

static void add(struct hone_demo_meter *meter, size_t n, bool right)
{
    for (size_t i = 0; i < n; i++) {
        hone_demo_meter_add(meter, right);
    }
}

static void shows_nothing_before_the_first_answer(void **state)
{
    struct hone_demo_meter meter = {.n_expected = 100};
    struct hone_buf chart;
    (void)state;
    hone_buf_init(&chart, 1024);
    hone_demo_meter_chart(&meter, &chart);
    assert_int_equal(0, chart.len);
    support_near(0, hone_demo_meter_share(&meter), 0);
    support_near(0, hone_demo_meter_recent(&meter), 0);
    hone_buf_finish(&chart);
}

static void window_forgets_what_is_older(void **state)
{
    struct hone_demo_meter meter = {.n_expected = 200};
    (void)state;
    add(&meter, HONE_DEMO_METER_WINDOW, false);
    add(&meter, 25, true);
    support_near(0.5, hone_demo_meter_recent(&meter), 1e-12);
    support_near(25.0 / 75.0, hone_demo_meter_share(&meter), 1e-12);
    add(&meter, HONE_DEMO_METER_WINDOW, true);
    support_near(1, hone_demo_meter_recent(&meter), 1e-12);
}

static void chart_rises_with_the_share_of_right_answers(void **state)
{
    struct hone_demo_meter meter = {.n_expected = 4 * HONE_DEMO_METER_COLUMNS};
    struct hone_buf chart;
    (void)state;
    hone_buf_init(&chart, 1024);
    add(&meter, 4, false);
    add(&meter, 2, false);
    add(&meter, 2, true);
    add(&meter, 4, true);
    hone_demo_meter_chart(&meter, &chart);
    /* none, half, all: U+2581, U+2585, U+2588 */
    assert_string_equal("\xe2\x96\x81\xe2\x96\x85\xe2\x96\x88", chart.data);
    hone_buf_finish(&chart);
}

static void more_answers_than_expected_stay_in_the_last_column(void **state)
{
    struct hone_demo_meter meter = {.n_expected = 10};
    struct hone_buf chart;
    (void)state;
    hone_buf_init(&chart, 1024);
    add(&meter, 50, true);
    hone_demo_meter_chart(&meter, &chart);
    assert_int_equal(3 * 11,
                     chart.len); /* ten columns that ten answers reach, and the last */
    hone_buf_finish(&chart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_nothing_before_the_first_answer),
        cmocka_unit_test(window_forgets_what_is_older),
        cmocka_unit_test(chart_rises_with_the_share_of_right_answers),
        cmocka_unit_test(more_answers_than_expected_stay_in_the_last_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
