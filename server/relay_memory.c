#include "server/relay_memory.h"

#include "base/alloc.h"
#include "protocol/mcp.h"
#include "schema/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_ID_PREFIX    "\"hone-relay-"
#define PARAMS_BYTES_MAX (64U * 1024) /* of a handshake that is kept */
#define SHORT_ID_BYTES   40           /* a UUID in its quotes */
#define SPARES_MAX       64

#define LOST                                                                             \
    "the process that owns the data folder ended before it answered; send the request "  \
    "again"

/* One request in flight. */
struct request {
    struct hone_list link;
    enum hone_relay_line_role role;
    char short_id[SHORT_ID_BYTES];
    char *id; /* JSON text; short_id, or a copy of its own */
    size_t id_len;
    char *line; /* to be sent again, or NULL */
    size_t line_len;
    char *params; /* of an initialize, or NULL */
    char *uri;    /* of a subscribe, or NULL */
    unsigned n_sent;
};

struct uri {
    struct hone_list link;
    char *text;
};

void hone_relay_memory_init(struct hone_relay_memory *memory)
{
    *memory = (struct hone_relay_memory){0};
    hone_list_init(&memory->requests);
    hone_list_init(&memory->spares);
    hone_list_init(&memory->uris);
}

static void forget_request(struct hone_relay_memory *memory, struct request *request)
{
    if (request->role == HONE_RELAY_LINE_LISTEN) {
        memory->n_listens -= request->line != NULL ? 1 : 0;
    } else {
        memory->n_waiting -= 1;
    }
    memory->kept_bytes -= request->line_len;
    hone_list_remove(&request->link);
    if (request->id != request->short_id) {
        free(request->id);
    }
    free(request->line);
    free(request->params);
    free(request->uri);
    if (memory->n_spares < SPARES_MAX) {
        hone_list_append(&memory->spares, &request->link);
        memory->n_spares += 1;
    } else {
        free(request);
    }
}

/* Zeroed. */
static struct request *take_spare(struct hone_relay_memory *memory)
{
    if (hone_list_is_empty(&memory->spares)) {
        return hone_alloc_zeroed(1, sizeof(struct request));
    }
    struct request *request = HONE_LIST_OWNER(memory->spares.next, struct request, link);
    hone_list_remove(&request->link);
    memory->n_spares -= 1;
    *request = (struct request){.id = NULL};
    return request;
}

static void forget_uri(struct hone_relay_memory *memory, struct uri *uri)
{
    memory->n_uris -= 1;
    hone_list_remove(&uri->link);
    free(uri->text);
    free(uri);
}

void hone_relay_memory_finish(struct hone_relay_memory *memory)
{
    HONE_LIST_EACH(&memory->requests, link)
    {
        forget_request(memory, HONE_LIST_OWNER(link, struct request, link));
    }
    HONE_LIST_EACH(&memory->spares, link)
    {
        free(HONE_LIST_OWNER(link, struct request, link));
    }
    hone_list_init(&memory->spares);
    HONE_LIST_EACH(&memory->uris, link)
    {
        forget_uri(memory, HONE_LIST_OWNER(link, struct uri, link));
    }
    free(memory->handshake);
    memory->handshake = NULL;
}

static struct hone_span id_of(const struct request *request)
{
    return hone_span_of(request->id, request->id_len);
}

static struct request *find_request(struct hone_relay_memory *memory, struct hone_span id)
{
    HONE_LIST_EACH(&memory->requests, link)
    {
        struct request *request = HONE_LIST_OWNER(link, struct request, link);
        if (hone_span_equal(id_of(request), id)) {
            return request;
        }
    }
    return NULL;
}

static struct uri *find_uri(struct hone_relay_memory *memory, struct hone_span text)
{
    HONE_LIST_EACH(&memory->uris, link)
    {
        struct uri *uri = HONE_LIST_OWNER(link, struct uri, link);
        if (hone_span_is(text, uri->text)) {
            return uri;
        }
    }
    return NULL;
}

/* ---- the client's lines ---- */

