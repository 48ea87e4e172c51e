/* The index of tasks, their lives, and the three methods.
 *
 * Ids are random, so their first byte is a good hash. The order is that of expiry; a timer
 * waits for the first. Results of tasks that have ended are in the store alone. */
#include "server/tasks.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "protocol/mcp_result.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/capability.h"
#include "server/session.h"
#include "server/subscriptions.h"
#include "server/task.h"
#include "server/tasks_internal.h"
#include "server/worker.h"

#include <stdlib.h>
#include <string.h>

#define N_BUCKETS        256
#define HTTP_UNAVAILABLE 503
#define EXPIRY_PAUSE_MS  1000 /* at least, between two looks at what has expired */
#define LOAD_ARENA_BYTES (64U * 1024 * 1024)
#define READ_ARENA_BYTES ((size_t)HONE_TASKS_RESULT_BYTES + 65536)
#define ID_TEXT          "0" /* of the task's exchange: nobody sees it */

#define TEXT_WORKING   "The call is at work."
#define TEXT_WAITING   "The call waits for input."
#define TEXT_CANCELLED "The call was cancelled by its client."
#define TEXT_RESTARTED "The server was restarted while the call was at work."

struct hone_tasks {
    struct hone_app *app;
    struct hone_session *session; /* of the tasks' exchanges */
    struct hone_list buckets[N_BUCKETS];
    struct hone_list order; /* of expiry */
    size_t n_tasks, n_at_work;
    uv_timer_t timer;
};

/* A job of the store about a task. */
struct task_job {
    struct hone_job job;
    struct hone_store *store;
    struct hone_task *task;         /* referenced; NULL for removing */
    struct hone_exchange *exchange; /* that waits for it, or NULL */
    struct hone_store_task record;  /* spans into the texts below, or the arena */
    char *message, *text;
    json_t *body;
    struct hone_arena arena; /* of what is read */
};

/* ---- jobs ---- */

static struct task_job *make_job(struct hone_tasks *tasks, struct hone_task *task,
                                 struct hone_exchange *exchange,
                                 void (*run)(struct hone_job *),
                                 void (*done)(struct hone_job *), bool writes)
{
    struct task_job *job = hone_alloc_zeroed(1, sizeof(*job));
    job->store = tasks->app->store;
    job->task = task != NULL ? hone_task_ref(task) : NULL;
    job->exchange = exchange;
    job->job.run = run;
    job->job.done = done;
    job->job.writes = writes;
    hone_arena_init(&job->arena, READ_ARENA_BYTES);
    return job;
}

static void free_job(struct task_job *job)
{
    if (job->task != NULL) {
        hone_task_unref(job->task);
    }
    hone_arena_finish(&job->arena);
    json_decref(job->body);
    free(job->message);
    free(job->text);
    free(job);
}

/* A job that the lane does not take is done at once, with the reason. */
static void submit(struct hone_tasks *tasks, struct task_job *job)
{
    if (hone_worker_submit(tasks->app->worker, HONE_LANE_STORE, HONE_PRIORITY_NORMAL,
                           &job->job) != 0) {
        job->job.status =
            hone_error_set(&job->job.error, HONE_E_AGAIN, "the store's queue is full");
        job->job.done(&job->job);
    }
}

static struct task_job *job_of(struct hone_job *job)
{
    return (struct task_job *)(void *)job;
}

/* ---- the index ---- */

static void on_expiry(uv_timer_t *timer);

static void set_timer(struct hone_tasks *tasks)
{
    if (hone_list_is_empty(&tasks->order)) {
        (void)uv_timer_stop(&tasks->timer);
        return;
    }
    struct hone_task *first =
        HONE_LIST_OWNER(tasks->order.next, struct hone_task, in_order);
    int64_t left_ms = first->expires_unix_ms - hone_clock_unix_ms();
    (void)uv_timer_start(&tasks->timer, on_expiry,
                         left_ms > EXPIRY_PAUSE_MS ? (uint64_t)left_ms : EXPIRY_PAUSE_MS,
                         0);
}

