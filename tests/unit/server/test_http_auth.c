/* The file of tokens changes while a server runs. */
#include "tests/unit/server/app_world.h"

#include "server/app_internal.h"
#include "server/http_auth.h"
#include "server/tokens.h"

#include <string.h>

struct setting {
    struct world *world;
    struct hone_app *app;
    char *path;
};

/* Behind the look at the file in its lane. */
struct follower {
    struct hone_job job;
    bool done;
};

static int set_up(void **state)
{
    struct setting *setting = hone_alloc_zeroed(1, sizeof(*setting));
    char *skills = support_source_path("tests/data/skills/guide");
    setting->world = make_world(skills);
    free(skills);
    open_app(setting->world);
    setting->app = setting->world->app;
    setting->path = hone_tokens_path(&setting->world->config);
    struct hone_error *err = &setting->world->err;
    support_ok(hone_http_auth_create(&setting->app->http_auth, setting->app, err), err);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;
    destroy_world(setting->world);
    free(setting->path);
    free(setting);
    return 0;
}

static void run_nothing(struct hone_job *job)
{
    (void)job;
}

static void on_done(struct hone_job *job)
{
    HONE_LIST_OWNER(job, struct follower, job)->done = true;
}

static void look(struct setting *setting)
{
    struct follower follower = {.job = {.run = run_nothing, .done = on_done}};
    hone_http_auth_refresh(setting->app->http_auth);
    assert_int_equal(hone_worker_submit(setting->app->worker, HONE_LANE_CALL,
                                        HONE_PRIORITY_IDLE, &follower.job),
                     0);
    hone_loop_run_until(&setting->app->loop, &follower.done);
}

/* The roles that a token has now, 0 when it is not let in. */
static unsigned roles_of(struct setting *setting, const char *token)
{
    struct hone_principal principal = {.roles = 0};
    char *header = hone_alloc_format("%s%s", token[0] != '\0' ? "Bearer " : "", token);
    int status =
        hone_http_auth_check(setting->app->http_auth, hone_span_text(header), &principal);
    free(header);
    return status == 0 ? principal.roles : 0;
}

static void follows_the_file(void **state)
{
    struct setting *setting = *state;
    struct hone_error *err = &setting->world->err;
    char token[HONE_TOKENS_TEXT_LEN + 1];
    assert_int_equal(roles_of(setting, ""), HONE_ROLES_CLIENT);
    support_ok(hone_tokens_add(setting->path, "ci", HONE_ROLE_CALL, token, err), err);
    look(setting);
    assert_int_equal(roles_of(setting, ""), 0); /* from now on one is asked for */
    assert_int_equal(roles_of(setting, token), HONE_ROLE_CALL);
    support_ok(hone_tokens_revoke(setting->path, "ci", err), err);
    look(setting);
    assert_int_equal(roles_of(setting, token), 0);
    assert_int_equal(roles_of(setting, ""), 0);
}

static void a_bad_file_leaves_the_tokens_in_force_and_a_missing_one_none(void **state)
{
    struct setting *setting = *state;
    struct hone_error *err = &setting->world->err;
    char token[HONE_TOKENS_TEXT_LEN + 1];
    support_ok(hone_tokens_add(setting->path, "ci", HONE_ROLE_CALL, token, err), err);
    look(setting);
    support_ok(
        hone_file_write(setting->path, hone_span_text("format 1\nnonsense\n"), 0600, err),
        err);
    look(setting);
    assert_int_equal(roles_of(setting, token), HONE_ROLE_CALL);
    assert_int_equal(unlink(setting->path), 0);
    look(setting);
    assert_int_equal(roles_of(setting, token), 0);
    assert_int_equal(roles_of(setting, ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_bad_file_leaves_the_tokens_in_force_and_a_missing_one_none, set_up,
            tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
