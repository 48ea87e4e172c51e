/* Calls that go on by themselves: the tasks extension.
 *
 * A task has an exchange of its own, whose channel it is: what the tool answers becomes
 * the task's result, what it asks for the task's inputRequests. A task is durable before
 * its client hears of it, and its end before anybody sees it; after a restart of the
 * server a task that was at work has failed, and says why. Only who made a task (the
 * principal) finds it. Thread: loop. */
#ifndef HONE_SERVER_TASKS_H
#define HONE_SERVER_TASKS_H

#include "base/attr.h"
#include "base/error.h"
#include "server/exchange.h"

#define HONE_TASKS_MAX          10000              /* kept, ended or not */
#define HONE_TASKS_AT_WORK_MAX  1000               /* of them */
#define HONE_TASKS_TTL_MS       (60 * 60 * 1000)   /* kept after its beginning */
#define HONE_TASKS_POLL_MS      1000               /* how often clients should ask */
#define HONE_TASKS_RESULT_BYTES (16 * 1024 * 1024) /* of a result as JSON */

struct hone_tasks;
struct hone_task;

/* Takes over what the store has; before the lanes run, because it uses the store. */
int hone_tasks_create(struct hone_tasks **out, struct hone_app *app,
                      struct hone_error *err) HONE_MUST_USE;
/* The server stops: what is at work and can be stopped, or waits for its client, is given
 * up. Work that cannot be stopped goes on and ends as ever. */
void hone_tasks_stop(struct hone_tasks *tasks);
/* After the lanes; memory goes when the loop has closed the timer. Accepts NULL. */
void hone_tasks_destroy(struct hone_tasks *tasks);

/* Makes a task of a tools/call: answers the exchange with CreateTaskResult once it is
 * durable, then runs exchange->answer on the task's own exchange (whose `task` is set). */
void hone_tasks_start(struct hone_exchange *exchange);
/* The task's handler lacks inputs: status input_required; runs again with them. Takes
 * both. For server/inputs.c. */
void hone_tasks_ask_take(struct hone_exchange *exchange, json_t *requests, json_t *state);

/* tasks/get, tasks/update, tasks/cancel: answer and end the exchange. */
void hone_tasks_get(struct hone_exchange *exchange);
void hone_tasks_update(struct hone_exchange *exchange);
void hone_tasks_cancel(struct hone_exchange *exchange);

/* Is there such a task of whom the exchange is answered for? */
bool hone_tasks_is_known(const struct hone_exchange *exchange, struct hone_span task_id);

#endif
