#include "cli/mcp_http.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "cli/backend.h"
#include "cli/client.h"
#include "protocol/mcp.h"
#include "remote/http_client.h"
#include "schema/json.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_HEADER     "MCP-Protocol-Version: " HONE_MCP_LEGACY_NEWEST
#define CONNECT_TIMEOUT_MS 5000
#define TIMEOUT_MS         30000
#define MESSAGE_BYTES_MAX  (8u * 1024 * 1024)

struct hone_mcp_http {
    struct hone_http_client *http;
    char *url;
    json_int_t last_id;
    bool initialized;
};

static int post(struct hone_mcp_http *client, const json_t *message,
                struct hone_http_client_response *response, struct hone_error *err)
{
    const char *headers[] = {
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        VERSION_HEADER,
    };
    struct hone_buf body;
    hone_buf_init(&body, MESSAGE_BYTES_MAX);
    int code = hone_json_append(&body, message);
    if (code != 0) {
        (void)hone_error_set(err, code, "the request is longer than %u bytes",
                             MESSAGE_BYTES_MAX);
    } else {
        /* The version's header belongs to requests after initialize. */
        code = hone_http_client_post(client->http, client->url, headers,
                                     client->initialized ? 3 : 2, hone_buf_span(&body),
                                     response, err);
    }
    hone_buf_finish(&body);
    return code;
}

static int read_answer(const struct hone_mcp_http *client,
                       const struct hone_http_client_response *response, json_t **result,
                       struct hone_error *err)
{
    json_t *message = NULL;
    int code =
        hone_json_parse(&message, hone_span_of(response->body, response->body_len), err);
    if (code != 0) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "%s answered with status %ld and no JSON-RPC message (%s)",
                              client->url, response->status, response->content_type);
    }
    const json_t *error = json_object_get(message, "error");
    json_t *value = json_object_get(message, "result");
    if (error != NULL) {
        code = hone_client_read_error(error, err);
    } else if (value == NULL) {
        code = hone_error_set(err, HONE_E_CORRUPT,
                              "%s answered with neither result nor error", client->url);
    } else {
        *result = json_incref(value);
    }
    json_decref(message);
    return code;
}

int hone_mcp_http_request(struct hone_mcp_http *client, const char *method,
                          json_t *params, json_t **result, struct hone_error *err)
{
    struct hone_http_client_response response = {0};
    json_t *message = json_pack("{s:s, s:I, s:s, s:O*}", "jsonrpc", "2.0", "id",
                                ++client->last_id, "method", method, "params", params);
    int code = post(client, message, &response, err);
    if (code == 0) {
        code = read_answer(client, &response, result, err);
    }
    hone_http_client_response_finish(&response);
    json_decref(message);
    return code;
}

static int initialize(struct hone_mcp_http *client, struct hone_error *err)
{
    json_t *result = NULL;
    struct hone_http_client_response response = {0};
    json_t *params = json_pack("{s:s, s:{}, s:{s:s, s:s}}", "protocolVersion",
                               HONE_MCP_LEGACY_NEWEST, "capabilities", "clientInfo",
                               "name", "hone-cli", "version", HONE_VERSION);
    json_t *notification =
        json_pack("{s:s, s:s}", "jsonrpc", "2.0", "method", "notifications/initialized");
    int code = hone_mcp_http_request(client, "initialize", params, &result, err);
    if (code == 0 && !hone_span_is(hone_json_text(result, "protocolVersion"),
                                   HONE_MCP_LEGACY_NEWEST)) {
        code = hone_error_set(err, HONE_E_VERSION, "%s does not speak MCP %s",
                              client->url, HONE_MCP_LEGACY_NEWEST);
    }
    if (code == 0) {
        client->initialized = true;
        code = post(client, notification, &response, err);
    }
    hone_http_client_response_finish(&response);
    json_decref(notification);
    json_decref(params);
    json_decref(result);
    return code;
}

int hone_mcp_http_open(struct hone_mcp_http **out, const char *url, bool direct,
                       struct hone_error *err)
{
    struct hone_mcp_http *client = hone_alloc_zeroed(1, sizeof *client);
    struct hone_http_client_options options = {
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .timeout_ms = TIMEOUT_MS,
        .response_bytes_max = MESSAGE_BYTES_MAX,
        .direct = direct,
    };
    client->url = hone_alloc_text(url);
    int code = hone_http_client_create(&client->http, &options, err);
    if (code == 0) {
        code = initialize(client, err);
    }
    if (code != 0) {
        hone_mcp_http_close(client);
        return code;
    }
    *out = client;
    return 0;
}

void hone_mcp_http_close(struct hone_mcp_http *client)
{
    if (client == NULL) {
        return;
    }
    hone_http_client_destroy(client->http);
    free(client->url);
    free(client);
}

int hone_mcp_http_call_tool(struct hone_mcp_http *client, const char *name,
                            json_t *arguments, json_t **structured,
                            struct hone_error *err)
{
    json_t *result = NULL;
    json_t *params = json_pack("{s:s, s:O}", "name", name, "arguments", arguments);
    int code = hone_mcp_http_request(client, "tools/call", params, &result, err);
    if (code == 0) {
        code = hone_backend_check_tool_result(result, err);
    }
    if (code == 0) {
        *structured = json_incref(json_object_get(result, "structuredContent"));
    }
    json_decref(result);
    json_decref(params);
    return code;
}
