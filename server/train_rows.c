/* rest -> append (feedback.c) -> rest -> answer. */
#include "server/train_rows.h"

#include "base/alloc.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/demonstration.h"
#include "server/feedback.h"
#include "server/holds.h"
#include "server/principal.h"
#include "server/training.h"

#include <stdint.h>
#include <stdlib.h>

struct train {
    struct hone_exchange *exchange;
    struct hone_skill *skill;
    struct hone_training_rest rest;
    json_t *rows; /* with the skill's name in each */
    json_t *refused;
    size_t n_stored, n_known;
};

static void refuse_exchange(struct hone_exchange *exchange, int code, const char *message,
                            const char *hint)
{
    struct hone_jsonrpc_problem problem = {0};
    hone_jsonrpc_problem_set(
        &problem, code == HONE_E_INVALID ? HONE_RPC_INVALID_PARAMS : HONE_RPC_INTERNAL,
        200, "%s", message);
    problem.data = json_pack("{s:s,s:s}", "code", hone_error_name(code), "hint", hint);
    hone_exchange_refuse_take(exchange, &problem);
}

static void refuse(struct train *train, int code, const char *message, const char *hint)
{
    refuse_exchange(train->exchange, code, message, hint);
}

static void train_destroy(struct train *train)
{
    json_decref(train->rows);
    json_decref(train->refused);
    free(train);
}

static void answer(struct train *train)
{
    const struct hone_training *training = train->skill->owner_data;
    hone_exchange_reply_take(
        train->exchange,
        json_pack("{s:s,s:I,s:I,s:O,s:i,s:I}", "skill", train->skill->package->name,
                  "stored", (json_int_t)train->n_stored, "known",
                  (json_int_t)train->n_known, "refused", train->refused, "live",
                  (int)training->live_version, "position",
                  (json_int_t)training->trained));
    train_destroy(train);
}

/* Refuses and ends the train unless there is rest. */
static bool is_at_rest(struct train *train, int status, const struct hone_error *err)
{
    if (status == 0) {
        return true;
    }
    refuse(train, status, err->message,
           "what was stored is kept: the same command goes on from there");
    train_destroy(train);
    return false;
}

static void on_learnt(struct hone_training_rest *rest, int status,
                      const struct hone_error *err)
{
    struct train *train = HONE_LIST_OWNER(rest, struct train, rest);
    if (is_at_rest(train, status, err)) {
        answer(train);
    }
}

static void add_refused(struct train *train, size_t row, const struct hone_error *err)
{
    (void)json_array_append_new(train->refused,
                                json_pack("{s:I,s:s,s:s,s:s}", "row", (json_int_t)row,
                                          "code", hone_error_name(err->code), "message",
                                          err->message, "hint", err->hint));
}

/* What the store cannot take now, as opposed to rows that nobody could take. */
static bool is_passing(int code)
{
    return code == HONE_E_AGAIN || code == HONE_E_FULL || code == HONE_E_READ_ONLY ||
           code == HONE_E_IO || code == HONE_E_CANCELLED || code == HONE_E_NOMEM;
}

static void on_stored(void *user, const struct hone_feedback_outcome *outcomes,
                      size_t n_outcomes)
{
    struct train *train = user;
    for (size_t i = 0; i < n_outcomes; i++) {
        if (is_passing(outcomes[i].status)) {
            refuse(train, outcomes[i].status, outcomes[i].error.message,
                   outcomes[i].error.hint);
            train_destroy(train);
            return;
        }
        /* One that was on the other side when it was stored is still the same row. */
        if (outcomes[i].duplicate || outcomes[i].status == HONE_E_EXISTS) {
            train->n_known += 1;
        } else if (outcomes[i].status != 0) {
            add_refused(train, i, &outcomes[i].error);
        } else {
            train->n_stored += 1;
        }
    }
    train->rest.done = on_learnt;
    hone_training_rest(train->skill->owner_data, &train->rest);
}

static void on_rest(struct hone_training_rest *rest, int status,
                    const struct hone_error *err)
{
    struct train *train = HONE_LIST_OWNER(rest, struct train, rest);
    const json_t *items[HONE_FEEDBACK_ITEMS_MAX];
    size_t n = json_array_size(train->rows);
    if (!is_at_rest(train, status, err)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        items[i] = json_array_get(train->rows, i);
    }
    hone_feedback_submit(
        train->exchange->app, items, n,
        (struct hone_feedback_sender){.source = hone_span_text(HONE_PRINCIPAL_TRAIN),
                                      .is_proven = true,
                                      .is_file = true},
        hone_span_of(NULL, 0), on_stored, train);
}

