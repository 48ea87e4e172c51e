#include "server/task.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "protocol/mcp_result.h"
#include "server/inputs_check.h"
#include "server/tasks.h"

#include <stdio.h>
#include <stdlib.h>

#define HTTP_OK       200
#define KEY_BYTES_MAX 256

static const char *const status_names[] = {
    [HONE_TASK_WORKING] = "working",     [HONE_TASK_INPUT_REQUIRED] = "input_required",
    [HONE_TASK_COMPLETED] = "completed", [HONE_TASK_FAILED] = "failed",
    [HONE_TASK_CANCELLED] = "cancelled",
};

struct hone_task *hone_task_create(struct hone_tasks *tasks,
                                   const struct hone_store_task *record,
                                   enum hone_task_status status,
                                   const struct hone_channel_carrier *carrier)
{
    struct hone_task *task = hone_alloc_zeroed(1, sizeof(*task));
    task->tasks = tasks;
    task->n_refs = 1;
    task->id = record->id;
    task->principal = hone_alloc_bytes(record->principal.data, record->principal.len);
    task->status = status;
    task->created_unix_ms = record->created_unix_ms;
    task->updated_unix_ms = record->updated_unix_ms;
    task->expires_unix_ms = record->expires_unix_ms;
    if (record->message.len > 0) {
        task->message = hone_alloc_bytes(record->message.data, record->message.len);
    }
    task->channel = hone_channel_create(carrier, task, false);
    hone_list_init(&task->in_bucket);
    hone_list_init(&task->in_order);
    return task;
}

struct hone_task *hone_task_ref(struct hone_task *task)
{
    HONE_REQUIRE(task->n_refs > 0);
    task->n_refs += 1;
    return task;
}

static void forget_inputs(struct hone_task *task)
{
    json_decref(task->requests);
    json_decref(task->answers);
    json_decref(task->state);
    task->requests = task->answers = task->state = NULL;
}

void hone_task_unref(struct hone_task *task)
{
    HONE_REQUIRE(task->n_refs > 0);
    task->n_refs -= 1;
    if (task->n_refs > 0) {
        return;
    }
    HONE_INVARIANT(task->exchange == NULL);
    hone_channel_close(task->channel);
    forget_inputs(task);
    json_decref(task->keys);
    json_decref(task->body);
    free(task->message);
    free(task->principal);
    free(task);
}

bool hone_task_has_ended(const struct hone_task *task)
{
    return task->status >= HONE_TASK_COMPLETED;
}

void hone_task_set_status(struct hone_task *task, enum hone_task_status status,
                          const char *message, int64_t now_unix_ms)
{
    HONE_REQUIRE(!hone_task_has_ended(task));
    task->status = status;
    free(task->message);
    task->message = message != NULL ? hone_alloc_text(message) : NULL;
    task->updated_unix_ms = now_unix_ms;
    if (hone_task_has_ended(task)) {
        forget_inputs(task);
    }
}

/* ---- as clients see it ---- */

static void set_time(json_t *object, const char *key, int64_t unix_ms)
{
    char text[HONE_CLOCK_TEXT_SIZE];
    hone_clock_format_unix_ms(text, unix_ms);
    hone_mcp_result_set_text(object, key, text);
}

void hone_task_describe(json_t *object, const struct hone_task *task, const json_t *body)
{
    char id[HONE_UUID_TEXT_LEN + 1];
    hone_uuid_format(task->id, id);
    hone_mcp_result_set_text(object, "taskId", id);
    hone_mcp_result_set_text(object, "status", status_names[task->status]);
    hone_mcp_result_set_text(object, "statusMessage", task->message);
    set_time(object, "createdAt", task->created_unix_ms);
    set_time(object, "lastUpdatedAt", task->updated_unix_ms);
    hone_mcp_result_set_take(object, "ttlMs",
                             json_integer(task->expires_unix_ms - task->created_unix_ms));
    hone_mcp_result_set_take(object, "pollIntervalMs", json_integer(HONE_TASKS_POLL_MS));
    if (task->status == HONE_TASK_INPUT_REQUIRED) {
        /* A copy: the task's own loses members as they are answered. */
        hone_mcp_result_set_take(object, "inputRequests", json_copy(task->requests));
    } else if (task->status == HONE_TASK_COMPLETED && body != NULL) {
        hone_mcp_result_set_take(object, "result", hone_mcp_result_share(body));
    } else if (task->status == HONE_TASK_FAILED && body != NULL) {
        hone_mcp_result_set_take(object, "error", hone_mcp_result_share(body));
    }
}

/* ---- inputs ---- */

/* A client may take a key that it has seen for a question that it has answered, so one
 * that is used again gets a number. */
static const char *mint_key(const struct hone_task *task, const char *key,
                            char buffer[KEY_BYTES_MAX])
{
    const char *minted = key;
    for (int n = 2; json_object_get(task->keys, minted) != NULL; n++) {
        (void)snprintf(buffer, KEY_BYTES_MAX, "%.200s-%d", key, n);
        minted = buffer;
    }
    return minted;
}

void hone_task_ask_take(struct hone_task *task, json_t *requests, json_t *state)
{
    char buffer[KEY_BYTES_MAX];
    const char *key;
    const json_t *request;
    forget_inputs(task);
    task->waits = true;
    if (task->keys == NULL) {
        task->keys = json_object();
    }
    task->requests = json_object();
    task->answers = json_object();
    task->state = state;
    json_object_foreach(requests, key, request)
    {
        const char *minted = mint_key(task, key, buffer);
        hone_mcp_result_set_take(task->keys, minted, json_string(key));
        hone_mcp_result_set_take(task->requests, minted, hone_mcp_result_share(request));
    }
    json_decref(requests);
}

int hone_task_answer(struct hone_task *task, const json_t *answers,
                     struct hone_jsonrpc_problem *problem)
{
    json_t *all = (json_t *)(uintptr_t)answers;
    const char *key;
    const json_t *answer;
    struct hone_error err;
    json_object_foreach(all, key, answer)
    {
        const json_t *request = json_object_get(task->requests, key);
        if (request != NULL && hone_inputs_check(request, answer, &err) != 0) {
            hone_jsonrpc_problem_set(problem, HONE_RPC_INVALID_PARAMS, HTTP_OK,
                                     "invalid params: inputResponses: %.64s: %s", key,
                                     err.message);
            return -1;
        }
    }
    json_object_foreach(all, key, answer)
    {
        if (json_object_get(task->requests, key) != NULL) {
            const char *own = json_string_value(json_object_get(task->keys, key));
            hone_mcp_result_set_take(task->answers, own, hone_mcp_result_share(answer));
            (void)json_object_del(task->requests, key);
        }
    }
    return 0;
}

void hone_task_give_inputs(struct hone_task *task)
{
    struct hone_exchange *exchange = task->exchange;
    task->waits = false;
    if (exchange->inputs == NULL) {
        exchange->inputs = json_object();
    }
    HONE_INVARIANT(json_object_update(exchange->inputs, task->answers) == 0);
    json_decref(exchange->state);
    exchange->state = task->state;
    task->state = NULL;
    forget_inputs(task);
}
