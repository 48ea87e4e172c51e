/* OPEN -> COMPLETE, or either -> gone (forgotten, or too old). The timer runs while there are
 * any. */
#include "server/elicitations.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/uuid.h"
#include "server/app_internal.h"
#include "server/elicitations_internal.h"
#include "server/inputs.h"
#include "server/inputs_legacy.h"

#include <stdlib.h>
#include <string.h>

#define HTTP_OK 200
#define LOOK_MS 10000 /* between looks for those that are too old */

struct elicitation {
    struct hone_list link;
    char id[HONE_UUID_TEXT_LEN + 1];
    char *purpose;
    struct hone_session *session; /* a reference: of a legacy client, else NULL */
    bool complete;
    uint64_t until_ms;
    struct hone_list waiters;
};

/* In the arena of its exchange. */
struct waiter {
    struct hone_list link;
    struct hone_exchange *exchange;
};

struct hone_elicitations {
    struct hone_app *app;
    struct hone_list all;
    size_t n;
    uv_timer_t timer;
};

static struct elicitation *find(const struct hone_elicitations *elicitations,
                                struct hone_span id)
{
    HONE_LIST_EACH(&elicitations->all, link)
    {
        struct elicitation *one = HONE_LIST_OWNER(link, struct elicitation, link);
        if (hone_span_is(id, one->id)) {
            return one;
        }
    }
    return NULL;
}

/* ---- waiting ---- */

static struct hone_exchange *let_go(struct waiter *waiter)
{
    struct hone_exchange *exchange = waiter->exchange;
    hone_list_remove(&waiter->link);
    exchange->work = NULL;
    exchange->on_cancel = NULL;
    return exchange;
}

static void on_cancel(struct hone_exchange *exchange)
{
    hone_exchange_drop(let_go(exchange->work));
}

void hone_elicitations_wait(struct hone_exchange *exchange, const char *id)
{
    struct elicitation *one = find(exchange->app->elicitations, hone_span_text(id));
    HONE_REQUIRE(one != NULL && !one->complete);
    hone_exchange_keep_message(exchange);
    struct waiter *waiter = hone_arena_alloc(&exchange->arena, 1, sizeof(*waiter));
    HONE_INVARIANT(waiter != NULL);
    waiter->exchange = exchange;
    hone_list_init(&waiter->link);
    hone_list_append(&one->waiters, &waiter->link);
    exchange->work = waiter;
    exchange->on_cancel = on_cancel;
}

/* An answer may forget the elicitation, or find out that other clients are gone. */
static void wake(struct elicitation *one)
{
    struct hone_list woken;
    hone_list_init(&woken);
    HONE_LIST_EACH(&one->waiters, link)
    {
        hone_list_remove(link);
        hone_list_append(&woken, link);
    }
    while (!hone_list_is_empty(&woken)) {
        struct hone_exchange *exchange =
            let_go(HONE_LIST_OWNER(woken.next, struct waiter, link));
        exchange->answer(exchange);
    }
}

/* ---- the end of one ---- */

/* Nobody waits for it any more. */
static void free_one(struct elicitation *one)
{
    if (one->session != NULL) {
        hone_session_unref(one->session);
    }
    free(one->purpose);
    free(one);
}

static void take_off(struct hone_elicitations *elicitations, struct elicitation *one)
{
    hone_list_remove(&one->link);
    elicitations->n -= 1;
}

void hone_elicitations_forget(struct hone_elicitations *elicitations, const char *id)
{
    struct elicitation *one = id != NULL ? find(elicitations, hone_span_text(id)) : NULL;
    if (one != NULL) {
        take_off(elicitations, one);
        wake(one);
        free_one(one);
    }
}

