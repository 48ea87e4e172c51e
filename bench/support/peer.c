#include "bench/support/peer.h"

#include "base/clock.h"
#include "bench/support/fail.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define START_TIMEOUT_US   20000000
#define REQUEST_TIMEOUT_MS 30000

struct hone_client *hone_peer_connect(const char *path)
{
    const struct timespec pause = {.tv_nsec = 200000};
    uint64_t deadline_us = hone_clock_monotonic_us() + START_TIMEOUT_US;
    struct hone_client *client = NULL;
    struct hone_error err;
    int code = hone_client_connect(&client, path, &err);
    while (code == HONE_E_NOT_FOUND && hone_clock_monotonic_us() < deadline_us) {
        (void)nanosleep(&pause, NULL);
        code = hone_client_connect(&client, path, &err);
    }
    hone_fail_on(code, &err);
    return client;
}

json_t *hone_peer_request(struct hone_client *client, const char *method,
                          const json_t *params)
{
    struct hone_error err;
    json_t *result = NULL;
    bool answered = false;
    int code = hone_client_request(client, method, params, REQUEST_TIMEOUT_MS, &result,
                                   &answered, &err);
    hone_fail_on(code, &err);
    return result;
}

void hone_peer_initialize(struct hone_client *client)
{
    json_t *params =
        json_pack("{s:s, s:{}, s:{s:s, s:s}}", "protocolVersion", "2025-11-25",
                  "capabilities", "clientInfo", "name", "bench", "version", "1");
    json_t *result = hone_peer_request(client, "initialize", params);
    json_decref(result);
    json_decref(params);
}

json_t *hone_peer_tool_take(struct hone_client *client, const char *name,
                            json_t *arguments)
{
    json_t *params = json_pack("{s:s, s:o}", "name", name, "arguments", arguments);
    json_t *result = hone_peer_request(client, "tools/call", params);
    json_t *structured = json_incref(json_object_get(result, "structuredContent"));
    if (json_is_true(json_object_get(result, "isError")) || structured == NULL) {
        char *text = json_dumps(result, JSON_COMPACT);
        hone_fail("%s answered %s", name, text != NULL ? text : "nothing");
    }
    json_decref(result);
    json_decref(params);
    return structured;
}

static void copy_member(char *out, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL || strlen(text) >= size) {
        hone_fail("an answer has no usable \"%s\"", key);
    }
    (void)snprintf(out, size, "%s", text);
}

json_t *hone_peer_ask(struct hone_client *client, const char *skill, const char *text)
{
    return hone_peer_tool_take(client, skill, json_pack("{s:s}", "text", text));
}

void hone_peer_read(struct hone_peer_answer *out, const json_t *structured)
{
    copy_member(out->label, sizeof(out->label), structured, "label");
    copy_member(out->call_id, sizeof(out->call_id), structured, "call_id");
}

void hone_peer_classify(struct hone_peer_answer *out, struct hone_client *client,
                        const char *skill, const char *text)
{
    json_t *structured = hone_peer_ask(client, skill, text);
    hone_peer_read(out, structured);
    json_decref(structured);
}

uint64_t hone_peer_feed(struct hone_client *client, const char *call_id,
                        const json_t *feedback)
{
    json_t *arguments = json_pack("{s:s, s:s}", "call_id", call_id, "wait", "learned");
    (void)json_object_update(arguments, (json_t *)(uintptr_t)feedback);
    json_t *structured = hone_peer_tool_take(client, "feedback", arguments);
    hone_fail_unless(json_is_true(json_object_get(structured, "learned")),
                     "a feedback was answered before it was learned");
    json_int_t position = json_integer_value(json_object_get(structured, "position"));
    hone_fail_unless(position > 0, "a feedback was answered without its position");
    json_decref(structured);
    return (uint64_t)position;
}

uint64_t hone_peer_teach(struct hone_client *client, const char *call_id,
                         const char *label)
{
    json_t *feedback = json_pack("{s:s}", "label", label);
    uint64_t position = hone_peer_feed(client, call_id, feedback);
    json_decref(feedback);
    return position;
}

json_t *hone_peer_skill_status(struct hone_client *control, const char *skill)
{
    json_t *params = json_pack("{s:s}", "skill", skill);
    json_t *status = hone_peer_request(control, "hone/status", params);
    json_t *entry = json_incref(json_array_get(json_object_get(status, "skills"), 0));
    hone_fail_unless(entry != NULL, "the server does not serve the skill");
    json_decref(status);
    json_decref(params);
    return entry;
}