static void add_request(struct hone_relay_memory *memory,
                        const struct hone_relay_line *line, struct hone_span bytes)
{
    struct hone_span id = line->message.id;
    bool is_listen = line->role == HONE_RELAY_LINE_LISTEN;
    bool is_kept = hone_relay_line_can_repeat(line->role) &&
                   (!is_listen || memory->n_listens < HONE_RELAY_MEMORY_LISTENS_MAX);
    struct request *request = take_spare(memory);
    hone_list_init(&request->link);
    request->role = line->role;
    request->id_len = id.len;
    if (id.len <= sizeof(request->short_id)) {
        request->id = request->short_id;
        memcpy(request->id, id.data, id.len);
    } else {
        request->id = hone_alloc_bytes(id.data, id.len);
    }
    request->n_sent = 1;
    if (is_kept && bytes.len <= HONE_RELAY_MEMORY_KEPT_BYTES_MAX - memory->kept_bytes) {
        request->line = hone_alloc_bytes(bytes.data, bytes.len);
        request->line_len = bytes.len;
        memory->kept_bytes += bytes.len;
    }
    if (line->role == HONE_RELAY_LINE_INITIALIZE) {
        struct hone_span params = line->message.params;
        request->params =
            params.len > 0 ? hone_alloc_bytes(params.data, params.len) : NULL;
    } else if (line->role == HONE_RELAY_LINE_SUBSCRIBE) {
        request->uri = hone_alloc_bytes(line->subject.data, line->subject.len);
    }
    memory->n_listens += is_listen && request->line != NULL ? 1 : 0;
    memory->n_waiting += is_listen ? 0 : 1;
    hone_list_append(&memory->requests, &request->link);
}

void hone_relay_memory_note_sent(struct hone_relay_memory *memory,
                                 const struct hone_relay_line *line,
                                 struct hone_span bytes)
{
    if (!line->readable || line->message.kind == HONE_JSONRPC_RESPONSE) {
        return;
    }
    if (line->role == HONE_RELAY_LINE_UNSUBSCRIBE) {
        struct uri *uri = find_uri(memory, line->subject);
        if (uri != NULL) {
            forget_uri(memory, uri);
        }
    }
    if (line->message.kind == HONE_JSONRPC_REQUEST) {
        add_request(memory, line, bytes);
    } else if (line->role == HONE_RELAY_LINE_INITIALIZED) {
        memory->initialized = true;
    } else if (line->role == HONE_RELAY_LINE_CANCEL && line->subject.len > 0) {
        /* No answer need come, and nobody waits for one. */
        struct request *request = find_request(memory, line->subject);
        if (request != NULL) {
            forget_request(memory, request);
        }
    }
}

/* ---- the owner's lines ---- */

/* Takes the request's parameters. */
static void keep_handshake(struct hone_relay_memory *memory, struct request *request)
{
    free(memory->handshake);
    memory->handshake = request->params != NULL ? request->params : hone_alloc_text("{}");
    memory->initialized = false;
    request->params = NULL;
}

/* Takes the request's URI. */
static void keep_uri(struct hone_relay_memory *memory, struct request *request)
{
    if (memory->n_uris < HONE_RELAY_MEMORY_URIS_MAX &&
        find_uri(memory, hone_span_text(request->uri)) == NULL) {
        struct uri *uri = hone_alloc_zeroed(1, sizeof *uri);
        uri->text = request->uri;
        request->uri = NULL;
        hone_list_append(&memory->uris, &uri->link);
        memory->n_uris += 1;
    }
}

/* Does the id name one of the relay's own requests? */
static bool is_own(const struct hone_relay_memory *memory, struct hone_span id)
{
    size_t len = strlen(OWN_ID_PREFIX);
    if (id.len <= len || memcmp(id.data, OWN_ID_PREFIX, len) != 0) {
        return false;
    }
    unsigned long long number = strtoull(id.data + len, NULL, 10); /* ends at the quote */
    return number > 0 && number <= memory->last_id;
}

bool hone_relay_memory_note_answer(struct hone_relay_memory *memory,
                                   const struct hone_relay_line *line)
{
    if (!line->readable || line->message.kind != HONE_JSONRPC_RESPONSE) {
        return true;
    }
    struct request *request = find_request(memory, line->message.id);
    if (request == NULL) {
        return !is_own(memory, line->message.id);
    }
    if (line->is_stopping && request->line != NULL) {
        return false;
    }
    if (request->role == HONE_RELAY_LINE_INITIALIZE && !line->is_error) {
        keep_handshake(memory, request);
    } else if (request->role == HONE_RELAY_LINE_SUBSCRIBE && !line->is_error) {
        keep_uri(memory, request);
    }
    forget_request(memory, request);
    return true;
}