/* Takes the caller's reference. */
static void insert(struct hone_tasks *tasks, struct hone_task *task)
{
    hone_list_append(&tasks->buckets[task->id.bytes[0] % N_BUCKETS], &task->in_bucket);
    hone_list_append(&tasks->order, &task->in_order);
    tasks->n_tasks += 1;
    tasks->n_at_work += hone_task_has_ended(task) ? 0 : 1;
    if (tasks->order.next == &task->in_order) {
        set_timer(tasks);
    }
}

static void forget(struct hone_tasks *tasks, struct hone_task *task)
{
    hone_list_remove(&task->in_bucket);
    hone_list_remove(&task->in_order);
    tasks->n_tasks -= 1;
    tasks->n_at_work -= hone_task_has_ended(task) ? 0 : 1;
    task->forgotten = true;
    hone_task_unref(task);
}

static struct hone_task *find(const struct hone_exchange *exchange, struct hone_span text)
{
    struct hone_tasks *tasks = exchange->app->tasks;
    struct hone_uuid id;
    if (hone_uuid_parse(&id, text) != 0) {
        return NULL;
    }
    HONE_LIST_EACH(&tasks->buckets[id.bytes[0] % N_BUCKETS], link)
    {
        struct hone_task *task = HONE_LIST_OWNER(link, struct hone_task, in_bucket);
        if (hone_uuid_compare(task->id, id) == 0) {
            bool own = strcmp(task->principal, exchange->principal.name) == 0;
            return own && task->expires_unix_ms > hone_clock_unix_ms() ? task : NULL;
        }
    }
    return NULL;
}

bool hone_tasks_is_known(const struct hone_exchange *exchange, struct hone_span task_id)
{
    return find(exchange, task_id) != NULL;
}

/* The task that the request names; otherwise the exchange has ended with a refusal. */
static struct hone_task *find_or_refuse(struct hone_exchange *exchange)
{
    if ((hone_session_abilities(exchange) & HONE_SESSION_TASKS) == 0) {
        hone_capability_refuse_tasks(exchange);
        return NULL;
    }
    struct hone_task *task =
        find(exchange, hone_jsonrpc_param_text(&exchange->message, "taskId"));
    if (task == NULL) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid params: there is no such task; it never was, or it "
                             "has expired");
    }
    return task;
}

/* ---- the end of a task ---- */

static void notify(struct hone_task *task, const json_t *body)
{
    char id[HONE_UUID_TEXT_LEN + 1];
    json_t *params = json_object();
    hone_uuid_format(task->id, id);
    hone_task_describe(params, task, body);
    hone_subscriptions_task_changed(task->tasks->app, hone_span_text(id), params);
    json_decref(params);
}

static void acknowledge(struct hone_exchange *exchange)
{
    hone_exchange_reply_empty(exchange);
}

static json_t *make_error(const char *message)
{
    return json_pack("{s:i, s:s}", "code", HONE_RPC_INTERNAL, "message", message);
}

static enum hone_task_status shown_status(enum hone_store_task_status status)
{
    static const enum hone_task_status shown[] = {
        [HONE_STORE_TASK_WORKING] = HONE_TASK_WORKING,
        [HONE_STORE_TASK_COMPLETED] = HONE_TASK_COMPLETED,
        [HONE_STORE_TASK_FAILED] = HONE_TASK_FAILED,
        [HONE_STORE_TASK_CANCELLED] = HONE_TASK_CANCELLED,
    };
    return shown[status];
}

static void run_end(struct hone_job *job)
{
    struct task_job *end = job_of(job);
    job->status = hone_store_end_task(end->store, &end->record, &job->error);
}

/* The result is lost; after a restart the task will have failed as well. */
static void replace_by_failure(struct task_job *end)
{
    hone_log_error("tasks", "the end of a task was not stored cause=\"%s\"",
                   end->job.error.message);
    if (end->record.status != HONE_STORE_TASK_CANCELLED) {
        free(end->message);
        end->message = hone_alloc_format("The result could not be stored: %s.",
                                         end->job.error.message);
        end->record.status = HONE_STORE_TASK_FAILED;
        json_decref(end->body);
        end->body = make_error(end->message);
        end->task->body = json_incref(end->body);
    }
}

