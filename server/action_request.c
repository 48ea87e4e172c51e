#include "server/action_request.h"

#include "base/alloc.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/action.h"
#include "server/app_internal.h"
#include "server/feedback.h"
#include "server/holds.h"

#include <stdlib.h>
#include <string.h>

#define NAME_SHOWN_MAX 128
#define REASON_MAX     4096 /* bytes */

struct request {
    struct hone_training *training;
    enum hone_action_kind kind;
    hone_action_request_cb done;
    void *user;
};

static int find_training(struct hone_training **out, struct hone_app *app,
                         struct hone_span name, struct hone_error *err)
{
    char shown[NAME_SHOWN_MAX + 1];
    struct hone_skill *skill = hone_registry_find(app->registry, name);
    if (name.len == 0) {
        (void)hone_error_set(err, HONE_E_INVALID, "the request must name a skill");
        return HONE_E_INVALID;
    }
    if (skill != NULL && skill->owner_data != NULL) {
        *out = skill->owner_data;
        return 0;
    }
    struct hone_span prefix = hone_text_prefix(name, NAME_SHOWN_MAX);
    memcpy(shown, prefix.data, prefix.len);
    shown[prefix.len] = '\0';
    const char *nearest = hone_registry_nearest(app->registry, shown);
    (void)hone_error_set(err, HONE_E_NOT_FOUND, "there is no skill %s", shown);
    if (nearest != NULL) {
        (void)hone_error_hint(err, "did you mean %s?", nearest);
    }
    return HONE_E_NOT_FOUND;
}

static int read_action(struct hone_action_order *out, const json_t *request,
                       struct hone_error *err)
{
    struct hone_span name = hone_json_text(request, "action");
    int kind = hone_action_find(name);
    if (kind < 0) {
        (void)hone_error_set(err, HONE_E_INVALID, "the request names no known action");
        return hone_error_hint(
            err, "\"action\" is freeze, pin, promote, rollback, thaw or unpin");
    }
    out->kind = (enum hone_action_kind)kind;
    return 0;
}

static int read_version(struct hone_action_order *out, const json_t *request,
                        struct hone_error *err)
{
    const json_t *to = json_object_get(request, "to");
    if (to == NULL && out->kind == HONE_ACTION_PROMOTE) {
        (void)hone_error_set(err, HONE_E_INVALID,
                             "promote needs the number of a version");
        return hone_error_hint(err, "hone promote SKILL@N, or \"to\": N in a request");
    }
    if (to == NULL) {
        return 0;
    }
    if (!hone_action_takes_version(out->kind)) {
        return hone_error_set(err, HONE_E_INVALID, "%s takes no version",
                              hone_action_name(out->kind));
    }
    if (!json_is_integer(to) || json_integer_value(to) < 1 ||
        json_integer_value(to) > UINT32_MAX) {
        return hone_error_set(err, HONE_E_INVALID, "to must be the number of a version");
    }
    out->to = (uint32_t)json_integer_value(to);
    return 0;
}

static int read_texts(struct hone_action_order *out, const json_t *request,
                      struct hone_action_sender sender, struct hone_error *err)
{
    struct hone_span actor = hone_json_text(request, "actor");
    out->reason = hone_json_text(request, "reason");
    out->actor = actor.len > 0 && !sender.is_proven ? actor : sender.name;
    if (out->reason.len == 0 && hone_action_needs_reason(out->kind)) {
        (void)hone_error_set(err, HONE_E_INVALID, "%s needs a reason",
                             hone_action_name(out->kind));
        return hone_error_hint(err, "say why, for the audit log: --reason TEXT");
    }
    if (out->reason.len > REASON_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "the reason is longer than the %d bytes that are kept",
                              REASON_MAX);
    }
    if (out->actor.len > HONE_FEEDBACK_SOURCE_MAX) {
        return hone_error_set(err, HONE_E_LIMIT, "the actor is longer than %d bytes",
                              HONE_FEEDBACK_SOURCE_MAX);
    }
    return 0;
}

static int check_learns(const struct hone_package *package, struct hone_error *err)
{
    if (package->kind->learns) {
        return 0;
    }
    (void)hone_error_set(err, HONE_E_INVALID, "%s has one version: it does not learn",
                         package->name);
    return hone_error_hint(err, "skills of kind %s are changed in their folders",
                           package->kind->name);
}

static int read_request(struct hone_training **training, struct hone_action_order *order,
                        struct hone_app *app, const json_t *request,
                        struct hone_action_sender sender, struct hone_error *err)
{
    int status = find_training(training, app, hone_json_text(request, "skill"), err);
    if (status == 0) {
        status = read_action(order, request, err);
    }
    if (status == 0) {
        status = read_version(order, request, err);
    }
    if (status == 0) {
        status = read_texts(order, request, sender, err);
    }
    return status == 0 ? check_learns((*training)->skill->package, err) : status;
}

static void on_done(void *user, const struct hone_action_result *result)
{
    struct request *request = user;
    const char *skill = request->training->skill->package->name;
    const char *action = hone_action_name(request->kind);
    json_t *answer = NULL;
    if (result->status == 0 && hone_action_moves(request->kind)) {
        answer = json_pack("{s:s,s:s,s:b,s:i,s:i,s:I}", "skill", skill, "action", action,
                           "changed", (int)!result->is_done_before, "from",
                           (int)result->from, "live", (int)result->live, "position",
                           (json_int_t)result->position);
    } else if (result->status == 0) {
        answer = json_pack("{s:s,s:s,s:b,s:I,s:o}", "skill", skill, "action", action,
                           "changed", (int)!result->is_done_before, "position",
                           (json_int_t)result->position, "hold",
                           hone_holds_json(request->training));
    }
    request->done(request->user, result->status, answer, &result->error);
    json_decref(answer);
    free(request);
}

void hone_action_request(struct hone_app *app, const json_t *request,
                         struct hone_action_sender sender, hone_action_request_cb done,
                         void *user)
{
    struct hone_training *training = NULL;
    struct hone_action_order order = {0};
    struct hone_error err = {0};
    int status = read_request(&training, &order, app, request, sender, &err);
    if (status != 0) {
        done(user, status, NULL, &err);
        return;
    }
    struct request *asked = hone_alloc_zeroed(1, sizeof(*asked));
    asked->training = training;
    asked->kind = order.kind;
    asked->done = done;
    asked->user = user;
    hone_action_start(training, &order, on_done, asked);
}