/* Off the list of all nobody finds them, whatever those do that run again. */
void hone_elicitations_expire(struct hone_elicitations *elicitations, uint64_t now_ms)
{
    struct hone_list old;
    hone_list_init(&old);
    HONE_LIST_EACH(&elicitations->all, link)
    {
        struct elicitation *one = HONE_LIST_OWNER(link, struct elicitation, link);
        if (one->until_ms <= now_ms) {
            take_off(elicitations, one);
            hone_list_append(&old, link);
        }
    }
    HONE_LIST_EACH(&old, link)
    {
        struct elicitation *one = HONE_LIST_OWNER(link, struct elicitation, link);
        hone_list_remove(link);
        wake(one);
        free_one(one);
    }
    if (elicitations->n == 0) {
        (void)uv_timer_stop(&elicitations->timer);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct hone_elicitations *elicitations = timer->data;
    hone_elicitations_expire(elicitations, hone_loop_now_ms(&elicitations->app->loop));
}

/* ---- all of them ---- */

struct hone_elicitations *hone_elicitations_create(struct hone_app *app)
{
    struct hone_elicitations *elicitations = hone_alloc_zeroed(1, sizeof(*elicitations));
    elicitations->app = app;
    hone_list_init(&elicitations->all);
    (void)uv_timer_init(&app->loop.uv, &elicitations->timer);
    uv_unref((uv_handle_t *)&elicitations->timer);
    elicitations->timer.data = elicitations;
    return elicitations;
}

/* A waiter that is told may take others with it. */
void hone_elicitations_stop(struct hone_elicitations *elicitations)
{
    HONE_LIST_EACH(&elicitations->all, link)
    {
        struct elicitation *one = HONE_LIST_OWNER(link, struct elicitation, link);
        while (!hone_list_is_empty(&one->waiters)) {
            struct waiter *waiter =
                HONE_LIST_OWNER(one->waiters.next, struct waiter, link);
            hone_exchange_refuse(let_go(waiter), HONE_RPC_INTERNAL,
                                 "the server is stopping");
        }
    }
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void hone_elicitations_destroy(struct hone_elicitations *elicitations)
{
    if (elicitations == NULL) {
        return;
    }
    hone_elicitations_stop(elicitations);
    HONE_LIST_EACH(&elicitations->all, link)
    {
        hone_list_remove(link);
        free_one(HONE_LIST_OWNER(link, struct elicitation, link));
    }
    uv_close((uv_handle_t *)&elicitations->timer, on_closed);
}

/* ---- one ---- */

static bool is_legacy(const struct hone_exchange *exchange)
{
    return exchange->request.era == HONE_MCP_ERA_LEGACY;
}

const char *hone_elicitations_begin(struct hone_exchange *exchange, const char *purpose)
{
    struct hone_elicitations *elicitations = exchange->app->elicitations;
    if (elicitations->n >= HONE_ELICITATIONS_MAX) {
        return NULL;
    }
    struct elicitation *one = hone_alloc_zeroed(1, sizeof(*one));
    hone_uuid_format(hone_uuid_random(), one->id);
    one->purpose = hone_alloc_text(purpose);
    one->session = is_legacy(exchange) ? hone_session_ref(exchange->session) : NULL;
    one->until_ms = hone_loop_now_ms(&exchange->app->loop) + HONE_INPUTS_TTL_MS;
    hone_list_init(&one->waiters);
    hone_list_init(&one->link);
    hone_list_append(&elicitations->all, &one->link);
    elicitations->n += 1;
    if (elicitations->n == 1) {
        (void)uv_timer_start(&elicitations->timer, on_timer, LOOK_MS, LOOK_MS);
    }
    return one->id;
}

const char *hone_elicitations_find(const struct hone_exchange *exchange,
                                   const char *purpose)
{
    const char *id = NULL;
    HONE_LIST_EACH(&exchange->app->elicitations->all, link)
    {
        const struct elicitation *one = HONE_LIST_OWNER(link, struct elicitation, link);
        if (is_legacy(exchange) && one->session == exchange->session &&
            strcmp(one->purpose, purpose) == 0) {
            id = one->id;
        }
    }
    return id;
}

enum hone_elicitation_status
hone_elicitations_status(const struct hone_elicitations *elicitations, const char *id)
{
    const struct elicitation *one =
        id != NULL ? find(elicitations, hone_span_text(id)) : NULL;
    if (one == NULL) {
        return HONE_ELICITATION_GONE;
    }
    return one->complete ? HONE_ELICITATION_COMPLETE : HONE_ELICITATION_OPEN;
}

/* On the stream of the request that waits, where one does: there the client listens. */
static void tell_client(struct elicitation *one)
{
    const char *method = "notifications/elicitation/complete";
    if (one->session == NULL || one->session->closed ||
        (one->session->abilities & HONE_SESSION_ELICIT_URL) == 0) {
        return;
    }
    json_t *params = json_pack("{s:s}", "elicitationId", one->id);
    if (hone_list_is_empty(&one->waiters)) {
        hone_session_notify(one->session, method, params);
    } else {
        struct waiter *waiter = HONE_LIST_OWNER(one->waiters.next, struct waiter, link);
        hone_exchange_notify(waiter->exchange, method, params);
    }
    json_decref(params);
}

int hone_elicitations_complete(struct hone_elicitations *elicitations,
                               struct hone_span id)
{
    struct elicitation *one = find(elicitations, id);
    if (one == NULL || one->complete) {
        return HONE_E_NOT_FOUND;
    }
    one->complete = true;
    tell_client(one);
    wake(one);
    return 0;
}

void hone_elicitations_require(struct hone_exchange *exchange, const char *id,
                               const char *url, const char *message)
{
    struct hone_jsonrpc_problem problem;
    HONE_REQUIRE(is_legacy(exchange));
    if ((hone_session_abilities(exchange) & HONE_SESSION_ELICIT_URL) == 0) {
        hone_inputs_legacy_refuse(exchange,
                                  "the client did not declare that it opens URLs "
                                  "(capability \"elicitation\", \"url\"), without which "
                                  "this cannot be done");
        return;
    }
    hone_jsonrpc_problem_set(&problem, HONE_RPC_URL_ELICITATION_REQUIRED, HTTP_OK, "%s",
                             message);
    problem.data = json_pack("{s:[{s:s, s:s, s:s, s:s}]}", "elicitations", "mode", "url",
                             "elicitationId", id, "url", url, "message", message);
    hone_exchange_refuse_take(exchange, &problem);
}