static void done_end(struct hone_job *job)
{
    struct task_job *end = job_of(job);
    struct hone_task *task = end->task;
    if (job->status != 0 && !task->forgotten) {
        replace_by_failure(end);
    }
    task->tasks->n_at_work -= task->forgotten ? 0 : 1;
    hone_task_set_status(task, shown_status(end->record.status), end->message,
                         end->record.updated_unix_ms);
    if (!task->forgotten) {
        notify(task, end->body);
    }
    if (end->exchange != NULL) {
        acknowledge(end->exchange);
    }
    free_job(end);
}

static char *write_body(const json_t *body)
{
    struct hone_buf text;
    hone_buf_init(&text, HONE_TASKS_RESULT_BYTES);
    if (hone_json_append(&text, body) != 0) {
        hone_buf_finish(&text);
        return NULL;
    }
    return hone_buf_take(&text, NULL);
}

/* message may be NULL; takes body, which may be NULL; exchange, if any, is acknowledged
 * when the end is durable. */
static void end_take(struct hone_task *task, enum hone_store_task_status status,
                     const char *message, json_t *body, struct hone_exchange *exchange)
{
    struct task_job *end = make_job(task->tasks, task, exchange, run_end, done_end, true);
    HONE_INVARIANT(!task->ending);
    task->ending = true;
    end->text = body != NULL ? write_body(body) : NULL;
    if (body != NULL && end->text == NULL) {
        json_decref(body);
        status = HONE_STORE_TASK_FAILED;
        message = "The result is larger than this server keeps.";
        body = make_error(message);
        end->text = write_body(body);
    }
    end->body = body;
    end->message = message != NULL ? hone_alloc_text(message) : NULL;
    end->record = (struct hone_store_task){
        .id = task->id,
        .status = status,
        .message = hone_span_text(end->message),
        .body = hone_span_text(end->text),
        .updated_unix_ms = hone_clock_unix_ms(),
    };
    end->job.size_bytes = end->record.body.len;
    submit(task->tasks, end);
}

/* ---- the task's exchange ---- */

static void settle(struct hone_task *task, struct hone_span answer)
{
    struct hone_error err;
    json_t *message = NULL;
    if (answer.len == 0 || hone_json_parse(&message, answer, &err) != 0) {
        const char *why = "The call ended without an answer.";
        end_take(task, HONE_STORE_TASK_FAILED, why, make_error(why), NULL);
        return;
    }
    json_t *error = json_object_get(message, "error");
    if (error != NULL) {
        end_take(task, HONE_STORE_TASK_FAILED,
                 json_string_value(json_object_get(error, "message")), json_incref(error),
                 NULL);
    } else {
        end_take(task, HONE_STORE_TASK_COMPLETED, NULL,
                 json_incref(json_object_get(message, "result")), NULL);
    }
    json_decref(message);
}

static void on_answer(struct hone_channel *channel, struct hone_exchange *exchange,
                      int http_status, struct hone_span body)
{
    struct hone_task *task = channel->owner;
    (void)exchange;
    (void)http_status;
    task->exchange = NULL;
    if (!task->ending) {
        settle(task, body);
    }
    hone_task_unref(task);
}

static const struct hone_channel_carrier carrier = {.name = "task", .reply = on_answer};

static struct hone_exchange *begin_exchange(struct hone_task *task,
                                            const struct hone_exchange *from)
{
    struct hone_exchange *exchange =
        hone_exchange_begin(task->tasks->session, task->channel);
    hone_exchange_copy_message(exchange, from);
    exchange->message.id = hone_span_text(ID_TEXT);
    exchange->principal = from->principal;
    exchange->answer = from->answer;
    exchange->inputs = json_incref(from->inputs);
    exchange->state = json_incref(from->state);
    exchange->task = task;
    task->exchange = exchange;
    (void)hone_task_ref(task);
    return exchange;
}

