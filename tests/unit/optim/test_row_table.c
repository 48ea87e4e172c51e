#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "optim/row_table.h"

#include <stdlib.h>
#include <string.h>

#define DIM_BITS    10
#define N_IDS       (1U << DIM_BITS)
#define CAPACITY    16
#define N_SNAPSHOTS 12
#define LOG_ALPHA   (-4.0F)

/* The plain model: each row is one number, 0 for no row. */
struct model {
    float values[N_IDS];
    float counted[N_IDS]; /* what counts were last set to, negative; 0 for no counts */
};

struct held {
    struct hone_row_table_snapshot *snapshot;
    struct model model;
};

static void check_equal(struct hone_row_index index, const struct model *model)
{
    for (uint32_t id = 0; id < N_IDS; id++) {
        const struct hone_row *row = hone_row_index_find(index, id);
        if (model->values[id] == 0.0F) {
            assert_null(row);
            continue;
        }
        assert_non_null(row);
        assert_true(row->values[0] == model->values[id]);
        /* Even values have counts, odd ones may have those of before. */
        if ((unsigned)model->values[id] % 2 == 0) {
            assert_true(hone_row_counts(row, CAPACITY)[3] == -model->values[id]);
        } else {
            assert_true(hone_row_counts(row, CAPACITY)[3] == -model->counted[id]);
        }
        assert_true(hone_row_logs(row)[1] == LOG_ALPHA);
    }
}

static void edit(struct hone_row_table *table, struct model *model, uint32_t id,
                 float value)
{
    struct hone_row *row = hone_row_table_edit(table, id);
    row->values[0] = value;
    model->values[id] = value;
    if ((unsigned)value % 2 == 0) {
        hone_row_table_edit_counts(table, &row, 1);
        row->counts->values[CAPACITY + 3] = -value;
        model->counted[id] = value;
    }
}

static void random_operations_agree_with_plain_arrays(void **state)
{
    (void)state;
    struct hone_row_table *table = hone_row_table_create(DIM_BITS, CAPACITY, LOG_ALPHA);
    struct model *now = hone_alloc_zeroed(1, sizeof(*now));
    struct held *held = hone_alloc_zeroed(N_SNAPSHOTS, sizeof(*held));
    struct hone_rng rng = hone_rng_at(7, 1);
    for (unsigned turn = 0; turn < 3000; turn++) {
        for (uint64_t n = hone_rng_below(&rng, 12); n > 0; n--) {
            edit(table, now, (uint32_t)hone_rng_below(&rng, N_IDS), (float)(turn + 1));
        }
        struct held *slot = &held[hone_rng_below(&rng, N_SNAPSHOTS)];
        uint64_t action = hone_rng_below(&rng, 10);
        if (slot->snapshot != NULL && action < 2) {
            hone_row_table_restore(table, slot->snapshot);
            *now = slot->model;
        } else if (slot->snapshot != NULL && action < 7) {
            check_equal(hone_row_table_snapshot_index(slot->snapshot), &slot->model);
            hone_row_table_snapshot_unref(slot->snapshot);
            slot->snapshot = NULL;
        } else if (slot->snapshot == NULL) {
            slot->snapshot = hone_row_table_freeze(table);
            slot->model = *now;
        }
        if (turn % 50 == 0) {
            check_equal(hone_row_table_index(table), now);
        }
    }
    struct hone_row_table_stats stats;
    for (size_t i = 0; i < N_SNAPSHOTS; i++) {
        if (held[i].snapshot != NULL) {
            check_equal(hone_row_table_snapshot_index(held[i].snapshot), &held[i].model);
            hone_row_table_snapshot_unref(held[i].snapshot);
        }
    }
    hone_row_table_stats(table, &stats);
    assert_int_equal(stats.n_snapshots, 0);
    assert_int_equal(stats.n_retired, 0);
    check_equal(hone_row_table_index(table), now);
    hone_row_table_destroy(table);
    free(held);
    free(now);
}

