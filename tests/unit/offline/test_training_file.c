#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "offline/training_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_ROWS 3000

struct world {
    char *folder, *path;
    struct hone_training_file *file;
    uint64_t bad_lines[16];
    size_t n_bad;
    struct hone_error err;
};

static int set_up(void **state)
{
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    world->folder = support_make_folder();
    world->path = hone_alloc_format("%s/rows.jsonl", world->folder);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    hone_training_file_close(world->file);
    support_remove_folder(world->folder);
    free(world->folder);
    free(world->path);
    free(world);
    return 0;
}

static int on_bad(void *user, uint64_t line, const struct hone_error *err)
{
    struct world *world = user;
    assert_true(err->message[0] != '\0' && world->n_bad < 16);
    world->bad_lines[world->n_bad++] = line;
    return 0;
}

static void open_file(struct world *world, double held_out)
{
    struct hone_training_file_settings settings = {.skill = hone_span_text("weather"),
                                                   .held_out = held_out};
    hone_training_file_close(world->file);
    world->file = NULL;
    support_ok(hone_training_file_open(&world->file, world->path, &settings, on_bad,
                                       world, &world->err),
               &world->err);
}

static void write_rows(struct world *world, size_t n, const char *form)
{
    struct hone_buf text;
    hone_buf_init(&text, 1 << 24);
    for (size_t i = 0; i < n; i++) {
        (void)hone_buf_append_format(&text, "{\"text\":\"row %zu\",\"label\":\"a\"%s}\n",
                                     i, form);
    }
    (void)hone_buf_append(&text, "", 1);
    support_write_file(world->folder, "rows.jsonl", text.data);
    hone_buf_finish(&text);
}

/* All batches joined, with a mark between them. */
static json_t *read_all(struct world *world)
{
    uint64_t lines[HONE_TRAINING_FILE_BATCH_ROWS];
    json_t *all = json_array(), *rows = NULL;
    int more = 0;
    while ((more = hone_training_file_next(world->file, &rows, lines, &world->err)) ==
           1) {
        size_t i = 0;
        json_t *row = NULL;
        assert_true(json_array_size(rows) <= HONE_TRAINING_FILE_BATCH_ROWS);
        json_array_foreach(rows, i, row)
        {
            (void)json_object_set_new(row, "line", json_integer((json_int_t)lines[i]));
            (void)json_array_append(all, row);
        }
        (void)json_array_append_new(all, json_null());
        json_decref(rows);
    }
    support_ok(more, &world->err);
    return all;
}

static void taught_rows_come_first_then_those_held_out(void **state)
{
    struct world *world = *state;
    write_rows(world, N_ROWS, "");
    open_file(world, -1.0);
    struct hone_training_file_counts counts = hone_training_file_counts(world->file);
    assert_int_equal(counts.n_rows, N_ROWS);
    assert_int_equal(counts.n_taught + counts.n_held_out, N_ROWS);
    assert_in_range(counts.n_held_out, N_ROWS / 10 - 60, N_ROWS / 10 + 60);
    json_t *all = read_all(world);
    json_int_t last = 0;
    bool in_held_out = false;
    uint64_t n_taught = 0;
    size_t i = 0;
    json_t *row = NULL;
    json_array_foreach(all, i, row)
    {
        bool is_barred = json_is_true(json_object_get(row, "barred"));
        json_int_t line = json_integer_value(json_object_get(row, "line"));
        if (json_is_null(row)) {
            continue;
        }
        if (!is_barred && !in_held_out) {
            in_held_out = true;
            last = 0;
        }
        assert_int_equal(is_barred, !in_held_out);
        assert_true(line > last);
        last = line;
        n_taught += in_held_out ? 0 : 1;
    }
    assert_int_equal(n_taught, counts.n_taught);
    json_decref(all);
}