/* Stops what the task's exchange does, as far as that can be; what it says is ignored. */
static void give_up(struct hone_task *task)
{
    task->ending = true;
    if (task->exchange == NULL) {
        return;
    }
    if (task->waits) {
        hone_exchange_drop(task->exchange);
    } else if (!task->exchange->cancelled) {
        hone_exchange_cancel(task->exchange);
    }
}

/* ---- the beginning of a task ---- */

static void run_add(struct hone_job *job)
{
    struct task_job *add = job_of(job);
    job->status = hone_store_add_task(add->store, &add->record, &job->error);
}

static void run_task(struct hone_task *task, struct hone_exchange *client)
{
    struct hone_exchange *own = begin_exchange(task, client);
    json_t *result = hone_mcp_result_begin(HONE_MCP_ERA_MODERN);
    hone_mcp_result_set_text(result, "resultType", "task");
    hone_task_describe(result, task, NULL);
    hone_exchange_reply_take(client,
                             hone_mcp_result_end_take(result, HONE_MCP_ERA_MODERN, NULL,
                                                      &client->app->identity));
    own->answer(own);
}

static void done_add(struct hone_job *job)
{
    struct task_job *add = job_of(job);
    struct hone_task *task = add->task;
    struct hone_exchange *client = add->exchange;
    if (job->status != 0) {
        forget(task->tasks, task);
        hone_exchange_refuse(client, HONE_RPC_INTERNAL, "the task was not stored: %s",
                             job->error.message);
    } else if (task->tasks->app->state != HONE_APP_RUNNING) {
        struct hone_jsonrpc_problem problem;
        hone_jsonrpc_problem_set(&problem, HONE_RPC_INTERNAL, HTTP_UNAVAILABLE,
                                 "the server is stopping");
        give_up(task);
        hone_exchange_refuse_take(client, &problem);
    } else if (client->cancelled) {
        end_take(task, HONE_STORE_TASK_CANCELLED, TEXT_CANCELLED, NULL, NULL);
        hone_exchange_drop(client);
    } else {
        run_task(task, client);
    }
    free_job(add);
}

void hone_tasks_start(struct hone_exchange *exchange)
{
    struct hone_tasks *tasks = exchange->app->tasks;
    int64_t now = hone_clock_unix_ms();
    if (tasks->n_tasks >= HONE_TASKS_MAX || tasks->n_at_work >= HONE_TASKS_AT_WORK_MAX) {
        hone_exchange_refuse(
            exchange, HONE_RPC_INTERNAL,
            "the server has as many tasks as it can keep; try again when "
            "some have ended");
        return;
    }
    struct hone_store_task record = {
        .id = hone_uuid_random(),
        .principal = hone_span_text(exchange->principal.name),
        .message = hone_span_text(TEXT_WORKING),
        .created_unix_ms = now,
        .updated_unix_ms = now,
        .expires_unix_ms = now + HONE_TASKS_TTL_MS,
    };
    struct hone_task *task =
        hone_task_create(tasks, &record, HONE_TASK_WORKING, &carrier);
    struct task_job *add = make_job(tasks, task, exchange, run_add, done_add, true);
    hone_exchange_keep_message(exchange);
    insert(tasks, task);
    add->record = record;
    add->record.principal = hone_span_text(task->principal);
    submit(tasks, add);
}

/* ---- inputs ---- */

void hone_tasks_ask_take(struct hone_exchange *exchange, json_t *requests, json_t *state)
{
    struct hone_task *task = exchange->task;
    exchange->on_cancel = NULL;
    if (task->ending) { /* given up while it worked */
        json_decref(requests);
        json_decref(state);
        hone_exchange_drop(exchange);
        return;
    }
    hone_task_ask_take(task, requests, state);
    hone_task_set_status(task, HONE_TASK_INPUT_REQUIRED, TEXT_WAITING,
                         hone_clock_unix_ms());
    notify(task, NULL);
}

