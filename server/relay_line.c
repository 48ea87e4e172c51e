#include "server/relay_line.h"

#include "schema/json_walk.h"

#include <string.h>

/* Sorted by name. */
static const struct {
    const char *method;
    enum hone_relay_line_role role;
} roles[] = {
    {"completion/complete", HONE_RELAY_LINE_REPEATABLE},
    {"initialize", HONE_RELAY_LINE_INITIALIZE},
    {"notifications/cancelled", HONE_RELAY_LINE_CANCEL},
    {"notifications/initialized", HONE_RELAY_LINE_INITIALIZED},
    {"ping", HONE_RELAY_LINE_REPEATABLE},
    {"prompts/list", HONE_RELAY_LINE_REPEATABLE},
    {"resources/directory/read", HONE_RELAY_LINE_REPEATABLE},
    {"resources/list", HONE_RELAY_LINE_REPEATABLE},
    {"resources/read", HONE_RELAY_LINE_REPEATABLE},
    {"resources/subscribe", HONE_RELAY_LINE_SUBSCRIBE},
    {"resources/templates/list", HONE_RELAY_LINE_REPEATABLE},
    {"resources/unsubscribe", HONE_RELAY_LINE_UNSUBSCRIBE},
    {"server/discover", HONE_RELAY_LINE_REPEATABLE},
    {"skills/get", HONE_RELAY_LINE_REPEATABLE},
    {"skills/list", HONE_RELAY_LINE_REPEATABLE},
    {"subscriptions/listen", HONE_RELAY_LINE_LISTEN},
    {"tasks/get", HONE_RELAY_LINE_REPEATABLE},
    {"tools/call", HONE_RELAY_LINE_KEYED}, /* if it is feedback with a key */
    {"tools/list", HONE_RELAY_LINE_REPEATABLE},
};

static enum hone_relay_line_role role_of(struct hone_span method)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (hone_span_is(method, roles[i].method)) {
            return roles[i].role;
        }
    }
    return HONE_RELAY_LINE_OTHER;
}

static bool is_keyed_feedback(const struct hone_jsonrpc_message *message)
{
    struct hone_span key = hone_json_walk_member(hone_jsonrpc_param(message, "arguments"),
                                                 "idempotency_key");
    return hone_span_is(hone_jsonrpc_param_text(message, "name"), "feedback") &&
           hone_jsonrpc_text(message, key).len > 0;
}

static void read_role(struct hone_relay_line *line)
{
    const struct hone_jsonrpc_message *message = &line->message;
    line->role = role_of(message->method);
    switch (line->role) {
    case HONE_RELAY_LINE_CANCEL:
        line->subject = hone_jsonrpc_param(message, "requestId");
        break;
    case HONE_RELAY_LINE_SUBSCRIBE:
    case HONE_RELAY_LINE_UNSUBSCRIBE:
        line->subject = hone_jsonrpc_param_text(message, "uri");
        break;
    case HONE_RELAY_LINE_KEYED:
        line->role =
            is_keyed_feedback(message) ? HONE_RELAY_LINE_KEYED : HONE_RELAY_LINE_OTHER;
        break;
    default:
        break;
    }
}

void hone_relay_line_read(struct hone_relay_line *out, struct hone_span bytes,
                          struct hone_arena *arena)
{
    struct hone_jsonrpc_problem problem = {0};
    *out = (struct hone_relay_line){.role = HONE_RELAY_LINE_OTHER};
    if (hone_jsonrpc_parse(&out->message, bytes, arena, &problem) != 0) {
        json_decref(problem.data);
        return;
    }
    out->readable = true;
    if (out->message.kind == HONE_JSONRPC_RESPONSE) {
        struct hone_span error = hone_json_scan_member(&out->message.scan, "error");
        struct hone_span data = hone_json_walk_member(error, "data");
        out->is_error = error.len > 0;
        out->is_stopping = hone_span_is(hone_json_walk_member(data, "stopping"), "true");
    } else {
        read_role(out);
    }
}

void hone_relay_line_finish(struct hone_relay_line *line)
{
    if (line->readable) {
        hone_jsonrpc_finish(&line->message);
    }
}

bool hone_relay_line_can_repeat(enum hone_relay_line_role role)
{
    return role != HONE_RELAY_LINE_OTHER;
}
