/* What store/store.h promises of tasks, run over each engine. */
#include "tests/unit/store/contract_support.h"

#define TTL_MS 60000

static struct hone_store_task make_task(struct world *world, const char *principal)
{
    world->now_ms += 1;
    return (struct hone_store_task){
        .id = hone_uuid_next(&world->ids, world->now_ms),
        .principal = hone_span_text(principal),
        .message = hone_span_text("at work"),
        .created_unix_ms = world->now_ms,
        .updated_unix_ms = world->now_ms,
        .expires_unix_ms = world->now_ms + TTL_MS,
    };
}

static struct hone_store_task add_task(struct world *world, const char *principal)
{
    struct hone_store_task task = make_task(world, principal);
    world_begin(world);
    world_ok(world, hone_store_add_task(world->store, &task, &world->err));
    world_commit(world);
    return task;
}

static int end_task(struct world *world, struct hone_store_task *task,
                    enum hone_store_task_status status, const char *body)
{
    world->now_ms += 1;
    task->status = status;
    task->message = hone_span_text("done");
    task->body = hone_span_text(body);
    task->updated_unix_ms = world->now_ms;
    world_begin(world);
    int rc = hone_store_end_task(world->store, task, &world->err);
    world_commit(world);
    return rc;
}

static struct hone_store_task read_task(struct world *world, struct hone_uuid id)
{
    struct hone_store_task task;
    world_ok(world,
             hone_store_read_task(world->store, id, &world->arena, &task, &world->err));
    return task;
}

static size_t count_after(struct world *world, int64_t after_unix_ms)
{
    struct hone_store_task *tasks = NULL;
    size_t n_tasks = 0;
    world_ok(world, hone_store_list_tasks(world->store, after_unix_ms, 100, &world->arena,
                                          &tasks, &n_tasks, &world->err));
    return n_tasks;
}

static void reopen(struct world *world)
{
    world_close(world);
    world_open(world);
}

static void keeps_a_task_through_a_restart(void **state)
{
    struct world *world = *state;
    struct hone_store_task task = add_task(world, "ann");
    reopen(world);
    struct hone_store_task found = read_task(world, task.id);
    assert_int_equal(0, hone_uuid_compare(task.id, found.id));
    assert_int_equal(HONE_STORE_TASK_WORKING, found.status);
    assert_true(hone_span_is(found.principal, "ann"));
    assert_true(hone_span_is(found.message, "at work"));
    assert_int_equal(0, found.body.len);
    assert_true(found.created_unix_ms == task.created_unix_ms);
    assert_true(found.expires_unix_ms == task.expires_unix_ms);
}

static void refuses_an_id_that_is_there(void **state)
{
    struct world *world = *state;
    struct hone_store_task task = add_task(world, "ann");
    struct hone_store_task other = make_task(world, "bob");
    other.id = task.id;
    world_begin(world);
    assert_int_equal(HONE_E_EXISTS,
                     hone_store_add_task(world->store, &other, &world->err));
    world_commit(world);
    assert_true(hone_span_is(read_task(world, task.id).principal, "ann"));
}

static void ends_a_task_once_with_its_body(void **state)
{
    static const struct {
        enum hone_store_task_status status;
        const char *body;
    } ends[] = {
        {HONE_STORE_TASK_COMPLETED, "{\"content\":[]}"},
        {HONE_STORE_TASK_FAILED, "{\"code\":-32603}"},
        {HONE_STORE_TASK_CANCELLED, ""},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct hone_store_task task = add_task(world, "ann");
        world_ok(world, end_task(world, &task, ends[i].status, ends[i].body));
        struct hone_store_task late = task;
        assert_int_equal(HONE_E_STALE,
                         end_task(world, &late, HONE_STORE_TASK_FAILED, "{}"));
        reopen(world);
        struct hone_store_task found = read_task(world, task.id);
        assert_int_equal(ends[i].status, found.status);
        assert_true(hone_span_is(found.body, ends[i].body));
        assert_true(hone_span_is(found.message, "done"));
        assert_true(found.updated_unix_ms == task.updated_unix_ms);
        assert_true(found.created_unix_ms == task.created_unix_ms);
    }
}

static void knows_nothing_of_a_task_that_was_never_added(void **state)
{
    struct world *world = *state;
    struct hone_store_task task = make_task(world, "ann");
    assert_int_equal(HONE_E_NOT_FOUND,
                     end_task(world, &task, HONE_STORE_TASK_COMPLETED, "{}"));
    assert_int_equal(
        HONE_E_NOT_FOUND,
        hone_store_read_task(world->store, task.id, &world->arena, &task, &world->err));
}

