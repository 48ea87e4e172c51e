#include "cli/backend.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/place.h"
#include "server/app.h"
#include "server/config.h"
#include "store/store.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_TIMEOUT_MS  60000
#define BUSY_TIMEOUT_MS     2000
#define BUSY_POLL_MS        20
#define FIX                 "Fix: "
#define CATCH_UP_TIMEOUT_MS 60000
#define TOOL_TEXT_BYTES_MAX (8u * 1024 * 1024)

struct hone_backend {
    struct hone_config config;
    struct hone_client *client; /* exactly one of client, app and store is set */
    struct hone_app *app;
    struct hone_store *store;
    bool checks_only;
    int timeout_ms;
    bool answered; /* the last failure came as an answer */
};

static int open_store(struct hone_backend *backend, struct hone_error *err)
{
    if (backend->checks_only) {
        return hone_store_open_to_check(&backend->store, backend->config.data,
                                        hone_clock_unix_ms(), err);
    }
    int code = hone_app_create(&backend->app, &backend->config, false, err);
    if (code == HONE_E_BUSY && err->hint[0] == '\0') {
        (void)hone_error_hint(err, "its owner does not answer; stop it or wait for it");
    }
    return code == 0 ? hone_app_settle(backend->app, CATCH_UP_TIMEOUT_MS, err) : code;
}

/* The server if one answers, else the data folder itself. A server that is just
 * starting, and another command, hold the folder for a moment before they can be reached
 * or are done. */
static int connect_or_open(struct hone_backend *backend, const char *path,
                           struct hone_error *err)
{
    uint64_t deadline_us = hone_clock_monotonic_us() + BUSY_TIMEOUT_MS * UINT64_C(1000);
    for (;;) {
        int code = hone_client_connect(&backend->client, path, err);
        if (code == HONE_E_NOT_FOUND || code == HONE_E_INVALID) {
            code = open_store(backend, err);
        }
        if (code != HONE_E_BUSY || hone_clock_monotonic_us() > deadline_us) {
            return code;
        }
        (void)poll(NULL, 0, BUSY_POLL_MS);
    }
}

static int open_backend(struct hone_backend **out, const struct hone_arguments *arguments,
                        bool checks_only, struct hone_error *err)
{
    struct hone_backend *backend = hone_alloc_zeroed(1, sizeof *backend);
    char *path = NULL;
    backend->checks_only = checks_only;
    backend->timeout_ms = REQUEST_TIMEOUT_MS;
    int code = hone_place_find(&backend->config, arguments, err);
    if (code != 0) {
        goto out;
    }
    path = hone_app_control_path(backend->config.data);
    code = connect_or_open(backend, path, err);
out:
    free(path);
    if (code != 0) {
        hone_backend_close(backend);
        return code;
    }
    *out = backend;
    return 0;
}

int hone_backend_open(struct hone_backend **out, const struct hone_arguments *arguments,
                      struct hone_error *err)
{
    return open_backend(out, arguments, false, err);
}

int hone_backend_open_to_check(struct hone_backend **out,
                               const struct hone_arguments *arguments,
                               struct hone_error *err)
{
    return open_backend(out, arguments, true, err);
}

struct hone_store *hone_backend_store(const struct hone_backend *backend)
{
    return backend->store;
}

void hone_backend_set_timeout(struct hone_backend *backend, int timeout_ms)
{
    backend->timeout_ms = timeout_ms;
}

void hone_backend_close(struct hone_backend *backend)
{
    if (backend == NULL) {
        return;
    }
    hone_client_destroy(backend->client);
    hone_app_destroy(backend->app);
    hone_store_close(backend->store);
    hone_config_finish(&backend->config);
    free(backend);
}

bool hone_backend_is_remote(const struct hone_backend *backend)
{
    return backend->client != NULL;
}

