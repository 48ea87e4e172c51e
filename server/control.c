#include "server/control.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/action_request.h"
#include "server/app_internal.h"
#include "server/difference.h"
#include "server/evaluation.h"
#include "server/holds.h"
#include "server/inquiry.h"
#include "server/quarantine.h"
#include "server/state_file.h"
#include "server/status.h"
#include "server/train_rows.h"
#include "server/training.h"

#include <stdlib.h>
#include <unistd.h>

#define ARENA_BYTES (64U * 1024 * 1024)

/* The skill that params name; NULL when refused. */
static struct hone_skill *named_skill(struct hone_exchange *exchange)
{
    struct hone_registry *registry = exchange->app->registry;
    struct hone_span name = hone_jsonrpc_param_text(&exchange->message, "skill");
    struct hone_skill *skill = hone_registry_find(registry, name);
    struct hone_error err = {0};
    if (skill != NULL && skill->owner_data != NULL) {
        return skill;
    }
    if (name.len == 0) {
        (void)hone_error_set(&err, HONE_E_INVALID, "params must name a skill");
    } else {
        const char *text = hone_arena_text(&exchange->arena, hone_text_prefix(name, 128));
        const char *nearest = hone_registry_nearest(registry, text);
        (void)hone_error_set(&err, HONE_E_NOT_FOUND, "there is no skill %s", text);
        if (nearest != NULL) {
            (void)hone_error_hint(&err, "did you mean %s?", nearest);
        }
    }
    hone_inquiry_refuse(exchange, err.code, &err);
    return NULL;
}

void hone_control_status(struct hone_exchange *exchange)
{
    struct hone_skill *only = NULL;
    if (hone_jsonrpc_param(&exchange->message, "skill").len > 0) {
        only = named_skill(exchange);
        if (only == NULL) {
            return;
        }
    }
    hone_exchange_reply_take(exchange, hone_status_json(exchange->app, only));
}

/* ---- versions ---- */

struct versions_job {
    struct hone_job job;
    struct hone_exchange *exchange;
    struct hone_skill *skill;
    struct hone_arena arena;
    struct hone_store_version *versions;
    size_t n_versions;
    json_t *quarantine;
};

static void run_versions(struct hone_job *job)
{
    struct versions_job *list = (struct versions_job *)(void *)job;
    const struct hone_training *training = list->skill->owner_data;
    job->status =
        hone_store_list_versions(training->app->store, training->store_id, &list->arena,
                                 &list->versions, &list->n_versions, &job->error);
    if (job->status == 0) {
        job->status = hone_quarantine_list(&list->quarantine, training->app->store,
                                           training->store_id, list->versions,
                                           list->n_versions, &job->error);
    }
}

static void done_versions(struct hone_job *job)
{
    struct versions_job *list = (struct versions_job *)(void *)job;
    const struct hone_training *training = list->skill->owner_data;
    if (job->status != 0) {
        hone_inquiry_refuse(list->exchange, job->status, &job->error);
    } else {
        json_t *versions = json_array();
        for (size_t i = 0; i < list->n_versions; i++) {
            (void)json_array_append_new(versions,
                                        hone_status_version_json(&list->versions[i]));
        }
        hone_exchange_reply_take(list->exchange,
                                 json_pack("{s:s,s:i,s:o,s:o,s:o}", "skill",
                                           list->skill->package->name, "live",
                                           (int)training->live_version, "hold",
                                           hone_holds_json(training), "versions",
                                           versions, "quarantine", list->quarantine));
    }
    hone_arena_finish(&list->arena);
    free(list);
}

void hone_control_versions(struct hone_exchange *exchange)
{
    struct hone_skill *skill = named_skill(exchange);
    if (skill == NULL) {
        return;
    }
    struct versions_job *list = hone_alloc_zeroed(1, sizeof(*list));
    list->exchange = exchange;
    list->skill = skill;
    hone_arena_init(&list->arena, ARENA_BYTES);
    list->job = (struct hone_job){.run = run_versions, .done = done_versions};
    if (hone_worker_submit(exchange->app->worker, HONE_LANE_STORE, HONE_PRIORITY_NORMAL,
                           &list->job) != 0) {
        list->job.status =
            hone_error_set(&list->job.error, HONE_E_AGAIN, "the store's queue is full");
        done_versions(&list->job);
    }
}

/* ---- diff ---- */

void hone_control_diff(struct hone_exchange *exchange)
{
    struct hone_skill *skill = named_skill(exchange);
    if (skill != NULL) {
        hone_difference_start(exchange, skill);
    }
}

/* ---- eval ---- */

static void on_eval(void *user, int status, const json_t *report,
                    const struct hone_error *err)
{
    struct hone_exchange *exchange = user;
    if (status != 0) {
        hone_inquiry_refuse(exchange, status, err);
        return;
    }
    json_t *result = json_copy((json_t *)(uintptr_t)report);
    (void)json_object_set(
        result, "skill",
        json_object_get(hone_jsonrpc_params(&exchange->message), "skill"));
    hone_exchange_reply_take(exchange, result);
}

void hone_control_eval(struct hone_exchange *exchange)
{
    struct hone_error err = {0};
    struct hone_skill *skill = named_skill(exchange);
    if (skill == NULL) {
        return;
    }
    const json_t *params = hone_jsonrpc_params(&exchange->message);
    int status = hone_evaluation_start(
        skill->owner_data, hone_json_text(params, "policy"),
        hone_json_text(params, "interval"), on_eval, exchange, &err);
    if (status != 0) {
        hone_inquiry_refuse(exchange, status, &err);
    }
}

/* ---- actions ---- */

static void on_action(void *user, int status, const json_t *result,
                      const struct hone_error *err)
{
    struct hone_exchange *exchange = user;
    if (status != 0) {
        hone_inquiry_refuse(exchange, status, err);
        return;
    }
    hone_exchange_reply_take(exchange, json_incref((json_t *)(uintptr_t)result));
}

static void act(struct hone_exchange *exchange, const json_t *request)
{
    struct hone_action_sender sender = {
        .name = hone_session_source(exchange->session, exchange)};
    hone_action_request(exchange->app, request, sender, on_action, exchange);
}

void hone_control_action(struct hone_exchange *exchange)
{
    act(exchange, hone_jsonrpc_params(&exchange->message));
}

void hone_control_rollback(struct hone_exchange *exchange)
{
    json_t *request =
        json_copy((json_t *)(uintptr_t)hone_jsonrpc_params(&exchange->message));
    (void)json_object_set_new(request, "action", json_string("rollback"));
    act(exchange, request);
    json_decref(request);
}

void hone_control_known(struct hone_exchange *exchange)
{
    struct hone_skill *skill = named_skill(exchange);
    if (skill != NULL) {
        hone_train_rows_known(exchange, skill);
    }
}

/* ---- state ---- */

void hone_control_state(struct hone_exchange *exchange)
{
    struct hone_skill *skill = named_skill(exchange);
    if (skill != NULL) {
        hone_state_file(exchange, skill);
    }
}

/* ---- train ---- */

void hone_control_train(struct hone_exchange *exchange)
{
    struct hone_skill *skill = named_skill(exchange);
    if (skill != NULL) {
        hone_train_rows(exchange, skill);
    }
}

/* ---- stop ---- */

void hone_control_stop(struct hone_exchange *exchange)
{
    struct hone_app *app = exchange->app;
    hone_exchange_reply_take(exchange, json_pack("{s:i}", "pid", (int)getpid()));
    hone_log_info("server", "stopping: asked to on the control socket");
    hone_app_stop(app);
}