static int take_rows(struct train *train, const json_t *rows, struct hone_error *err)
{
    size_t i = 0;
    const json_t *row = NULL;
    if (!json_is_array(rows) || json_array_size(rows) > HONE_FEEDBACK_ITEMS_MAX) {
        return hone_error_set(err, HONE_E_INVALID,
                              "rows must be an array of at most %d rows",
                              HONE_FEEDBACK_ITEMS_MAX);
    }
    if (!train->skill->package->kind->learns) {
        return hone_error_set(err, HONE_E_INVALID, "%s does not learn",
                              train->skill->package->name);
    }
    if (hone_holds_frozen(train->skill->owner_data)) {
        (void)hone_error_set(err, HONE_E_INVALID, "%s is frozen: it learns nothing",
                             train->skill->package->name);
        return hone_error_hint(err, "thaw it first: hone thaw %s --reason TEXT",
                               train->skill->package->name);
    }
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
    {
        json_t *item = json_copy((json_t *)(uintptr_t)row);
        if (!json_is_object(item) || json_object_get(item, "input") == NULL ||
            hone_json_text(item, "idempotency_key").len == 0) {
            json_decref(item);
            return hone_error_set(err, HONE_E_INVALID,
                                  "row %zu needs an input and an idempotency_key", i);
        }
        (void)json_object_set_new(item, "skill",
                                  json_string(train->skill->package->name));
        (void)json_array_append_new(train->rows, item);
    }
    return 0;
}

void hone_train_rows(struct hone_exchange *exchange, struct hone_skill *skill)
{
    struct train *train = hone_alloc_zeroed(1, sizeof(*train));
    struct hone_error err = {0};
    *train = (struct train){.exchange = exchange,
                            .skill = skill,
                            .rows = json_array(),
                            .refused = json_array()};
    const json_t *params = hone_jsonrpc_params(&exchange->message);
    int status = take_rows(train, json_object_get(params, "rows"), &err);
    if (status != 0) {
        refuse(train, status, err.message, err.hint);
        train_destroy(train);
        return;
    }
    train->rest.done = on_rest;
    hone_training_rest(skill->owner_data, &train->rest);
}

/* ---- which texts are known ---- */

struct known {
    struct hone_job job;
    struct hone_exchange *exchange;
    struct hone_skill *skill;
    size_t n;
    struct hone_span texts[HONE_FEEDBACK_ITEMS_MAX]; /* borrowed from the params */
    uint64_t positions[HONE_FEEDBACK_ITEMS_MAX];
};

static void run_known(struct hone_job *job)
{
    struct known *known = HONE_LIST_OWNER(job, struct known, job);
    const struct hone_training *training = known->skill->owner_data;
    struct hone_span source = hone_span_text(HONE_PRINCIPAL_TRAIN);
    for (size_t i = 0; i < known->n && job->status == 0; i++) {
        struct hone_uuid id =
            hone_demonstration_id(training->store_id, source, known->texts[i]);
        int status = hone_store_find_feedback(training->app->store, id, source,
                                              &known->positions[i], &job->error);
        job->status = status == HONE_E_NOT_FOUND ? 0 : status;
    }
}

static void done_known(struct hone_job *job)
{
    struct known *known = HONE_LIST_OWNER(job, struct known, job);
    if (job->status != 0) {
        refuse_exchange(known->exchange, job->status, job->error.message,
                        job->error.hint);
    } else {
        json_t *positions = json_array();
        for (size_t i = 0; i < known->n; i++) {
            (void)json_array_append_new(positions,
                                        json_integer((json_int_t)known->positions[i]));
        }
        hone_exchange_reply_take(known->exchange, json_pack("{s:s,s:o}", "skill",
                                                            known->skill->package->name,
                                                            "positions", positions));
    }
    free(known);
}

void hone_train_rows_known(struct hone_exchange *exchange, struct hone_skill *skill)
{
    const json_t *texts =
        json_object_get(hone_jsonrpc_params(&exchange->message), "texts");
    size_t i = 0;
    const json_t *text = NULL;
    struct known *known = hone_alloc_zeroed(1, sizeof(*known));
    known->exchange = exchange;
    known->skill = skill;
    bool is_good =
        json_is_array(texts) && json_array_size(texts) <= HONE_FEEDBACK_ITEMS_MAX;
    json_array_foreach((json_t *)(uintptr_t)(is_good ? texts : NULL), i, text)
    {
        is_good = is_good && json_string_length(text) > 0;
        known->texts[known->n++] =
            hone_span_of(json_string_value(text), json_string_length(text));
    }
    known->job = (struct hone_job){.run = run_known, .done = done_known};
    if (!is_good) {
        refuse_exchange(exchange, HONE_E_INVALID,
                        "texts must be an array of at most 1,000 text keys", "");
        free(known);
    } else if (hone_worker_submit(exchange->app->worker, HONE_LANE_STORE,
                                  HONE_PRIORITY_NORMAL, &known->job) != 0) {
        refuse_exchange(exchange, HONE_E_AGAIN, "the store's queue is full", "");
        free(known);
    }
}