static void resume(struct hone_task *task)
{
    struct hone_exchange *exchange = task->exchange;
    hone_task_give_inputs(task);
    hone_task_set_status(task, HONE_TASK_WORKING, TEXT_WORKING, hone_clock_unix_ms());
    notify(task, NULL);
    exchange->answer(exchange);
}

void hone_tasks_update(struct hone_exchange *exchange)
{
    const json_t *answers =
        json_object_get(hone_jsonrpc_params(&exchange->message), "inputResponses");
    struct hone_jsonrpc_problem problem;
    struct hone_task *task = find_or_refuse(exchange);
    if (task == NULL) {
        return;
    }
    if (!json_is_object(answers)) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid params: inputResponses must be an object");
        return;
    }
    bool waits = task->waits && !task->ending;
    if (waits && hone_task_answer(task, answers, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return;
    }
    acknowledge(exchange);
    if (waits && json_object_size(task->requests) == 0) {
        resume(task);
    }
}

/* ---- get ---- */

static void reply_task(struct hone_exchange *exchange, const struct hone_task *task,
                       const json_t *body)
{
    json_t *result = hone_mcp_result_begin(HONE_MCP_ERA_MODERN);
    hone_task_describe(result, task, body);
    hone_exchange_reply_take(exchange,
                             hone_mcp_result_end_take(result, HONE_MCP_ERA_MODERN, NULL,
                                                      &exchange->app->identity));
}

static void run_read(struct hone_job *job)
{
    struct task_job *read = job_of(job);
    job->status = hone_store_read_task(read->store, read->record.id, &read->arena,
                                       &read->record, &job->error);
}

static void done_read(struct hone_job *job)
{
    struct task_job *read = job_of(job);
    int status = job->status;
    if (status == 0) {
        status = hone_json_parse(&read->body, read->record.body, &job->error);
    }
    if (status == 0) {
        reply_task(read->exchange, read->task, read->body);
    } else {
        hone_exchange_refuse(read->exchange, HONE_RPC_INTERNAL,
                             "the task's result could not be read: %s",
                             job->error.message);
    }
    free_job(read);
}

void hone_tasks_get(struct hone_exchange *exchange)
{
    struct hone_task *task = find_or_refuse(exchange);
    if (task == NULL) {
        return;
    }
    bool has_body =
        task->status == HONE_TASK_COMPLETED || task->status == HONE_TASK_FAILED;
    if (has_body && task->body == NULL) {
        struct task_job *read =
            make_job(task->tasks, task, exchange, run_read, done_read, false);
        read->record.id = task->id;
        submit(task->tasks, read);
    } else {
        reply_task(exchange, task, task->body);
    }
}

/* ---- cancel ---- */

void hone_tasks_cancel(struct hone_exchange *exchange)
{
    struct hone_task *task = find_or_refuse(exchange);
    if (task == NULL) {
        return;
    }
    if (hone_task_has_ended(task) || task->ending) {
        acknowledge(exchange);
        return;
    }
    (void)hone_task_ref(task);
    end_take(task, HONE_STORE_TASK_CANCELLED, TEXT_CANCELLED, NULL, exchange);
    give_up(task);
    hone_task_unref(task);
}

/* ---- expiry ---- */

static void run_remove(struct hone_job *job)
{
    struct task_job *removal = job_of(job);
    job->status = hone_store_remove_tasks(removal->store, removal->record.expires_unix_ms,
                                          HONE_TASKS_MAX, &job->error);
}

static void done_remove(struct hone_job *job)
{
    if (job->status != 0) {
        hone_log_warn("tasks", "expired tasks stay in the store cause=\"%s\"",
                      job->error.message);
    }
    free_job(job_of(job));
}

size_t hone_tasks_expire(struct hone_tasks *tasks, int64_t now_unix_ms)
{
    size_t n = 0;
    while (!hone_list_is_empty(&tasks->order)) {
        struct hone_task *first =
            HONE_LIST_OWNER(tasks->order.next, struct hone_task, in_order);
        if (first->expires_unix_ms > now_unix_ms) {
            break;
        }
        (void)hone_task_ref(first);
        forget(tasks, first);
        give_up(first);
        hone_task_unref(first);
        n += 1;
    }
    if (n > 0) {
        struct task_job *removal =
            make_job(tasks, NULL, NULL, run_remove, done_remove, true);
        removal->record.expires_unix_ms = now_unix_ms;
        submit(tasks, removal);
    }
    return n;
}

