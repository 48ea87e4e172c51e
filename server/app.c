/* STARTING -> RUNNING -> STOPPING -> STOPPED.
 *
 * Start: data folder and store, skills, states (all on this thread) -> lanes ->
 * transports. Room is left before the lanes for what must be started while the process
 * has one thread. Stop: listeners close; exchanges in flight end, at most
 * stop_timeout_ms; waits are cancelled; the recorder is flushed; lanes end (STORE last);
 * handles close; the store closes. */
#include "server/app.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/http_server.h"
#include "server/opening.h"
#include "server/recorder.h"
#include "server/socket_server.h"
#include "server/stdio.h"
#include "server/stream.h"
#include "server/tools.h"
#include "server/training.h"
#include "tensor/blas.h"

#include <signal.h>
#include <stdlib.h>

#define REPLY_BYTES_MAX (128U * 1024 * 1024)
#define STOP_POLL_MS    5
/* A restarted server first learns the end of its log, so that its first answers know all that was
 * acknowledged; a long one is learnt while it serves. */
#define SETTLE_MS 500

static const struct hone_mcp_server identity = {
    .name = "hone",
    .title = "hone",
    .version = HONE_VERSION,
    .description = "Skills that learn from feedback while they serve.",
    .instructions =
        "Each tool but feedback and hone_status is a skill that learns. Results carry a "
        "call_id. "
        "When you find out that a result was wrong (or right), say so with the tool "
        "feedback: "
        "give the call_id and the right label; the next call is better for it.",
};

char *hone_app_control_path(const char *data_folder)
{
    return hone_alloc_format("%s/hone.sock", data_folder);
}

const char *hone_app_http_url(const struct hone_app *app)
{
    return app->http_url;
}

/* ---- start ---- */

static int begin_batch(void *user, struct hone_error *err)
{
    struct hone_app *app = user;
    return hone_store_begin(app->store, err);
}

static int end_batch(void *user, struct hone_error *err)
{
    struct hone_app *app = user;
    return hone_store_commit(app->store, err);
}

static int open_skills(struct hone_app *app, bool need_skills, struct hone_error *err)
{
    size_t n_open = 0;
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        struct hone_skill *skill = hone_registry_at(app->registry, i);
        int status = hone_opening_run(app, skill, err);
        if (status == HONE_E_FULL || status == HONE_E_READ_ONLY) {
            return status; /* the data folder's fault: no skill would open */
        }
        if (status != 0) {
            hone_log_error("skills", "skill not served skill=%s cause=\"%s\"",
                           skill->package->name, err->message);
            hone_registry_fail(app->registry, skill, err);
            hone_opening_undo(skill);
            continue;
        }
        n_open += 1;
    }
    if (n_open == 0 && need_skills) {
        (void)hone_error_set(err, HONE_E_NOT_FOUND, "no skill could be loaded");
        (void)hone_error_hint(err, "give a folder with skills: hone serve --skills DIR");
        return HONE_E_NOT_FOUND;
    }
    return 0;
}

static int load_skills(struct hone_app *app, struct hone_error *err)
{
    app->registry = hone_registry_create();
    for (size_t i = 0; i < app->config->n_skills; i++) {
        int status = hone_registry_load(app->registry, app->config->skills[i], err);
        if (status != 0) {
            return status;
        }
    }
    for (size_t i = 0; i < hone_registry_n_failures(app->registry); i++) {
        const struct hone_registry_failure *failure =
            hone_registry_failure(app->registry, i);
        hone_log_error("skills", "package not loaded folder=%s cause=\"%s\"%s%s",
                       failure->folder, failure->error.message,
                       failure->error.hint[0] != '\0' ? " fix=" : "",
                       failure->error.hint);
    }
    return 0;
}

static void start_training(struct hone_app *app)
{
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        struct hone_skill *skill = hone_registry_at(app->registry, i);
        if (skill->owner_data != NULL) {
            hone_training_start(skill->owner_data);
        }
    }
}

int hone_app_create(struct hone_app **out, const struct hone_config *config,
                    bool need_skills, struct hone_error *err)
{
    struct hone_app *app = hone_alloc_zeroed(1, sizeof(*app));
    app->config = config;
    app->identity = identity;
    app->read_buffer = hone_alloc_zeroed(1, HONE_STREAM_READ_BYTES);
    app->file_buffer = hone_alloc_zeroed(1, HONE_STREAM_READ_BYTES);
    hone_buf_init(&app->reply, REPLY_BYTES_MAX);
    HONE_INVARIANT(hone_loop_init(&app->loop) == 0);
    app->started_ms = hone_loop_now_ms(&app->loop);
    hone_blas_init();
    int status = load_skills(app, err);
    if (status == 0) {
        status = hone_file_make_folder(config->data, 0700, err);
    }
    if (status == 0) {
        status = hone_store_open(&app->store, config->data, hone_clock_unix_ms(), err);
    }
    if (status == 0) {
        status = open_skills(app, need_skills, err);
    }
    if (status == 0) {
        status = hone_tools_prepare(app, err);
    }
    if (status != 0) {
        hone_app_destroy(app);
        return status;
    }
    struct hone_worker_batch batch = {begin_batch, end_batch, app};
    HONE_INVARIANT(hone_worker_create(&app->worker, &app->loop, &batch) == 0);
    app->recorder = hone_recorder_create(app);
    app->state = HONE_APP_RUNNING;
    start_training(app);
    *out = app;
    return 0;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct hone_app *app = handle->data;
    hone_log_info("server", "stopping signal=%d", number);
    hone_app_stop(app);
}