static void ends_all_that_are_at_work_and_no_others(void **state)
{
    struct world *world = *state;
    struct hone_store_task done = add_task(world, "ann");
    struct hone_store_task first = add_task(world, "ann");
    struct hone_store_task second = add_task(world, "bob");
    struct hone_store_task end = {
        .status = HONE_STORE_TASK_FAILED,
        .message = hone_span_text("restarted"),
        .body = hone_span_text("{\"code\":1}"),
        .updated_unix_ms = world->now_ms + 10,
    };
    world_ok(world, end_task(world, &done, HONE_STORE_TASK_COMPLETED, "{}"));
    world_begin(world);
    world_ok(world, hone_store_end_open_tasks(world->store, &end, &world->err));
    world_commit(world);
    assert_int_equal(HONE_STORE_TASK_COMPLETED, read_task(world, done.id).status);
    assert_true(hone_span_is(read_task(world, done.id).message, "done"));
    assert_int_equal(HONE_STORE_TASK_FAILED, read_task(world, first.id).status);
    assert_true(hone_span_is(read_task(world, second.id).message, "restarted"));
    assert_true(hone_span_is(read_task(world, second.id).body, "{\"code\":1}"));
    assert_true(hone_span_is(read_task(world, second.id).principal, "bob"));
}

static void lists_in_the_order_of_expiry_without_bodies(void **state)
{
    struct world *world = *state;
    struct hone_store_task late = make_task(world, "ann");
    struct hone_store_task *tasks = NULL;
    size_t n_tasks = 0;
    late.expires_unix_ms += TTL_MS;
    world_begin(world);
    world_ok(world, hone_store_add_task(world->store, &late, &world->err));
    world_commit(world);
    struct hone_store_task soon = add_task(world, "bob");
    world_ok(world, end_task(world, &soon, HONE_STORE_TASK_COMPLETED, "{}"));
    world_ok(world, hone_store_list_tasks(world->store, 0, 100, &world->arena, &tasks,
                                          &n_tasks, &world->err));
    assert_int_equal(2, n_tasks);
    assert_int_equal(0, hone_uuid_compare(soon.id, tasks[0].id));
    assert_int_equal(HONE_STORE_TASK_COMPLETED, tasks[0].status);
    assert_int_equal(0, tasks[0].body.len);
    assert_true(hone_span_is(tasks[1].principal, "ann"));
    assert_int_equal(1, count_after(world, soon.expires_unix_ms));
    world_ok(world, hone_store_list_tasks(world->store, 0, 1, &world->arena, &tasks,
                                          &n_tasks, &world->err));
    assert_int_equal(1, n_tasks);
}

static void removes_only_what_has_expired_the_oldest_first(void **state)
{
    struct world *world = *state;
    struct hone_store_task tasks[3];
    for (size_t i = 0; i < 3; i++) {
        tasks[i] = add_task(world, "ann");
    }
    world_begin(world);
    world_ok(world, hone_store_remove_tasks(world->store, tasks[1].expires_unix_ms, 1,
                                            &world->err));
    world_commit(world);
    assert_int_equal(2, count_after(world, 0));
    assert_int_equal(1, count_after(world, tasks[1].expires_unix_ms));
    world_begin(world);
    world_ok(world, hone_store_remove_tasks(world->store, tasks[1].expires_unix_ms, 100,
                                            &world->err));
    world_commit(world);
    assert_int_equal(1, count_after(world, 0));
    assert_int_equal(0, hone_uuid_compare(tasks[2].id, read_task(world, tasks[2].id).id));
}

static void a_rolled_back_end_leaves_the_task_at_work(void **state)
{
    struct world *world = *state;
    struct hone_store_task task = add_task(world, "ann");
    task.status = HONE_STORE_TASK_COMPLETED;
    world_begin(world);
    world_ok(world, hone_store_end_task(world->store, &task, &world->err));
    hone_store_rollback(world->store);
    assert_int_equal(HONE_STORE_TASK_WORKING, read_task(world, task.id).status);
}

static void a_small_arena_is_refused(void **state)
{
    struct world *world = *state;
    struct hone_store_task task = add_task(world, "ann");
    struct hone_store_task *tasks = NULL;
    size_t n_tasks = 7;
    struct hone_arena small;
    hone_arena_init(&small, 8);
    assert_int_equal(HONE_E_LIMIT, hone_store_read_task(world->store, task.id, &small,
                                                        &task, &world->err));
    assert_int_equal(HONE_E_LIMIT, hone_store_list_tasks(world->store, 0, 100, &small,
                                                         &tasks, &n_tasks, &world->err));
    assert_int_equal(7, n_tasks);
    hone_arena_finish(&small);
}

static const struct CMUnitTest promises[] = {
    CONTRACT(keeps_a_task_through_a_restart),
    CONTRACT(refuses_an_id_that_is_there),
    CONTRACT(ends_a_task_once_with_its_body),
    CONTRACT(knows_nothing_of_a_task_that_was_never_added),
    CONTRACT(ends_all_that_are_at_work_and_no_others),
    CONTRACT(lists_in_the_order_of_expiry_without_bodies),
    CONTRACT(removes_only_what_has_expired_the_oldest_first),
    CONTRACT(a_rolled_back_end_leaves_the_task_at_work),
    CONTRACT(a_small_arena_is_refused),
};

int main(void)
{
    return contract_run(promises, sizeof(promises) / sizeof(promises[0]));
}