static int request_app(struct hone_backend *backend, const char *method,
                       const json_t *params, json_t **result, struct hone_error *err)
{
    json_t *answer = NULL;
    int code = hone_app_request(backend->app, method, params, &answer, err);
    if (code == 0) {
        *result = answer;
        return 0;
    }
    if (answer != NULL) {
        backend->answered = true;
        code = hone_client_read_error(answer, err);
        json_decref(answer);
    }
    return code;
}

int hone_backend_request(struct hone_backend *backend, const char *method,
                         const json_t *params, json_t **result, struct hone_error *err)
{
    backend->answered = false;
    if (backend->client != NULL) {
        return hone_client_request(backend->client, method, params, backend->timeout_ms,
                                   result, &backend->answered, err);
    }
    return request_app(backend, method, params, result, err);
}

char *hone_backend_tool_text(const json_t *result)
{
    struct hone_buf text;
    size_t index;
    const json_t *item;
    hone_buf_init(&text, TOOL_TEXT_BYTES_MAX);
    json_array_foreach(json_object_get(result, "content"), index, item)
    {
        const char *part = json_string_value(json_object_get(item, "text"));
        if (part != NULL) {
            hone_buf_append_text(&text, text.len > 0 ? "\n" : "");
            hone_buf_append_text(&text, part);
        }
    }
    char *out = hone_buf_take(&text, NULL);
    hone_buf_finish(&text);
    return out != NULL ? out : hone_alloc_text("");
}

/* The text for a model ends with the fix, which people get as the hint. */
static void cut_fix(char *text, const char *hint)
{
    char *fix = NULL;
    for (char *at = strstr(text, FIX); at != NULL; at = strstr(at + 1, FIX)) {
        fix = at;
    }
    if (fix != NULL && fix > text && hint != NULL &&
        strcmp(fix + strlen(FIX), hint) == 0) {
        fix--; /* the newline or space before it */
        *fix = '\0';
    }
}

int hone_backend_check_tool_result(const json_t *result, struct hone_error *err)
{
    if (!json_is_true(json_object_get(result, "isError"))) {
        return 0;
    }
    const json_t *reason =
        json_object_get(json_object_get(result, "_meta"), "io.github.hone/error");
    const char *name = json_string_value(json_object_get(reason, "code"));
    const char *hint = json_string_value(json_object_get(reason, "hint"));
    int code = name != NULL ? hone_client_code_of(name) : HONE_E_INVALID;
    char *text = hone_backend_tool_text(result);
    cut_fix(text, hint);
    (void)hone_error_set(err, code, "%s", text[0] != '\0' ? text : "the call failed");
    if (hint != NULL && hint[0] != '\0') {
        (void)hone_error_hint(err, "%s", hint);
    }
    free(text);
    return code;
}

int hone_backend_call_tool(struct hone_backend *backend, const char *name,
                           const json_t *arguments, json_t **result,
                           struct hone_error *err)
{
    json_t *answer = NULL;
    json_t *params =
        json_pack("{s:s, s:o}", "name", name, "arguments", json_deep_copy(arguments));
    int code = hone_backend_request(backend, "tools/call", params, &answer, err);
    if (code == 0) {
        code = hone_backend_check_tool_result(answer, err);
        backend->answered = code != 0;
    }
    if (code == 0) {
        *result = json_incref(answer);
    }
    json_decref(answer);
    json_decref(params);
    return code;
}

int hone_backend_exit_code(const struct hone_backend *backend, int code)
{
    if (backend == NULL || !backend->answered) {
        bool lost = backend != NULL && backend->client != NULL && code != 0;
        return lost ? HONE_OUTPUT_UNREACHABLE : hone_output_exit_code(code);
    }
    switch (code) {
    case 0:
        return HONE_OUTPUT_OK;
    case HONE_E_NOT_FOUND:
        return HONE_OUTPUT_NOT_FOUND;
    case HONE_E_DENIED:
        return HONE_OUTPUT_DENIED;
    default:
        return HONE_OUTPUT_REFUSED;
    }
}
