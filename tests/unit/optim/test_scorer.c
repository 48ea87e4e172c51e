#include "tests/support/support.h"

#include "optim/nb_head.h"
#include "optim/scorer.h"

#include <math.h>

static void a_score_that_is_not_finite_is_refused(void **state)
{
    (void)state;
    const float bad[3] = {NAN, INFINITY, -INFINITY};
    struct hone_row_table *table = hone_row_table_create(10, 16, hone_nb_head_log(0.0F));
    struct hone_row_index index = hone_row_table_index(table);
    struct hone_encoder_field field = {.text = hone_span_text("some text")};
    struct hone_encoder_input input = {&field, 1};
    struct hone_model_state model = {0};
    struct hone_scorer scorer;
    struct hone_error err;
    hone_scorer_init(&scorer);
    hone_model_state_add_label(&model);
    hone_model_state_add_label(&model);
    for (size_t i = 0; i < 3; i++) {
        support_ok(hone_scorer_encode(&scorer, &input, index, 10, 0, &err), &err);
        model.bias[1] = bad[i];
        assert_int_equal(hone_scorer_score(&scorer, &model, &err), HONE_E_INVALID);
        model.bias[1] = 0.0F;
        model.log_totals[0] = bad[i];
        assert_int_equal(hone_scorer_score(&scorer, &model, &err), HONE_E_INVALID);
        model.log_totals[0] = model.log_totals[1];
        support_ok(hone_scorer_score(&scorer, &model, &err), &err);
        support_near((double)scorer.probabilities[0], 0.5, 1e-6);
    }
    hone_model_state_finish(&model);
    hone_scorer_finish(&scorer);
    hone_row_table_destroy(table);
}

/* Betas of 0 would make every label alike, also one that is switched off. */
static void a_disabled_label_has_no_probability_even_with_betas_of_0(void **state)
{
    (void)state;
    struct hone_row_table *table = hone_row_table_create(10, 16, hone_nb_head_log(0.0F));
    struct hone_row_index index = hone_row_table_index(table);
    struct hone_model_state model = {0};
    struct hone_scorer scorer;
    struct hone_error err;
    hone_scorer_init(&scorer);
    for (size_t i = 0; i < 3; i++) {
        hone_model_state_add_label(&model);
    }
    model.enabled[1] = 0;
    model.n_enabled = 2;
    model.stack.beta[0] = model.stack.beta[1] = 0.0F;
    support_ok(hone_scorer_encode(&scorer, &(struct hone_encoder_input){NULL, 0}, index,
                                  10, 0, &err),
               &err);
    support_ok(hone_scorer_score(&scorer, &model, &err), &err);
    assert_true(scorer.probabilities[1] == 0.0F);
    support_near((double)scorer.probabilities[0], 0.5, 1e-6);
    hone_model_state_finish(&model);
    hone_scorer_finish(&scorer);
    hone_row_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_score_that_is_not_finite_is_refused),
        cmocka_unit_test(a_disabled_label_has_no_probability_even_with_betas_of_0),
    };
    return cmocka_run_group_tests_name("scorer", tests, NULL, NULL);
}