static void the_same_file_gives_the_same_batches(void **state)
{
    struct world *world = *state;
    write_rows(world, N_ROWS, "");
    open_file(world, 0.3);
    json_t *first = read_all(world);
    open_file(world, 0.3);
    json_t *second = read_all(world);
    assert_true(json_equal(first, second));
    json_decref(first);
    json_decref(second);
}

static void an_episode_is_on_one_side(void **state)
{
    struct world *world = *state;
    write_rows(world, 100, ",\"episode\":\"e\"");
    open_file(world, 0.5);
    struct hone_training_file_counts counts = hone_training_file_counts(world->file);
    assert_true(counts.n_taught == 100 || counts.n_held_out == 100);
}

static void the_bounds_of_the_share_are_exact(void **state)
{
    struct world *world = *state;
    write_rows(world, 200, "");
    open_file(world, 0.0);
    assert_int_equal(hone_training_file_counts(world->file).n_held_out, 0);
    open_file(world, 1.0);
    assert_int_equal(hone_training_file_counts(world->file).n_held_out, 200);
}

static void repeated_texts_are_no_evidence_and_rows_have_keys_of_their_own(void **state)
{
    struct world *world = *state;
    support_write_file(world->folder, "rows.jsonl",
                       "{\"text\":\"Same\",\"label\":\"a\"}\n"
                       "{\"text\":\"same\",\"label\":\"a\"}\n"
                       "{\"text\":\"same\",\"label\":\"a\"}\n"
                       "{\"text\":\"other\",\"label\":\"a\"}\n");
    open_file(world, 1.0);
    assert_int_equal(hone_training_file_counts(world->file).n_repeated, 2);
    json_t *all = read_all(world);
    for (size_t i = 0; i < 4; i++) {
        const json_t *row = json_array_get(all, i);
        assert_int_equal(json_is_true(json_object_get(row, "barred")), i == 1 || i == 2);
        for (size_t j = 0; j < i; j++) {
            assert_false(
                json_equal(json_object_get(row, "idempotency_key"),
                           json_object_get(json_array_get(all, j), "idempotency_key")));
        }
    }
    json_decref(all);
}

static void lines_that_are_no_rows_are_told(void **state)
{
    struct world *world = *state;
    support_write_file(world->folder, "rows.jsonl",
                       "\xef\xbb\xbf{\"text\":\"a\",\"label\":\"x\"}\r\n"
                       "\r\n"
                       "nonsense\n"
                       "{\"text\":\"b\",\"label\":\"x\"}\n"
                       "{\"text\":\"c\",\"lab");
    open_file(world, 0.0);
    struct hone_training_file_counts counts = hone_training_file_counts(world->file);
    assert_int_equal(counts.n_rows, 2);
    assert_int_equal(counts.n_bad, 2);
    assert_int_equal(world->bad_lines[0], 3);
    assert_int_equal(world->bad_lines[1], 5);
}

/* As an editor does that does not make a new file. */
static void rewrite_in_place(const char *path)
{
    FILE *file = fopen(path, "r+e");
    assert_non_null(file);
    for (int i = 0; i < N_ROWS; i++) {
        (void)fprintf(file, "{\"text\":\"new %d\",\"label\":\"b\"}\n", i);
    }
    assert_int_equal(fclose(file), 0);
}

static void a_file_that_changes_meanwhile_is_refused(void **state)
{
    struct world *world = *state;
    uint64_t lines[HONE_TRAINING_FILE_BATCH_ROWS];
    json_t *rows = NULL;
    write_rows(world, N_ROWS, "");
    open_file(world, 0.0);
    rewrite_in_place(world->path);
    assert_int_equal(hone_training_file_next(world->file, &rows, lines, &world->err),
                     HONE_E_STALE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(taught_rows_come_first_then_those_held_out,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_file_gives_the_same_batches, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_episode_is_on_one_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_bounds_of_the_share_are_exact, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            repeated_texts_are_no_evidence_and_rows_have_keys_of_their_own, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(lines_that_are_no_rows_are_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_changes_meanwhile_is_refused, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