static void memory_is_flat_once_old_snapshots_die(void **state)
{
    (void)state;
    struct hone_row_table *table = hone_row_table_create(DIM_BITS, CAPACITY, LOG_ALPHA);
    struct hone_row_table_snapshot *served = hone_row_table_freeze(table);
    struct hone_row_table_stats stats;
    uint64_t settled_bytes = 0;
    for (unsigned turn = 0; turn < 2000; turn++) {
        for (uint32_t id = 0; id < N_IDS; id += 7) {
            struct hone_row *row = hone_row_table_edit(table, id);
            row->values[0] = (float)turn;
            if (turn % 3 == 0) {
                hone_row_table_edit_counts(table, &row, 1);
                row->counts->values[0] = (float)turn;
            }
        }
        struct hone_row_table_snapshot *next = hone_row_table_freeze(table);
        hone_row_table_snapshot_unref(served);
        served = next;
        if (turn == 20) {
            hone_row_table_stats(table, &stats);
            settled_bytes = stats.bytes;
        }
    }
    hone_row_table_stats(table, &stats);
    assert_int_equal(stats.bytes, settled_bytes);
    assert_int_equal(stats.n_retired, 0);
    hone_row_table_snapshot_unref(served);
    hone_row_table_destroy(table);
}

static void a_snapshot_outlives_the_table(void **state)
{
    (void)state;
    struct hone_row_table *table = hone_row_table_create(DIM_BITS, CAPACITY, LOG_ALPHA);
    struct model model = {0};
    edit(table, &model, 5, 1.0F);
    struct hone_row_table_snapshot *first = hone_row_table_freeze(table);
    struct model first_model = model;
    edit(table, &model, 5, 2.0F);
    edit(table, &model, 900, 2.0F);
    struct hone_row_table_snapshot *second = hone_row_table_freeze(table);
    edit(table, &model, 5, 3.0F);
    hone_row_table_destroy(table);
    check_equal(hone_row_table_snapshot_index(first), &first_model);
    hone_row_table_snapshot_unref(first);
    model.values[5] = 2.0F;
    check_equal(hone_row_table_snapshot_index(second), &model);
    hone_row_table_snapshot_unref(second);
}

static void widening_keeps_what_is_there(void **state)
{
    (void)state;
    struct hone_row_table *table = hone_row_table_create(DIM_BITS, 16, LOG_ALPHA);
    struct hone_row *row = hone_row_table_edit(table, 77);
    row->g = 2.0F;
    row->df = 9;
    row->values[15] = 1.0F;
    (void)hone_row_table_edit(table, 78);
    hone_row_table_edit_counts(table, &row, 1);
    row->counts->values[15] = 2.0F;
    row->counts->values[16 + 15] = 3.0F;
    struct hone_row_table *wide = hone_row_table_create_from(hone_row_table_index(table),
                                                             DIM_BITS, 32, 16, LOG_ALPHA);
    hone_row_table_destroy(table);
    const struct hone_row *copy = hone_row_index_find(hone_row_table_index(wide), 77);
    assert_true(copy->g == 2.0F && copy->df == 9);
    assert_true(copy->values[15] == 1.0F && copy->values[16] == 0.0F);
    const float *logs = hone_row_logs(copy), *counts = hone_row_counts(copy, 32);
    assert_true(logs[15] == 2.0F && logs[16] == LOG_ALPHA);
    assert_true(counts[15] == 3.0F && counts[16] == 0.0F);
    const struct hone_row *bare = hone_row_index_find(hone_row_table_index(wide), 78);
    assert_false(hone_row_has_counts(bare));
    assert_true(hone_row_logs(bare)[31] == LOG_ALPHA);
    assert_true(hone_row_counts(bare, 32)[31] == 0.0F);
    struct hone_row_table_stats stats;
    hone_row_table_stats(wide, &stats);
    assert_int_equal(stats.n_rows, 2);
    hone_row_table_destroy(wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_plain_arrays),
        cmocka_unit_test(memory_is_flat_once_old_snapshots_die),
        cmocka_unit_test(a_snapshot_outlives_the_table),
        cmocka_unit_test(widening_keeps_what_is_there),
    };
    return cmocka_run_group_tests_name("row_table", tests, NULL, NULL);
}
