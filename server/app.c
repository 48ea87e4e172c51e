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
#include "server/catalog.h"
#include "server/conformance.h"
#include "server/elicitations.h"
#include "server/http_auth.h"
#include "server/http_server.h"
#include "server/http_sessions.h"
#include "server/opening.h"
#include "server/package_stamp.h"
#include "server/recorder.h"
#include "server/relay_server.h"
#include "server/residence.h"
#include "server/retention.h"
#include "server/secret_file.h"
#include "server/server_icon.h"
#include "server/skill_resources.h"
#include "server/socket_server.h"
#include "server/stdio.h"
#include "server/stdio_ends.h"
#include "server/stream.h"
#include "server/subscriptions.h"
#include "server/tasks.h"
#include "server/tools.h"
#include "server/training.h"

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
        "give the call_id and the right label or value; the next call is better for it.",
    .features = HONE_MCP_RESOURCES | HONE_MCP_PROMPTS | HONE_MCP_COMPLETIONS |
                HONE_MCP_LOGGING | HONE_MCP_TASKS | HONE_MCP_SKILLS,
};

char *hone_app_control_path(const char *data_folder)
{
    return hone_alloc_format("%s/hone.sock", data_folder);
}

const char *hone_app_http_url(const struct hone_app *app)
{
    return app->http_url;
}

uint16_t hone_app_tcp_port(const struct hone_app *app)
{
    return app->tcp != NULL ? hone_socket_server_port(app->tcp) : 0;
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

/* Opens what can be opened; an error is the data folder's fault: no skill would open. */
static int open_each(struct hone_app *app, size_t *n_open, struct hone_error *err)
{
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        struct hone_skill *skill = hone_registry_at(app->registry, i);
        int status = hone_opening_run(app, skill, err);
        if (status == HONE_E_FULL || status == HONE_E_READ_ONLY) {
            return status;
        }
        if (status != 0) {
            hone_log_error("skills", "skill not served skill=%s cause=\"%s\"",
                           skill->package->name, err->message);
            hone_registry_fail(app->registry, skill, err);
            hone_opening_undo(skill);
            continue;
        }
        *n_open += 1;
    }
    return 0;
}

