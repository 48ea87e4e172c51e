#include "remote/http_client.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "remote/curl.h"

#include <stdio.h>
#include <stdlib.h>

struct hone_http_client {
    struct hone_curl curl;
    CURL *easy; /* keeps the connection */
    struct hone_http_client_options options;
    char reason[CURL_ERROR_SIZE];
};

int hone_http_client_create(struct hone_http_client **out,
                            const struct hone_http_client_options *options,
                            struct hone_error *err)
{
    struct hone_http_client *client = NULL;
    struct hone_curl curl;
    int code = hone_curl_load(&curl, err);
    if (code != 0) {
        return code;
    }
    /* Counted inside the library; its own functions for threads make
     * this safe anywhere. */
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return hone_error_set(err, HONE_E_NOMEM, "the HTTP library cannot start");
    }
    client = hone_alloc_zeroed(1, sizeof *client);
    client->curl = curl;
    client->options = *options;
    client->easy = curl.easy_init();
    if (client->easy == NULL) {
        hone_http_client_destroy(client);
        return hone_error_set(err, HONE_E_NOMEM, "the HTTP library cannot start");
    }
    *out = client;
    return 0;
}

void hone_http_client_destroy(struct hone_http_client *client)
{
    if (client == NULL) {
        return;
    }
    if (client->easy != NULL) {
        client->curl.easy_cleanup(client->easy);
    }
    client->curl.global_cleanup();
    free(client);
}

static size_t on_body(char *data, size_t size, size_t n_items, void *owner)
{
    struct hone_buf *body = owner;
    /* Anything but the number given makes the library stop with CURLE_WRITE_ERROR. */
    return hone_buf_append(body, data, size * n_items) == 0 ? size * n_items : 0;
}

static int make_header_list(struct curl_slist **out, const struct hone_curl *curl,
                            const char *const *headers, size_t n_headers,
                            struct hone_error *err)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i <= n_headers; i++) {
        /* The last one keeps the library from waiting for a "100 Continue". */
        const char *line = i < n_headers ? headers[i] : "Expect:";
        struct curl_slist *longer = curl->slist_append(list, line);
        if (longer == NULL) {
            curl->slist_free_all(list);
            return hone_error_set(err, HONE_E_NOMEM, "out of memory for request headers");
        }
        list = longer;
    }
    *out = list;
    return 0;
}

static void set_request(struct hone_http_client *client, const char *url,
                        struct curl_slist *headers, struct hone_span body,
                        struct hone_buf *answer)
{
    const struct hone_curl *curl = &client->curl;
    CURL *easy = client->easy;
    curl->easy_reset(easy); /* options only: the connection stays */
    curl->easy_setopt(easy, CURLOPT_URL, url);
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_POST, 1L);
    curl->easy_setopt(easy, CURLOPT_POSTFIELDS, body.len > 0 ? body.data : "");
    curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    curl->easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, client->reason);
    curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                      client->options.connect_timeout_ms);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, client->options.timeout_ms);
    if (client->options.direct) {
        curl->easy_setopt(easy, CURLOPT_NOPROXY, "*");
    }
}

static int convert_code(struct hone_http_client *client, CURLcode code, const char *url,
                        const struct hone_buf *answer, struct hone_error *err)
{
    const char *reason =
        client->reason[0] != '\0' ? client->reason : client->curl.easy_strerror(code);
    switch (code) {
    case CURLE_OK:
        return 0;
    case CURLE_WRITE_ERROR:
        if (answer->error == HONE_E_LIMIT) {
            return hone_error_set(err, HONE_E_LIMIT, "%s sent more than %zu bytes", url,
                                  client->options.response_bytes_max);
        }
        return hone_error_set(err, HONE_E_NOMEM, "out of memory for the answer of %s",
                              url);
    case CURLE_OUT_OF_MEMORY:
        return hone_error_set(err, HONE_E_NOMEM, "out of memory for a request to %s",
                              url);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return hone_error_set(err, HONE_E_INVALID, "%s is not an http or https URL", url);
    case CURLE_OPERATION_TIMEDOUT:
        return hone_error_set(err, HONE_E_AGAIN, "%s did not answer in time: %s", url,
                              reason);
    default:
        return hone_error_set(err, HONE_E_CLOSED, "cannot reach %s: %s", url, reason);
    }
}

static void fill_response(struct hone_http_client *client, struct hone_buf *answer,
                          struct hone_http_client_response *out)
{
    const char *type = NULL;
    *out = (struct hone_http_client_response){0};
    client->curl.easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &out->status);
    client->curl.easy_getinfo(client->easy, CURLINFO_CONTENT_TYPE, &type);
    (void)snprintf(out->content_type, sizeof out->content_type, "%s",
                   type != NULL ? type : "");
    out->body = hone_buf_take(answer, &out->body_len);
    if (out->body == NULL) {
        out->body = hone_alloc_text("");
        out->body_len = 0;
    }
}

int hone_http_client_post(struct hone_http_client *client, const char *url,
                          const char *const *headers, size_t n_headers,
                          struct hone_span body, struct hone_http_client_response *out,
                          struct hone_error *err)
{
    HONE_REQUIRE(n_headers <= HONE_HTTP_CLIENT_HEADERS_MAX);
    struct curl_slist *list = NULL;
    struct hone_buf answer;
    hone_buf_init(&answer, client->options.response_bytes_max);
    int code = make_header_list(&list, &client->curl, headers, n_headers, err);
    if (code != 0) {
        goto out;
    }
    client->reason[0] = '\0';
    set_request(client, url, list, body, &answer);
    code =
        convert_code(client, client->curl.easy_perform(client->easy), url, &answer, err);
    if (code == 0) {
        fill_response(client, &answer, out);
    }
out:
    client->curl.slist_free_all(list);
    hone_buf_finish(&answer);
    return code;
}

void hone_http_client_response_finish(struct hone_http_client_response *response)
{
    free(response->body);
    *response = (struct hone_http_client_response){0};
}