static void on_expiry(uv_timer_t *timer)
{
    struct hone_tasks *tasks = timer->data;
    (void)hone_tasks_expire(tasks, hone_clock_unix_ms());
    set_timer(tasks);
}

/* ---- start and stop of the server ---- */

/* Those that were at work have failed; those that have expired go. */
static int clean_store(struct hone_store *store, int64_t now_unix_ms,
                       struct hone_error *err)
{
    json_t *error = make_error(TEXT_RESTARTED);
    char *body = write_body(error);
    struct hone_store_task end = {
        .status = HONE_STORE_TASK_FAILED,
        .message = hone_span_text(TEXT_RESTARTED),
        .body = hone_span_text(body),
        .updated_unix_ms = now_unix_ms,
    };
    int status = hone_store_begin(store, err);
    if (status == 0) {
        status = hone_store_end_open_tasks(store, &end, err);
        if (status == 0) {
            status = hone_store_remove_tasks(store, now_unix_ms, HONE_TASKS_MAX, err);
        }
        if (status == 0) {
            status = hone_store_commit(store, err);
        } else {
            hone_store_rollback(store);
        }
    }
    json_decref(error);
    free(body);
    return status;
}

static int load(struct hone_tasks *tasks, struct hone_error *err)
{
    struct hone_store *store = tasks->app->store;
    struct hone_store_task *records = NULL;
    size_t n_records = 0;
    struct hone_arena arena;
    int64_t now = hone_clock_unix_ms();
    hone_arena_init(&arena, LOAD_ARENA_BYTES);
    int status = clean_store(store, now, err);
    if (status == 0) {
        status = hone_store_list_tasks(store, now, HONE_TASKS_MAX, &arena, &records,
                                       &n_records, err);
    }
    for (size_t i = 0; i < n_records; i++) {
        insert(tasks, hone_task_create(tasks, &records[i],
                                       shown_status(records[i].status), &carrier));
    }
    hone_arena_finish(&arena);
    return status;
}

int hone_tasks_create(struct hone_tasks **out, struct hone_app *app,
                      struct hone_error *err)
{
    struct hone_tasks *tasks = hone_alloc_zeroed(1, sizeof(*tasks));
    tasks->app = app;
    tasks->session = hone_session_create(app, "task", false, false);
    for (size_t i = 0; i < N_BUCKETS; i++) {
        hone_list_init(&tasks->buckets[i]);
    }
    hone_list_init(&tasks->order);
    (void)uv_timer_init(&app->loop.uv, &tasks->timer);
    uv_unref((uv_handle_t *)&tasks->timer);
    tasks->timer.data = tasks;
    int status = load(tasks, err);
    if (status != 0) {
        hone_tasks_destroy(tasks);
        return status;
    }
    *out = tasks;
    return 0;
}

static bool can_be_stopped(const struct hone_task *task)
{
    return task->exchange != NULL && !task->ending &&
           (task->waits || task->exchange->on_cancel != NULL);
}

void hone_tasks_stop(struct hone_tasks *tasks)
{
    HONE_LIST_EACH(&tasks->order, link)
    {
        struct hone_task *task = HONE_LIST_OWNER(link, struct hone_task, in_order);
        if (can_be_stopped(task)) {
            give_up(task);
        }
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct hone_tasks *tasks = handle->data;
    free(tasks);
}

void hone_tasks_destroy(struct hone_tasks *tasks)
{
    if (tasks == NULL) {
        return;
    }
    hone_tasks_stop(tasks);
    while (!hone_list_is_empty(&tasks->order)) {
        forget(tasks, HONE_LIST_OWNER(tasks->order.next, struct hone_task, in_order));
    }
    hone_session_close(tasks->session);
    uv_close((uv_handle_t *)&tasks->timer, on_timer_closed);
}
