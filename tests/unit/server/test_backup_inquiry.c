/* A server is backed up while it serves and learns; what is restored answers and learns on
 * as the server did when its database had been copied. */
#include "tests/unit/server/app_world.h"

#include "store/restore.h"

#define N_TAUGHT 45 /* min_pairs of weather is 20: there are verdicts */
#define N_MORE   8  /* not enough for another, which may come at any position */

static int set_up(void **state)
{
    char *skills = support_source_path("tests/data/skills");
    struct world *world = make_world(skills);
    free(skills);
    open_app(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    destroy_world(*state);
    return 0;
}

static void teach_reports(struct world *world, int from, int to)
{
    static const char *const texts[] = {"mild haze", "icy wind", "heavy drops"};
    static const char *const labels[] = {"sun", "snow", "rain"};
    for (int i = from; i < to; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%s, report %d", texts[i % 3], i);
        json_decref(teach(world, text, labels[i % 3]));
    }
}

static void back_up(struct world *world, const char *folder)
{
    json_t *report = request(world, "hone/backup", json_pack("{s:s}", "folder", folder));
    assert_string_equal(folder, text_of(report, "folder"));
    assert_true(integer_of(report, "files") >= 2);
    json_decref(report);
}

static void restore(struct world *world, const char *folder, const char *data)
{
    struct hone_restore restore = {.backup = folder, .data = data};
    json_t *report = NULL;
    support_ok(hone_restore_run(&restore, &report, &world->err), &world->err);
    json_decref(report);
}

/* What must be equal: the skill's status but for what only this process knows, its
 * versions, and the digest of all that it has learnt. A new reference. */
static json_t *describe(struct world *world)
{
    static const char *const own[] = {"residence",    "calibration", "details",
                                      "memory_bytes", "evidence",    NULL};
    json_t *params = json_pack("{s:s}", "skill", "weather");
    json_t *state = request(world, "hone/state", json_incref(params));
    json_t *versions = request(world, "hone/versions", json_incref(params));
    json_t *status = request(world, "hone/status", params);
    json_t *skill = json_array_get(json_object_get(status, "skills"), 0);
    for (size_t i = 0; own[i] != NULL; i++) {
        (void)json_object_del(skill, own[i]);
    }
    if (json_is_true(json_object_get(state, "temporary"))) {
        assert_int_equal(0, unlink(text_of(state, "path")));
    }
    json_t *out = json_pack("{s:O,s:o,s:O}", "digest", json_object_get(state, "digest"),
                            "versions", versions, "skill", skill);
    json_decref(state);
    json_decref(status);
    return out;
}

static void open_other(struct world *world, const char *data)
{
    close_app(world);
    set_option(world, "data", data);
    open_app(world);
    support_ok(hone_app_settle(world->app, 60000, &world->err), &world->err);
}

static void assert_same(const json_t *wanted, const json_t *got)
{
    if (!json_equal(wanted, got)) {
        char *left = json_dumps(wanted, JSON_SORT_KEYS);
        char *right = json_dumps(got, JSON_SORT_KEYS);
        print_error("wanted %s\ngot    %s\n", left, right);
        free(left);
        free(right);
        fail();
    }
}

static void what_is_restored_serves_and_learns_on_as_the_server_did(void **state)
{
    struct world *world = *state;
    char *folder = hone_alloc_format("%s/backup", world->folder);
    char *data = hone_alloc_format("%s/restored", world->folder);
    teach_reports(world, 0, N_TAUGHT);
    support_ok(hone_app_settle(world->app, 60000, &world->err), &world->err);
    back_up(world, folder);
    json_t *before = describe(world);
    teach_reports(world, N_TAUGHT, N_TAUGHT + N_MORE);
    json_t *later = request(world, "hone/state", json_pack("{s:s}", "skill", "weather"));
    restore(world, folder, data);
    open_other(world, data);
    json_t *after = describe(world);
    assert_same(before, after);
    teach_reports(world, N_TAUGHT, N_TAUGHT + N_MORE);
    json_t *learnt = request(world, "hone/state", json_pack("{s:s}", "skill", "weather"));
    assert_string_equal(text_of(later, "digest"), text_of(learnt, "digest"));
    json_decref(learnt);
    json_decref(later);
    json_decref(before);
    json_decref(after);
    free(folder);
    free(data);
}

static void assert_refused(struct world *world, json_t *params, int code)
{
    json_t *failed = NULL;
    struct hone_error err = {0};
    assert_int_not_equal(
        0, hone_app_request(world->app, "hone/backup", params, &failed, &err));
    const json_t *reason = json_object_get(failed, "data");
    assert_string_equal(hone_error_name(code), text_of(reason, "code"));
    json_decref(params);
    json_decref(failed);
}

static void a_folder_must_be_absolute_and_empty(void **state)
{
    struct world *world = *state;
    assert_refused(world, json_object(), HONE_E_INVALID);
    assert_refused(world, json_pack("{s:s}", "folder", "backup"), HONE_E_INVALID);
    assert_refused(world, json_pack("{s:s}", "folder", world->folder), HONE_E_EXISTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_is_restored_serves_and_learns_on_as_the_server_did, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_must_be_absolute_and_empty, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