const char *hone_relay_memory_version(const struct hone_relay_memory *memory)
{
    const char *params = memory->handshake;
    HONE_LIST_EACH(&memory->requests, link)
    {
        const struct request *request = HONE_LIST_OWNER(link, struct request, link);
        params = request->params != NULL ? request->params : params;
    }
    json_t *value = NULL;
    if (params == NULL || hone_json_parse(&value, hone_span_text(params), NULL) != 0) {
        return NULL;
    }
    const char *version = hone_mcp_negotiate(value);
    json_decref(value);
    return version;
}

/* ---- another owner ---- */

void hone_relay_memory_refuse(struct hone_buf *out, struct hone_span id, bool retriable,
                              const char *message)
{
    struct hone_jsonrpc_problem problem;
    hone_jsonrpc_problem_set(&problem, HONE_RPC_INTERNAL, 200, "%s", message);
    problem.id = id;
    problem.data = json_pack("{s:b}", "retriable", (int)retriable);
    (void)hone_jsonrpc_write_problem(out, &problem);
    (void)hone_buf_append_char(out, '\n');
    json_decref(problem.data);
}

void hone_relay_memory_lose(struct hone_relay_memory *memory, struct hone_buf *out)
{
    HONE_LIST_EACH(&memory->requests, link)
    {
        struct request *request = HONE_LIST_OWNER(link, struct request, link);
        if (request->line == NULL || (request->n_sent == HONE_RELAY_MEMORY_SENT_MAX &&
                                      request->role != HONE_RELAY_LINE_LISTEN)) {
            hone_relay_memory_refuse(out, id_of(request), true, LOST);
            forget_request(memory, request);
        }
    }
}

void hone_relay_memory_give_up(struct hone_relay_memory *memory, struct hone_buf *out)
{
    HONE_LIST_EACH(&memory->requests, link)
    {
        struct request *request = HONE_LIST_OWNER(link, struct request, link);
        hone_relay_memory_refuse(out, id_of(request), true, LOST);
        forget_request(memory, request);
    }
}

bool hone_relay_memory_needs_owner(const struct hone_relay_memory *memory)
{
    return !hone_list_is_empty(&memory->requests) || memory->n_uris > 0;
}

static void append_own(struct hone_relay_memory *memory, struct hone_buf *out,
                       const char *method, const json_t *params)
{
    char id[64];
    memory->last_id += 1;
    (void)snprintf(id, sizeof id, OWN_ID_PREFIX "%llu\"", memory->last_id);
    (void)hone_jsonrpc_write_request(out, hone_span_text(id), method, params);
    (void)hone_buf_append_char(out, '\n');
}

static void append_handshake(struct hone_relay_memory *memory, struct hone_buf *out)
{
    json_t *params = NULL;
    if (memory->handshake == NULL ||
        hone_json_parse(&params, hone_span_text(memory->handshake), NULL) != 0) {
        return;
    }
    append_own(memory, out, "initialize", params);
    json_decref(params);
    if (memory->initialized) {
        (void)hone_jsonrpc_write_request(out, hone_span_of(NULL, 0),
                                         "notifications/initialized", NULL);
        (void)hone_buf_append_char(out, '\n');
    }
}

void hone_relay_memory_replay(struct hone_relay_memory *memory, struct hone_buf *out)
{
    append_handshake(memory, out);
    HONE_LIST_EACH(&memory->uris, link)
    {
        json_t *params =
            json_pack("{s:s}", "uri", HONE_LIST_OWNER(link, struct uri, link)->text);
        append_own(memory, out, "resources/subscribe", params);
        json_decref(params);
    }
    HONE_LIST_EACH(&memory->requests, link)
    {
        struct request *request = HONE_LIST_OWNER(link, struct request, link);
        request->n_sent += 1;
        (void)hone_buf_append(out, request->line, request->line_len);
        (void)hone_buf_append_char(out, '\n');
    }
}