/* All in one transaction: a thousand new skills cost the disk one wait, not thousands. */
static int open_skills(struct hone_app *app, bool need_skills, struct hone_error *err)
{
    size_t n_open = 0;
    int status = hone_store_begin(app->store, err);
    if (status != 0) {
        return status;
    }
    status = open_each(app, &n_open, err);
    if (status != 0) {
        hone_store_rollback(app->store);
        return status;
    }
    status = hone_store_commit(app->store, err);
    if (status != 0) {
        return status;
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
    if (app->config->conformance) {
        int status = hone_conformance_add_skill(app, err);
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

static int fill_catalog(struct hone_app *app, struct hone_error *err)
{
    app->catalog = hone_catalog_create(app);
    int status = hone_tools_create(&app->tools, app, err);
    if (status == 0) {
        status = hone_skill_resources_create(&app->skill_resources, app, err);
    }
    if (status == 0 && app->config->conformance) {
        status = hone_conformance_create(&app->conformance, app, err);
    }
    return status != 0 ? status : hone_catalog_seal(app->catalog, err);
}

/* The data folder and what is taken over from it. */
static int open_data(struct hone_app *app, struct hone_error *err)
{
    const char *folder = app->config->data;
    int status = hone_file_make_folder(folder, 0700, err);
    if (status == 0) {
        status = hone_store_open(&app->store, folder, hone_clock_unix_ms(), err);
    }
    if (status == 0) {
        status = hone_secret_file_open(&app->secret, folder, err);
    }
    if (status == 0) {
        status = hone_retention_create(&app->retention, app, err);
    }
    return status == 0 ? hone_tasks_create(&app->tasks, app, err) : status;
}

int hone_app_create(struct hone_app **out, const struct hone_config *config,
                    bool need_skills, struct hone_error *err)
{
    struct hone_app *app = hone_alloc_zeroed(1, sizeof(*app));
    app->config = config;
    app->identity = identity;
    app->icon = hone_server_icon();
    app->identity.icons = app->icon;
    hone_mcp_write_init(&app->writer, &app->identity);
    app->http1_spare = hone_http1_spare_create();
    app->read_buffer = hone_alloc_zeroed(1, HONE_STREAM_READ_BYTES);
    app->file_buffer = hone_alloc_zeroed(1, HONE_STREAM_READ_BYTES);
    hone_buf_init(&app->reply, REPLY_BYTES_MAX);
    HONE_INVARIANT(hone_loop_init(&app->loop) == 0);
    app->started_ms = hone_loop_now_ms(&app->loop);
    hone_list_init(&app->sessions);
    hone_list_init(&app->listeners);
    app->stateless = hone_session_create(app, "http", false, false);
    app->http_sessions = hone_http_sessions_create(app);
    app->elicitations = hone_elicitations_create(app);
    app->packages = hone_package_stamp_read(config);
    app->residents = hone_residence_create(app);
    int status = load_skills(app, err);
    if (status == 0) {
        status = open_data(app, err);
    }
    if (status == 0) {
        status = open_skills(app, need_skills, err);
    }
    if (status == 0) {
        status = fill_catalog(app, err);
    }
    if (status != 0) {
        hone_app_destroy(app);
        return status;
    }
    struct hone_worker_batch batch = {begin_batch, end_batch, app};
    HONE_INVARIANT(hone_worker_create(&app->worker, &app->loop, &batch) == 0);
    app->recorder = hone_recorder_create(app);
    app->state = HONE_APP_RUNNING;
    hone_residence_start(app->residents);
    *out = app;
    return 0;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct hone_app *app = handle->data;
    hone_log_info("server", "stopping signal=%d", number);
    if (app->config->stdio) {
        hone_app_stop_within(app, HONE_STDIO_ENDS_STOP_MS);
    } else {
        hone_app_stop(app);
    }
}

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};

/* Once nobody listens, a second signal would end the process by its default effect, in the
 * middle of its last steps: it is held back until the process has ended by itself. */
static void hold_signals(int how)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < 3; i++) {
        (void)sigaddset(&set, stop_signals[i]);
    }
    (void)pthread_sigmask(how, &set, NULL);
}

static void start_signals(struct hone_app *app)
{
    for (size_t i = 0; i < 3; i++) {
        (void)uv_signal_init(&app->loop.uv, &app->signals[i]);
        app->signals[i].data = app;
        (void)uv_signal_start(&app->signals[i], on_signal, stop_signals[i]);
    }
    hold_signals(SIG_UNBLOCK);
    (void)signal(SIGPIPE, SIG_IGN);
    app->signals_started = true;
}

/* Nobody is left to take answers; what was taken in is saved all the same. */
static void on_parent_death(void *user)
{
    struct hone_app *app = user;
    hone_log_info("server", "stopping: the process that started this one is gone");
    hone_app_stop_within(app, 0);
}

static int start_stdio(struct hone_app *app, const struct hone_stdio_ends *ends,
                       struct hone_error *err)
{
    hone_parent_start(&app->parent, &app->loop.uv, on_parent_death, app);
    return hone_stdio_start(&app->stdio, app, ends, err);
}

static int start_http(struct hone_app *app, struct hone_error *err)
{
    const struct hone_config *config = app->config;
    if (config->http == NULL && config->http_socket == NULL) {
        return 0;
    }
    int status = hone_http_auth_create(&app->http_auth, app, err);
    if (status == 0 && config->http != NULL) {
        status = hone_http_server_start(&app->http, app, config->http, err);
    }
    if (status == 0 && config->http != NULL) {
        const char *host = hone_http_server_host(app->http);
        bool v6 = strchr(host, ':') != NULL;
        app->http_url =
            hone_alloc_format("http://%s%s%s:%u/mcp", v6 ? "[" : "", host, v6 ? "]" : "",
                              hone_http_server_port(app->http));
    }
    if (status == 0 && config->http_socket != NULL) {
        status = hone_http_server_start(&app->http_socket, app, config->http_socket, err);
    }
    return status;
}

