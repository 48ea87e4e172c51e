/* Labels that feedback offers to an open set: never more than its limit, however many come at
 * once. */
#include "tests/unit/skills/trainer_stream.h"

#include "skills/kind.h"
#include "skills/label_offers.h"
#include "skills/package_event.h"

#define N_OFFERED 20000 /* a million with HONE_LONG */
#define N_LONG    1000000
#define LABELS    16

struct fixture {
    struct hone_package *package;
    struct hone_trainer *trainer;
    struct hone_snapshot *snapshot;
    struct hone_label_offers *offers;
};

static int set_up(void **state)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->package = stream_load_package("open-topics");
    fixture->package->labels_max = LABELS;
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
    fixture->offers = hone_label_offers_create();
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    hone_label_offers_destroy(fixture->offers);
    hone_snapshot_unref(fixture->snapshot);
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    free(fixture);
    return 0;
}

static int offer(struct fixture *fixture, const char *name, struct hone_error *err)
{
    struct hone_feedback feedback = {.kind = HONE_FEEDBACK_LABEL,
                                     .value = hone_span_text(name),
                                     .weight = 1.0,
                                     .offers = fixture->offers};
    *err = (struct hone_error){0};
    return fixture->package->kind->check_feedback(
        fixture->package, fixture->snapshot->view, &feedback, err);
}

static void learn(struct fixture *fixture, const char *name)
{
    json_t *input = stream_input(0, 1);
    struct hone_event event =
        stream_label(hone_trainer_position(fixture->trainer) + 1, input, name, "");
    stream_fold(fixture->trainer, &event);
    json_decref(input);
}

static size_t n_labels(struct fixture *fixture)
{
    hone_snapshot_unref(fixture->snapshot);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
    size_t n = 0;
    char name[32];
    for (unsigned i = 0; i < 2 * LABELS; i++) {
        struct hone_error err;
        (void)snprintf(name, sizeof(name), "label %u", i);
        fixture->package->labels_open = false;
        n += offer(fixture, name, &err) == 0 ? 1 : 0;
        fixture->package->labels_open = true;
    }
    return n;
}

/* A batch is checked before the first of it is learnt. */
static void what_is_taken_together_fits_together(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err;
    char name[32];
    unsigned n_taken = 0;
    for (unsigned i = 0; i < 2 * LABELS; i++) {
        (void)snprintf(name, sizeof(name), "label %u", i);
        n_taken += offer(fixture, name, &err) == 0 ? 1 : 0;
    }
    assert_int_equal(n_taken, LABELS);
    assert_int_equal(hone_label_offers_n(fixture->offers), LABELS);
    assert_non_null(
        strstr(err.message, "no more than 16 labels are allowed (labels_max)"));
    /* The same ones again, in any spelling, take no more room. */
    assert_int_equal(offer(fixture, "LABEL 3", &err), 0);
    assert_int_equal(hone_label_offers_n(fixture->offers), LABELS);
    /* Learnt, they are labels, and no offers any more. */
    for (unsigned i = 0; i < LABELS; i++) {
        (void)snprintf(name, sizeof(name), "label %u", i);
        learn(fixture, name);
    }
    assert_int_equal(n_labels(fixture), LABELS);
    assert_int_equal(offer(fixture, "one more", &err), HONE_E_INVALID);
    assert_int_equal(hone_label_offers_n(fixture->offers), 0);
}

static void offers_that_never_came_can_be_forgotten(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err;
    fixture->package->labels_max = 1;
    assert_int_equal(offer(fixture, "never stored", &err), 0);
    assert_int_equal(offer(fixture, "other", &err), HONE_E_INVALID);
    hone_label_offers_clear(fixture->offers);
    assert_int_equal(offer(fixture, "other", &err), 0);
}

/* Any number of names, in feedback and in a log that does not know of the limit: the set stays full,
 * and nothing else grows. */
static void any_number_of_labels_leaves_a_full_set(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err;
    char name[32];
    for (unsigned i = 0; i < LABELS; i++) {
        (void)snprintf(name, sizeof(name), "label %u", i);
        assert_int_equal(offer(fixture, name, &err), 0);
        learn(fixture, name);
    }
    assert_int_equal(n_labels(fixture), LABELS);
    unsigned n = getenv("HONE_LONG") != NULL ? N_LONG : N_OFFERED;
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(name, sizeof(name), "%u", 1000000 + i);
        if (offer(fixture, name, &err) != HONE_E_INVALID) {
            fail_msg("%s was taken", name);
        }
    }
    assert_non_null(strstr(err.message, "no more than 16 labels"));
    uint64_t n_learnt = hone_trainer_progress(fixture->trainer).n_learnt;
    for (unsigned i = 0; i < 2000; i++) {
        (void)snprintf(name, sizeof(name), "%u", 1000000 + i);
        learn(fixture, name);
    }
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, n_learnt);
    assert_int_equal(n_labels(fixture), LABELS);
    assert_int_equal(offer(fixture, "Label 3", &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_taken_together_fits_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offers_that_never_came_can_be_forgotten, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(any_number_of_labels_leaves_a_full_set, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
