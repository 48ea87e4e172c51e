/* One task: what is known of it, and how clients see it. For server/tasks.c alone.
 *
 *     WORKING <-> INPUT_REQUIRED;  either -> COMPLETED, FAILED or CANCELLED
 *
 * Between the decision for an end and its being durable the task is `ending` and still
 * shown as before. Counted: the index of tasks holds a reference, its exchange another,
 * each job of the store that is about it another. Thread: loop. */
#ifndef HONE_SERVER_TASK_H
#define HONE_SERVER_TASK_H

#include "base/attr.h"
#include "base/list.h"
#include "base/uuid.h"
#include "server/exchange.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_tasks;

enum hone_task_status {
    HONE_TASK_WORKING,
    HONE_TASK_INPUT_REQUIRED,
    HONE_TASK_COMPLETED,
    HONE_TASK_FAILED,
    HONE_TASK_CANCELLED,
};

struct hone_task {
    struct hone_tasks *tasks;
    struct hone_list in_bucket, in_order; /* of the index */
    unsigned n_refs;
    struct hone_uuid id;
    char *principal;
    enum hone_task_status status;
    bool ending, forgotten;
    bool waits; /* its exchange waits for inputs: no handler runs */
    int64_t created_unix_ms, updated_unix_ms, expires_unix_ms;
    char *message;                  /* NULL: none */
    json_t *body;                   /* of an end that is in memory only; else NULL */
    struct hone_channel *channel;   /* whose owner it is */
    struct hone_exchange *exchange; /* at work, or waiting for inputs; else NULL */
    json_t *requests;               /* not answered yet, by the client's key */
    json_t *keys;                   /* the handler's key by the client's; all ever used */
    json_t *answers;                /* of this round, by the handler's key */
    json_t *state;                  /* for the handler */
};

/* record: id, principal, message and times are taken over. */
struct hone_task *
hone_task_create(struct hone_tasks *tasks, const struct hone_store_task *record,
                 enum hone_task_status status,
                 const struct hone_channel_carrier *carrier) HONE_MUST_USE;
struct hone_task *hone_task_ref(struct hone_task *task);
void hone_task_unref(struct hone_task *task);

bool hone_task_has_ended(const struct hone_task *task);
/* message NULL: none. */
void hone_task_set_status(struct hone_task *task, enum hone_task_status status,
                          const char *message, int64_t now_unix_ms);

/* Adds the members of a task, as the extension names them, with those that belong to its
 * status. body: result or error of its end, borrowed; NULL where there is none. */
void hone_task_describe(json_t *object, const struct hone_task *task, const json_t *body);

/* Shows requests to the client, under keys that it has never seen in this task. Takes
 * both. */
void hone_task_ask_take(struct hone_task *task, json_t *requests, json_t *state);
/* Takes answers; those to what was not asked, or was answered, are ignored. -1 with
 * *problem, and nothing taken, when one does not fit. */
int hone_task_answer(struct hone_task *task, const json_t *answers,
                     struct hone_jsonrpc_problem *problem) HONE_MUST_USE;
/* Moves answers and state into the exchange, for the handler's next run. */
void hone_task_give_inputs(struct hone_task *task);

#endif