/* Sockets with one message a line: for commands, relays and clients. */
static int start_sockets(struct hone_app *app, struct hone_error *err)
{
    const struct hone_config *config = app->config;
    char *control = hone_app_control_path(config->data);
    int status = hone_socket_server_start(&app->control, app, control, true, err);
    free(control);
    if (status == 0) {
        status = hone_relay_server_start(&app->relays, app, err);
    }
    if (status == 0 && config->socket != NULL) {
        status = hone_socket_server_start(&app->socket, app, config->socket, false, err);
    }
    if (status == 0 && config->tcp != NULL) {
        status = hone_socket_server_start(&app->tcp, app, config->tcp, false, err);
    }
    return status;
}

int hone_app_listen(struct hone_app *app, const struct hone_stdio_ends *ends,
                    struct hone_error *err)
{
    struct hone_error late;
    start_signals(app);
    hone_retention_start(app->retention);
    if (hone_app_settle(app, SETTLE_MS, &late) != 0) {
        hone_log_info("server", "serving while the rest of the log is learnt");
    }
    int status = start_sockets(app, err);
    if (status == 0) {
        status = start_http(app, err);
    }
    return status == 0 && app->config->stdio ? start_stdio(app, ends, err) : status;
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
        app->stopped = true; /* the timer goes on, so that the loop wakes up to see it */
    }
}

void hone_app_stop(struct hone_app *app)
{
    if (app->state != HONE_APP_RUNNING) {
        return;
    }
    app->state = HONE_APP_STOPPING;
    hone_http_server_stop(app->http);
    hone_http_server_stop(app->http_socket);
    hone_socket_server_stop(app->control);
    hone_socket_server_stop(app->socket);
    hone_socket_server_stop(app->tcp);
    if (app->relays != NULL) {
        hone_relay_server_stop(app->relays);
    }
    hone_subscriptions_end_all(app);
    hone_tasks_stop(app->tasks);
    hone_elicitations_stop(app->elicitations);
    app->stop_deadline_ms =
        hone_loop_now_ms(&app->loop) + (uint64_t)app->config->stop_timeout_ms;
    (void)uv_timer_init(&app->loop.uv, &app->stop_timer);
    app->stop_timer.data = app;
    (void)uv_timer_start(&app->stop_timer, on_stop_timer, 0, STOP_POLL_MS);
    app->stop_timer_started = true;
}

void hone_app_stop_within(struct hone_app *app, uint64_t timeout_ms)
{
    hone_app_stop(app);
    uint64_t deadline_ms = hone_loop_now_ms(&app->loop) + timeout_ms;
    if (deadline_ms < app->stop_deadline_ms) {
        app->stop_deadline_ms = deadline_ms;
    }
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
    hone_conformance_stop(app->conformance);
    hone_elicitations_destroy(app->elicitations);
    hone_tasks_destroy(app->tasks);
    hone_stdio_destroy(app->stdio);
    hone_http_sessions_destroy(app->http_sessions);
    hone_http_auth_destroy(app->http_auth);
    hone_http_server_destroy(app->http);
    hone_http_server_destroy(app->http_socket);
    hone_socket_server_destroy(app->control);
    hone_socket_server_destroy(app->socket);
    hone_socket_server_destroy(app->tcp);
    hone_relay_server_destroy(app->relays);
    hone_parent_stop(&app->parent);
    hone_recorder_destroy(app->recorder);
    hone_residence_destroy(app->residents);
    hone_retention_destroy(app->retention);
    hone_worker_destroy(app->worker);
    if (app->signals_started) {
        hold_signals(SIG_BLOCK);
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
    hone_subscriptions_end_all(app);
    stop_lanes(app);
    close_handles(app);
    hone_loop_finish(&app->loop);
    app->state = HONE_APP_STOPPED;
    close_skills(app);
    hone_session_close(app->stateless);
    hone_exchange_free_kept(app);
    hone_registry_destroy(app->registry);
    hone_store_close(app->store);
    hone_catalog_destroy(app->catalog);
    hone_conformance_destroy(app->conformance);
    hone_skill_resources_destroy(app->skill_resources);
    hone_tools_destroy(app->tools);
    hone_http1_spare_destroy(app->http1_spare);
    hone_buf_finish(&app->reply);
    hone_mcp_write_finish(&app->writer);
    json_decref(app->icon);
    free(app->http_url);
    free(app->read_buffer);
    free(app->file_buffer);
    free(app);
}
