#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "skills/flat_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
    uint64_t n;
    uint32_t values[62];
};

#define VALUE_MAX 1000

static bool is_sound(const void *state)
{
    const struct state *self = state;
    bool sound = self->n <= 62;
    for (size_t i = 0; i < 62; i++) {
        sound = sound && self->values[i] <= VALUE_MAX;
    }
    return sound;
}

static const struct hone_flat_form form = {"test.flat", 1, sizeof(struct state),
                                           is_sound};

struct fixture {
    char *folder, *path;
    void *learner;
};

static int set_up(void **state)
{
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    fixture->path = hone_alloc_format("%s/state", fixture->folder);
    fixture->learner = hone_flat_state_create(&form);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    hone_flat_state_destroy(fixture->learner);
    support_remove_folder(fixture->folder);
    free(fixture->folder);
    free(fixture->path);
    free(fixture);
    return 0;
}

static void add(void *learner, uint32_t value)
{
    struct state *state = hone_flat_state_write(learner);
    state->values[state->n++] = value;
}

static uint64_t count_of(const void *view)
{
    const struct state *state = hone_flat_state_view(view);
    return state->n;
}

static struct hone_digest save(void *mark, const char *path, size_t slice_bytes)
{
    struct hone_error err = {0};
    struct hone_digest digest;
    uint64_t size_bytes = 0;
    void *saving = NULL;
    support_ok(
        hone_flat_state_save_create(&saving, mark, path, hone_span_text("{}"), &err),
        &err);
    int code = 1;
    while (code == 1) {
        code = hone_flat_state_save_step(saving, slice_bytes, &err);
    }
    support_ok(code, &err);
    hone_flat_state_save_result(saving, &digest, &size_bytes);
    assert_true(size_bytes > sizeof(struct state));
    hone_flat_state_save_destroy(saving);
    return digest;
}

static void views_stay_as_they_were(void **state)
{
    struct fixture *fixture = *state;
    add(fixture->learner, 7);
    void *view = hone_flat_state_freeze(fixture->learner);
    void *again = hone_flat_state_view_ref(view);
    add(fixture->learner, 8);
    assert_int_equal(count_of(view), 1);
    const struct state *now = hone_flat_state_read(fixture->learner);
    assert_int_equal(now->n, 2);
    assert_int_equal(now->values[0], 7);
    hone_flat_state_view_unref(view);
    assert_int_equal(count_of(again), 1);
    hone_flat_state_view_unref(again);
    hone_flat_state_view_unref(NULL);
}

static void views_outlive_the_learner(void **state)
{
    struct fixture *fixture = *state;
    add(fixture->learner, 7);
    void *view = hone_flat_state_freeze(fixture->learner);
    hone_flat_state_destroy(fixture->learner);
    fixture->learner = NULL;
    assert_int_equal(count_of(view), 1);
    hone_flat_state_view_unref(view);
}

static void writes_in_place_what_nobody_else_holds(void **state)
{
    struct fixture *fixture = *state;
    const void *first = hone_flat_state_write(fixture->learner);
    assert_ptr_equal(first, hone_flat_state_write(fixture->learner));
    void *view = hone_flat_state_freeze(fixture->learner);
    assert_ptr_not_equal(first, hone_flat_state_write(fixture->learner));
    hone_flat_state_view_unref(view);
}

static void goes_back_to_a_mark_any_number_of_times(void **state)
{
    struct fixture *fixture = *state;
    add(fixture->learner, 7);
    void *mark = hone_flat_state_freeze(fixture->learner);
    for (int i = 0; i < 2; i++) {
        add(fixture->learner, 8);
        hone_flat_state_restore(fixture->learner, mark);
        const struct state *now = hone_flat_state_read(fixture->learner);
        assert_int_equal(now->n, 1);
    }
    assert_ptr_equal(hone_flat_state_mark_view(mark), mark);
    hone_flat_state_view_unref(mark);
}

static void a_loaded_state_is_the_saved_one(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    void *loaded = NULL;
    char *extra = NULL;
    add(fixture->learner, 7);
    add(fixture->learner, 900);
    void *mark = hone_flat_state_freeze(fixture->learner);
    struct hone_digest in_slices = save(mark, fixture->path, 100);
    support_ok(hone_flat_state_load(&loaded, &form, fixture->path, &extra, &err), &err);
    assert_string_equal(extra, "{}");
    assert_memory_equal(hone_flat_state_read(loaded),
                        hone_flat_state_read(fixture->learner), sizeof(struct state));
    void *other = hone_flat_state_freeze(loaded);
    struct hone_digest whole = save(other, fixture->path, SIZE_MAX);
    assert_memory_equal(&in_slices, &whole, sizeof(whole));
    hone_flat_state_view_unref(other);
    hone_flat_state_view_unref(mark);
    hone_flat_state_destroy(loaded);
    free(extra);
}

static void refuse(const struct fixture *fixture, const struct hone_flat_form *other,
                   int code, const char *message)
{
    struct hone_error err = {0};
    void *loaded = NULL;
    char *extra = NULL;
    assert_int_equal(hone_flat_state_load(&loaded, other, fixture->path, &extra, &err),
                     code);
    assert_non_null(strstr(err.message, message));
    assert_null(loaded);
    assert_null(extra);
}

static void refuses_files_of_another_form(void **state)
{
    struct fixture *fixture = *state;
    struct hone_flat_form other = form;
    void *mark = hone_flat_state_freeze(fixture->learner);
    (void)save(mark, fixture->path, SIZE_MAX);
    hone_flat_state_view_unref(mark);
    other.name = "test.other";
    refuse(fixture, &other, HONE_E_CORRUPT, "does not hold a state of test.other");
    other = form;
    other.version = 2;
    refuse(fixture, &other, HONE_E_VERSION, "version 1, this build reads 2");
    other = form;
    other.n_bytes -= 8;
    refuse(fixture, &other, HONE_E_CORRUPT, "is not one of");
}

static void refuses_damaged_files(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    add(fixture->learner, VALUE_MAX + 1);
    void *mark = hone_flat_state_freeze(fixture->learner);
    (void)save(mark, fixture->path, SIZE_MAX);
    hone_flat_state_view_unref(mark);
    refuse(fixture, &form, HONE_E_CORRUPT, "cannot have been learnt");
    char *bytes = NULL;
    size_t len = 0;
    support_ok(hone_file_read(&bytes, &len, fixture->path, 1 << 20, &err), &err);
    FILE *file = fopen(fixture->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len - 1, file), len - 1);
    assert_int_equal(fclose(file), 0);
    refuse(fixture, &form, HONE_E_CORRUPT, fixture->path);
    free(bytes);
    assert_int_equal(remove(fixture->path), 0);
    refuse(fixture, &form, HONE_E_NOT_FOUND, fixture->path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(views_stay_as_they_were),
        TEST(views_outlive_the_learner),
        TEST(writes_in_place_what_nobody_else_holds),
        TEST(goes_back_to_a_mark_any_number_of_times),
        TEST(a_loaded_state_is_the_saved_one),
        TEST(refuses_files_of_another_form),
        TEST(refuses_damaged_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
