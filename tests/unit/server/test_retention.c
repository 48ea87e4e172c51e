/* A server drops old calls by itself, and what it has learnt can be learnt again from what
 * is left, from the first version on and to the same bytes. */
#include "tests/unit/server/app_world.h"

#include "base/buf.h"
#include "base/clock.h"
#include "server/app_internal.h"
#include "server/retention.h"
#include "store/store.h"

#include <sys/stat.h>

#define SETTLE_MS   60000
#define N_TAUGHT    45 /* min_pairs of weather is 20: there are verdicts */
#define N_UNTAUGHT  60
#define N_OLD       2500
#define REQUESTS    5000
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define DAY_MS      INT64_C(86400000)

static int set_up(void **state)
{
    char *skills = support_source_path("tests/data/skills");
    *state = make_world(skills);
    free(skills);
    return 0;
}

static int tear_down(void **state)
{
    destroy_world(*state);
    return 0;
}

static struct hone_store *open_store(struct world *world)
{
    struct hone_store *store = NULL;
    support_ok(
        hone_store_open(&store, world->config.data, hone_clock_unix_ms(), &world->err),
        &world->err);
    return store;
}

/* ---- learning again ---- */

static char *digest_of_state(struct world *world)
{
    json_t *state = request(world, "hone/state", json_pack("{s:s}", "skill", "weather"));
    if (json_is_true(json_object_get(state, "temporary"))) {
        assert_int_equal(0, unlink(text_of(state, "path")));
    }
    char *digest = hone_alloc_text(text_of(state, "digest"));
    json_decref(state);
    return digest;
}

static void teach_reports(struct world *world)
{
    static const char *const texts[] = {"mild haze", "icy wind", "heavy drops"};
    static const char *const labels[] = {"sun", "snow", "rain"};
    for (int i = 0; i < N_TAUGHT + N_UNTAUGHT; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%s, report %d", texts[i % 3], i);
        json_decref(i < N_TAUGHT ? teach(world, text, labels[i % 3])
                                 : ask_weather(world, text));
    }
    support_ok(hone_app_settle(world->app, SETTLE_MS, &world->err), &world->err);
}

/* Each version's tensors but those of the first are gone, and the checkpoint's. */
static void keep_first_version_only(struct world *world, struct hone_store *store,
                                    int64_t skill_id)
{
    struct hone_arena arena;
    struct hone_store_version *versions = NULL;
    struct hone_store_checkpoint checkpoint;
    size_t n = 0;
    hone_arena_init(&arena, ARENA_BYTES);
    support_ok(
        hone_store_list_versions(store, skill_id, &arena, &versions, &n, &world->err),
        &world->err);
    assert_true(n >= 2 && versions[0].number > 1);
    for (size_t i = 0; i < n; i++) {
        if (versions[i].number != 1) {
            char *path = hone_store_blob_path(store, versions[i].tensors);
            (void)unlink(path);
            free(path);
        }
    }
    if (hone_store_read_checkpoint(store, skill_id, &checkpoint, &world->err) == 0) {
        char *path = hone_store_blob_path(store, checkpoint.tensors);
        (void)unlink(path);
        free(path);
    }
    hone_arena_finish(&arena);
}

static int64_t weather_id(struct world *world, struct hone_store *store)
{
    struct hone_arena arena;
    struct hone_store_skill_name *names = NULL;
    size_t n = 0;
    int64_t id = 0;
    hone_arena_init(&arena, ARENA_BYTES);
    support_ok(hone_store_list_skills(store, 0, 100, &arena, &names, &n, &world->err),
               &world->err);
    for (size_t i = 0; i < n; i++) {
        id = hone_span_is(names[i].name, "weather") ? names[i].id : id;
    }
    hone_arena_finish(&arena);
    assert_true(id > 0);
    return id;
}

static void prune_everything(struct world *world, struct hone_store *store)
{
    int64_t now_ms = hone_clock_unix_ms();
    struct hone_store_prune prune = {
        .calls_before_unix_ms = now_ms + DAY_MS,
        .feedback_before_unix_ms = now_ms + DAY_MS,
        .reason = hone_span_text("everything that may go"),
        .now_unix_ms = now_ms,
    };
    do {
        support_ok(hone_store_begin(store, &world->err), &world->err);
        support_ok(hone_store_prune_calls(store, &prune, &world->err), &world->err);
        support_ok(hone_store_commit(store, &world->err), &world->err);
    } while (prune.more);
    assert_int_equal(N_UNTAUGHT, prune.n_dropped);
}