static void start_signals(struct hone_app *app)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < 3; i++) {
        (void)uv_signal_init(&app->loop.uv, &app->signals[i]);
        app->signals[i].data = app;
        (void)uv_signal_start(&app->signals[i], on_signal, numbers[i]);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    app->signals_started = true;
}

static int start_http(struct hone_app *app, struct hone_error *err)
{
    int status = hone_http_server_start(&app->http, app, app->config->http, err);
    if (status == 0) {
        const char *host = hone_http_server_host(app->http);
        bool v6 = strchr(host, ':') != NULL;
        app->http_url =
            hone_alloc_format("http://%s%s%s:%u/mcp", v6 ? "[" : "", host, v6 ? "]" : "",
                              hone_http_server_port(app->http));
    }
    return status;
}

int hone_app_listen(struct hone_app *app, struct hone_error *err)
{
    char *control = hone_app_control_path(app->config->data);
    struct hone_error late;
    start_signals(app);
    if (hone_app_settle(app, SETTLE_MS, &late) != 0) {
        hone_log_info("server", "serving while the rest of the log is learnt");
    }
    int status = hone_socket_server_start(&app->control, app, control, true, err);
    if (status == 0 && app->config->socket != NULL) {
        status =
            hone_socket_server_start(&app->socket, app, app->config->socket, false, err);
    }
    if (status == 0 && app->config->http != NULL) {
        status = start_http(app, err);
    }
    if (status == 0 && app->config->stdio) {
        status = hone_stdio_start(&app->stdio, app, err);
    }
    free(control);
    return status;
}

/* ---- run and stop ---- */

/* Nothing is in flight and nobody has an answer to take. */
static bool is_idle(const struct hone_app *app)
{
    return app->n_exchanges == 0 && app->n_feedback_batches == 0 && app->n_writes == 0;
}

static void on_stop_timer(uv_timer_t *timer)
{
    struct hone_app *app = timer->data;
    if (is_idle(app) || hone_loop_now_ms(&app->loop) >= app->stop_deadline_ms) {
        app->stopped = true;
        (void)uv_timer_stop(timer);
    }
}

void hone_app_stop(struct hone_app *app)
{
    if (app->state != HONE_APP_RUNNING) {
        return;
    }
    app->state = HONE_APP_STOPPING;
    if (app->http != NULL) {
        hone_http_server_stop(app->http);
    }
    if (app->control != NULL) {
        hone_socket_server_stop(app->control);
    }
    if (app->socket != NULL) {
        hone_socket_server_stop(app->socket);
    }
    app->stop_deadline_ms =
        hone_loop_now_ms(&app->loop) + (uint64_t)app->config->stop_timeout_ms;
    (void)uv_timer_init(&app->loop.uv, &app->stop_timer);
    app->stop_timer.data = app;
    (void)uv_timer_start(&app->stop_timer, on_stop_timer, 0, STOP_POLL_MS);
    app->stop_timer_started = true;
}

void hone_app_run(struct hone_app *app)
{
    hone_loop_run_until(&app->loop, &app->stopped);
}

static void stop_lanes(struct hone_app *app)
{
    if (app->worker == NULL) {
        return;
    }
    app->state = HONE_APP_STOPPING;
    app->lanes_stopping = true;
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        struct hone_skill *skill = hone_registry_at(app->registry, i);
        if (skill->owner_data != NULL) {
            hone_training_cancel_waits(skill->owner_data);
        }
    }
    hone_recorder_flush(app->recorder);
    hone_worker_stop(app->worker);
}

static void close_handles(struct hone_app *app)
{
    hone_stdio_destroy(app->stdio);
    hone_http_server_destroy(app->http);
    hone_socket_server_destroy(app->control);
    hone_socket_server_destroy(app->socket);
    hone_recorder_destroy(app->recorder);
    hone_worker_destroy(app->worker);
    if (app->signals_started) {
        for (size_t i = 0; i < 3; i++) {
            uv_close((uv_handle_t *)&app->signals[i], NULL);
        }
    }
    if (app->stop_timer_started) {
        uv_close((uv_handle_t *)&app->stop_timer, NULL);
    }
}

static void close_skills(struct hone_app *app)
{
    for (size_t i = 0; app->registry != NULL && i < hone_registry_n(app->registry); i++) {
        hone_opening_undo(hone_registry_at(app->registry, i));
    }
}

void hone_app_destroy(struct hone_app *app)
{
    if (app == NULL) {
        return;
    }
    stop_lanes(app);
    close_handles(app);
    hone_loop_finish(&app->loop);
    app->state = HONE_APP_STOPPED;
    close_skills(app);
    hone_session_free_exchanges(app);
    hone_registry_destroy(app->registry);
    hone_store_close(app->store);
    hone_tools_finish(app);
    hone_buf_finish(&app->reply);
    free(app->http_url);
    free(app->read_buffer);
    free(app->file_buffer);
    free(app);
}
