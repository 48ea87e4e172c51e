/* An action that was asked for in JSON, over the control socket or HTTP:
 * {"skill", "action", "to"?, "reason", "actor"?}. Thread: loop. */
#ifndef HONE_SERVER_ACTION_REQUEST_H
#define HONE_SERVER_ACTION_REQUEST_H

#include "base/error.h"
#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>

struct hone_app;

/* Who asks. */
struct hone_action_sender {
    struct hone_span name;
    bool is_proven; /* by a token: a request cannot name another actor */
};

/* status 0: result {"skill", "action", "changed", "position", "hold"}, or of a rollback or
 * promotion {"skill", "action", "changed", "from", "live", "position"}; borrowed. Else the error. */
typedef void (*hone_action_request_cb)(void *user, int status, const json_t *result,
                                       const struct hone_error *err);

/* request is read before this returns; done is called once, perhaps before that. */
void hone_action_request(struct hone_app *app, const json_t *request,
                         struct hone_action_sender sender, hone_action_request_cb done,
                         void *user);

#endif
