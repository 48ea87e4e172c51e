#include "bench/mcpload/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BUFFER_BYTES_MAX (256U * 1024 * 1024)

void hone_exchange_init(struct hone_exchange *exchange)
{
    *exchange = (struct hone_exchange){0};
    hone_buf_init(&exchange->to, BUFFER_BYTES_MAX);
    hone_buf_init(&exchange->from, BUFFER_BYTES_MAX);
    hone_buf_init(&exchange->body, BUFFER_BYTES_MAX);
}

void hone_exchange_finish(struct hone_exchange *exchange)
{
    hone_buf_finish(&exchange->to);
    hone_buf_finish(&exchange->from);
    hone_buf_finish(&exchange->body);
}

void hone_exchange_reset(struct hone_exchange *exchange)
{
    hone_buf_clear(&exchange->to);
    hone_buf_clear(&exchange->from);
    hone_buf_clear(&exchange->body);
    exchange->to_used = exchange->from_used = 0;
    exchange->has_head = false;
}

void hone_exchange_post(struct hone_exchange *exchange,
                        const struct hone_options *options, struct hone_span body,
                        const char *session, const char *version)
{
    struct hone_buf *to = &exchange->to;
    (void)hone_buf_append_format(to,
                                 "POST %s HTTP/1.1\r\nHost: %s:%u\r\n"
                                 "Content-Type: application/json\r\n"
                                 "Accept: application/json, text/event-stream\r\n",
                                 options->path, options->host, (unsigned)options->port);
    if (session != NULL) {
        (void)hone_buf_append_format(to, "Mcp-Session-Id: %s\r\n", session);
    }
    if (version != NULL) {
        (void)hone_buf_append_format(to, "MCP-Protocol-Version: %s\r\n", version);
    }
    (void)hone_buf_append_format(to, "Content-Length: %zu\r\n\r\n", body.len);
    (void)hone_buf_append_span(to, body);
    hone_buf_clear(&exchange->body);
    exchange->has_head = false;
}

/* ---- head ---- */

static bool is_header(struct hone_span name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp(name.data, wanted, name.len) == 0;
}

static bool begins(struct hone_span value, const char *word)
{
    return value.len >= strlen(word) && strncasecmp(value.data, word, strlen(word)) == 0;
}

static void take_header(struct hone_exchange *exchange, struct hone_span name,
                        struct hone_span value)
{
    if (is_header(name, "content-length")) {
        exchange->content_length = strtoll(value.data, NULL, 10);
    } else if (is_header(name, "transfer-encoding")) {
        exchange->is_chunked = begins(value, "chunked");
    } else if (is_header(name, "content-type")) {
        exchange->is_stream = begins(value, "text/event-stream");
    } else if (is_header(name, "connection")) {
        exchange->closes = begins(value, "close");
    } else if (is_header(name, "mcp-session-id")) {
        (void)snprintf(exchange->session, sizeof(exchange->session), "%.*s",
                       (int)value.len, value.data);
    }
}

static void take_line(struct hone_exchange *exchange, struct hone_span line)
{
    const char *colon = memchr(line.data, ':', line.len);
    if (colon == NULL) {
        return;
    }
    const char *value = colon + 1, *end = line.data + line.len;
    while (value < end && *value == ' ') {
        value++;
    }
    take_header(exchange, hone_span_of(line.data, (size_t)(colon - line.data)),
                hone_span_of(value, (size_t)(end - value)));
}

static bool take_head(struct hone_exchange *exchange)
{
    size_t rest = exchange->from.len - exchange->from_used;
    if (rest == 0) {
        return false;
    }
    const char *at = exchange->from.data + exchange->from_used;
    const char *end = memmem(at, rest, "\r\n\r\n", 4);
    if (end == NULL) {
        return false;
    }
    exchange->status = end - at > 12 ? (int)strtol(at + 9, NULL, 10) : 0;
    exchange->content_length = -1;
    exchange->is_chunked = exchange->is_stream = false;
    exchange->closes = strncmp(at, "HTTP/1.0", 8) == 0;
    for (const char *line = at; line < end;) {
        const char *stop = memchr(line, '\r', (size_t)(end + 1 - line));
        take_line(exchange, hone_span_of(line, (size_t)(stop - line)));
        line = stop + 2;
    }
    if (exchange->status == 204 || exchange->status == 304) {
        exchange->content_length = 0;
    }
    exchange->from_used += (size_t)(end + 4 - at);
    exchange->has_head = true;
    return true;
}

/* ---- body ---- */

static void move(struct hone_exchange *exchange, const char *data, size_t len)
{
    (void)hone_buf_append(&exchange->body, data, len);
}

static bool take_plain(struct hone_exchange *exchange, bool eof)
{
    size_t have = exchange->from.len - exchange->from_used;
    const char *at = exchange->from.data + exchange->from_used;
    if (exchange->content_length < 0) {
        move(exchange, at, have);
        exchange->from_used += have;
        return eof || exchange->status == 202; /* 202 has no body and may not say so */
    }
    size_t wanted = (size_t)exchange->content_length - exchange->body.len;
    have = have < wanted ? have : wanted;
    move(exchange, at, have);
    exchange->from_used += have;
    return exchange->body.len == (size_t)exchange->content_length;
}

static bool take_chunks(struct hone_exchange *exchange)
{
    for (;;) {
        size_t have = exchange->from.len - exchange->from_used;
        const char *at = exchange->from.data + exchange->from_used;
        const char *end = have > 0 ? memchr(at, '\n', have) : NULL;
        if (end == NULL) {
            return false;
        }
        size_t size = strtoul(at, NULL, 16), line = (size_t)(end + 1 - at);
        if (have < line + size + 2) {
            return false;
        }
        move(exchange, end + 1, size);
        exchange->from_used += line + size + 2;
        if (size == 0) {
            return true;
        }
    }
}

bool hone_exchange_take(struct hone_exchange *exchange, bool eof)
{
    while (exchange->has_head || take_head(exchange)) {
        if (exchange->status == 100) {
            exchange->has_head = false; /* the answer proper follows */
            continue;
        }
        bool whole =
            exchange->is_chunked ? take_chunks(exchange) : take_plain(exchange, eof);
        hone_buf_consume(&exchange->from, exchange->from_used);
        exchange->from_used = 0;
        exchange->closes = exchange->closes || eof;
        return whole;
    }
    return false;
}

bool hone_exchange_answer(const struct hone_exchange *exchange, struct hone_walk *answer,
                          struct hone_span *raw)
{
    static const char mark[] = "data:";
    *raw = hone_buf_span(&exchange->body);
    if (raw->len == 0) {
        return false;
    }
    if (!exchange->is_stream) {
        return hone_walk_message(answer, *raw) && answer->has_id;
    }
    const char *at = raw->data, *end = at + raw->len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        struct hone_span line = hone_span_of(at, (size_t)(stop - at));
        if (begins(line, mark)) {
            *raw = hone_span_of(at + sizeof(mark) - 1, line.len - (sizeof(mark) - 1));
            if (hone_walk_message(answer, *raw) && answer->has_id &&
                !answer->has_method) {
                return true;
            }
        }
        at = stop + 1;
    }
    return false;
}