static void what_is_left_is_learnt_again_from_version_1_to_the_same_bytes(void **state)
{
    struct world *world = *state;
    open_app(world);
    teach_reports(world);
    char *before = digest_of_state(world);
    close_app(world);
    struct hone_store *store = open_store(world);
    prune_everything(world, store);
    keep_first_version_only(world, store, weather_id(world, store));
    hone_store_close(store);
    open_app(world);
    support_ok(hone_app_settle(world->app, SETTLE_MS, &world->err), &world->err);
    char *after = digest_of_state(world);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* ---- a server ---- */

static int64_t status_number(struct world *world, const char *key)
{
    json_t *status = request(world, "hone/status", NULL);
    int64_t number = integer_of(json_object_get(status, "store"), key);
    json_decref(status);
    return number;
}

/* Calls of 40 days ago. */
static void record_old_calls(struct world *world, struct hone_uuid *first)
{
    struct hone_store *store = open_store(world);
    struct hone_uuid_source ids = {0};
    struct hone_buf block;
    int64_t then_ms = hone_clock_unix_ms() - 40 * DAY_MS;
    int64_t skill_id = weather_id(world, store);
    hone_buf_init(&block, (size_t)16 * 1024 * 1024);
    for (int i = 0; i < N_OLD; i++) {
        struct hone_call_record record = {.call_id = hone_uuid_next(&ids, then_ms + i),
                                          .skill_id = skill_id,
                                          .version = 1,
                                          .time_unix_ms = then_ms + i,
                                          .outcome = HONE_CALL_OK,
                                          .source = hone_span_text("test"),
                                          .input = hone_span_text("{\"text\":\"haze\"}"),
                                          .output = hone_span_text("sun")};
        *first = i == 0 ? record.call_id : *first;
        assert_int_equal(0, hone_call_block_append(&block, &record));
    }
    support_ok(hone_store_begin(store, &world->err), &world->err);
    support_ok(hone_store_append_calls(store, hone_buf_span(&block), &world->err),
               &world->err);
    support_ok(hone_store_commit(store, &world->err), &world->err);
    hone_buf_finish(&block);
    hone_store_close(store);
}

/* The status is told without the loop's going on; this takes a way through the lane. */
static void wait_for_store(struct world *world)
{
    json_decref(request(world, "hone/versions", json_pack("{s:s}", "skill", "weather")));
}

static void assert_dropped(struct world *world, int64_t n_wanted)
{
    hone_retention_start(world->app->retention);
    for (int i = 0; status_number(world, "dropped_calls") < n_wanted; i++) {
        if (i == REQUESTS) {
            fail_msg("%lld of %lld calls were dropped",
                     (long long)status_number(world, "dropped_calls"),
                     (long long)n_wanted);
        }
        wait_for_store(world);
    }
    assert_int_equal(n_wanted, status_number(world, "dropped_calls"));
}

static void assert_refused(struct world *world, struct hone_uuid call_id)
{
    char id[HONE_UUID_TEXT_LEN + 1];
    hone_uuid_format(call_id, id);
    json_t *result = call_tool(world, "feedback",
                               json_pack("{s:s,s:s}", "call_id", id, "label", "sun"));
    const json_t *content = json_array_get(json_object_get(result, "content"), 0);
    assert_true(json_is_true(json_object_get(result, "isError")));
    assert_non_null(strstr(text_of(content, "text"), "unknown or no longer kept"));
    json_decref(result);
}

static void a_server_drops_old_calls_and_says_so(void **state)
{
    struct world *world = *state;
    struct hone_uuid first = {{0}};
    open_app(world); /* registers the skill */
    close_app(world);
    record_old_calls(world, &first);
    open_app(world);
    json_decref(teach(world, "haze", "sun"));
    assert_dropped(world, N_OLD);
    assert_refused(world, first);
    json_t *log = request(world, "hone/log", json_pack("{s:s}", "skill", "weather"));
    const json_t *newest = json_array_get(json_object_get(log, "entries"), 0);
    assert_string_equal("prune", text_of(newest, "action"));
    assert_string_equal("retention", text_of(newest, "actor"));
    assert_non_null(strstr(text_of(newest, "reason"), "their age"));
    json_decref(log);
    json_t *report = request(world, "hone/verify", NULL);
    assert_true(json_is_true(json_object_get(report, "whole")));
    assert_int_equal(1, integer_of(json_object_get(report, "calls"), "records"));
    json_decref(report);
}

static void a_database_that_is_too_large_loses_old_calls(void **state)
{
    struct world *world = *state;
    struct hone_uuid first;
    open_app(world);
    close_app(world);
    record_old_calls(world, &first);
    set_option(world, "retention_calls_days", "0");
    set_option(world, "retention_calls_bytes", "65536");
    open_app(world);
    assert_dropped(world, N_OLD);
    assert_refused(world, first);
}

/* A measurement after everything else shows that nothing more was begun. */
static void with_limits_of_0_everything_stays(void **state)
{
    struct world *world = *state;
    struct hone_uuid first;
    open_app(world);
    close_app(world);
    record_old_calls(world, &first);
    set_option(world, "retention_calls_days", "0");
    set_option(world, "retention_calls_bytes", "0");
    open_app(world);
    hone_retention_start(world->app->retention);
    for (int i = 0; i < 5; i++) {
        json_decref(teach(world, "haze", "sun"));
    }
    assert_int_equal(0, status_number(world, "dropped_calls"));
    json_t *report = request(world, "hone/verify", NULL);
    assert_int_equal(N_OLD + 5, integer_of(json_object_get(report, "calls"), "records"));
    json_decref(report);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_left_is_learnt_again_from_version_1_to_the_same_bytes),
        TEST(a_server_drops_old_calls_and_says_so),
        TEST(a_database_that_is_too_large_loses_old_calls),
        TEST(with_limits_of_0_everything_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
