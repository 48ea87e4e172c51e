#include "server/http_sessions.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/secret.h"
#include "protocol/sse.h"
#include "server/app_internal.h"
#include "server/http_sessions_internal.h"

#include <stdlib.h>

#define ID_BYTES        16
#define EVENT_BYTES_MAX (128U * 1024 * 1024)
#define PRIMING_FROM    "2025-11-25" /* older clients choke on empty data */

struct home;

/* One event stream: of an exchange, or the session's own. */
struct event_stream {
    struct hone_list link;
    struct home *home;
    struct hone_channel *channel;            /* NULL once ended */
    struct hone_http_connection *connection; /* that carries it now, or NULL */
    struct hone_sse_log log;
};

/* A session with what HTTP adds to it. */
struct home {
    struct hone_list link; /* in sessions->homes, longest idle first */
    struct hone_http_sessions *sessions;
    struct hone_session *session;
    struct hone_list streams; /* oldest first */
    struct event_stream *own; /* for messages that belong to no exchange, or NULL */
    uint64_t last_stream;
    uint64_t active_ms;
    char id[2 * ID_BYTES + 1];
};

struct hone_http_sessions {
    struct hone_app *app;
    struct hone_map *by_id;
    struct hone_list homes;
    size_t n;
};

/* ---- streams ---- */

static void write_bytes(struct event_stream *stream, const struct hone_buf *bytes)
{
    if (stream->connection != NULL) {
        hone_http_connection_stream(stream->connection, hone_buf_span(bytes));
    }
}

static void write_event(struct event_stream *stream, struct hone_sse_id id,
                        struct hone_span body)
{
    struct hone_buf bytes;
    hone_buf_init(&bytes, EVENT_BYTES_MAX);
    (void)hone_sse_write_event(&bytes, id, body);
    write_bytes(stream, &bytes);
    hone_buf_finish(&bytes);
}

static void on_stream_lost(struct hone_http_connection *connection)
{
    ((struct event_stream *)connection->stream_owner)->connection = NULL;
}

/* Whoever carried the stream before; its end is not the stream's any more. */
static struct hone_http_connection *take_carrier(struct event_stream *stream)
{
    struct hone_http_connection *connection = stream->connection;
    if (connection != NULL) {
        connection->on_stream_lost = NULL;
        connection->stream_owner = NULL;
        stream->connection = NULL;
    }
    return connection;
}

/* Lets a former carrier go on. The request behind its stream may be answered at once, and
 * may be the one that ends the session: nothing of that is to be touched afterwards. */
static void release_carrier(struct hone_http_connection *connection)
{
    if (connection != NULL && connection->state == HONE_HTTP_CONNECTION_STREAMING) {
        hone_http_connection_end_stream(connection);
    }
}

/* The connection's request is answered with this stream from now on. */
static void attach(struct event_stream *stream, struct hone_http_connection *connection)
{
    stream->connection = connection;
    connection->stream_owner = stream;
    connection->on_stream_lost = on_stream_lost;
    hone_http_connection_begin_stream(connection);
}

/* As release_carrier says, this may end the session. */
static void detach(struct event_stream *stream)
{
    release_carrier(take_carrier(stream));
}

static void send_event(struct hone_channel *channel, struct hone_exchange *exchange,
                       struct hone_span body)
{
    struct event_stream *stream = channel->owner;
    (void)exchange;
    write_event(stream, hone_sse_log_append(&stream->log, body), body);
}

/* The stream stays for clients that come back for it. */
static void end_stream(struct event_stream *stream)
{
    struct hone_channel *channel = stream->channel;
    stream->channel = NULL;
    detach(stream);
    if (channel != NULL) {
        hone_channel_close(channel);
    }
}

static void reply(struct hone_channel *channel, struct hone_exchange *exchange,
                  int http_status, struct hone_span body)
{
    (void)http_status;
    if (body.len > 0) {
        send_event(channel, exchange, body);
    }
    end_stream(channel->owner);
}

static void park(struct hone_channel *channel, struct hone_exchange *exchange)
{
    (void)exchange;
    detach(channel->owner);
}

static const struct hone_channel_carrier carrier = {
    .name = "http", .reply = reply, .send = send_event, .park = park};

static void destroy_stream(struct event_stream *stream)
{
    hone_list_remove(&stream->link);
    end_stream(stream);
    hone_sse_log_finish(&stream->log);
    free(stream);
}

/* Of the streams that have ended the newest few can be resumed. */
static void forget_old_streams(struct home *home)
{
    size_t n_ended = 0;
    for (struct hone_list *link = home->streams.prev; link != &home->streams;) {
        struct event_stream *stream = HONE_LIST_OWNER(link, struct event_stream, link);
        link = link->prev;
        n_ended += stream->channel == NULL ? 1 : 0;
        if (stream->channel == NULL && n_ended > HONE_HTTP_SESSIONS_STREAMS_MAX) {
            destroy_stream(stream);
        }
    }
}

static struct event_stream *create_stream(struct home *home)
{
    struct event_stream *stream = hone_alloc_zeroed(1, sizeof(*stream));
    forget_old_streams(home);
    stream->home = home;
    stream->channel = hone_channel_create(&carrier, stream, false);
    hone_sse_log_init(&stream->log, ++home->last_stream, HONE_HTTP_SESSIONS_EVENTS_MAX,
                      HONE_HTTP_SESSIONS_EVENTS_BYTES);
    hone_list_init(&stream->link);
    hone_list_append(&home->streams, &stream->link);
    return stream;
}

static void write_priming(struct event_stream *stream)
{
    const char *version = stream->home->session->version;
    if (version == NULL || strcmp(version, PRIMING_FROM) < 0) {
        return;
    }
    struct hone_buf bytes;
    const struct hone_sse_id id = {stream->log.stream, 0};
    hone_buf_init(&bytes, EVENT_BYTES_MAX);
    (void)hone_sse_write_priming(&bytes, id, HONE_HTTP_SESSIONS_RETRY_MS);
    write_bytes(stream, &bytes);
    hone_buf_finish(&bytes);
}

bool hone_http_sessions_take_stream(struct hone_exchange *exchange,
                                    struct hone_http_connection *connection)
{
    struct home *home = exchange != NULL ? exchange->session->owner : NULL;
    if (home == NULL || connection->state != HONE_HTTP_CONNECTION_ANSWERING) {
        return false;
    }
    struct event_stream *stream = create_stream(home);
    hone_exchange_set_channel(exchange, stream->channel);
    attach(stream, connection);
    write_priming(stream);
    return true;
}

/* ---- resuming ---- */

static struct event_stream *find_stream(struct home *home, uint64_t number)
{
    HONE_LIST_EACH(&home->streams, link)
    {
        struct event_stream *stream = HONE_LIST_OWNER(link, struct event_stream, link);
        if (stream->log.stream == number) {
            return stream;
        }
    }
    return NULL;
}

static void replay(struct event_stream *stream, uint64_t after)
{
    struct hone_span body;
    while (stream->connection != NULL &&
           hone_sse_log_next(&stream->log, after, &body) == 0) {
        after += 1;
        const struct hone_sse_id id = {stream->log.stream, after};
        write_event(stream, id, body);
    }
}

static int resume(struct home *home, struct hone_http_connection *connection,
                  struct hone_span last_event_id, const char **problem)
{
    struct hone_sse_id id;
    struct hone_span ignored;
    if (hone_sse_id_parse(&id, last_event_id) != 0) {
        *problem = "Last-Event-ID is not an id of this server";
        return -1;
    }
    struct event_stream *stream = find_stream(home, id.stream);
    if (stream == NULL) {
        *problem = "the event stream of this Last-Event-ID is no longer kept";
        return -1;
    }
    int status = hone_sse_log_next(&stream->log, id.number, &ignored);
    if (status != 0 && status != HONE_E_NOT_FOUND) {
        *problem = "the events after this Last-Event-ID are no longer kept";
        return -1;
    }
    struct hone_http_connection *former = take_carrier(stream);
    attach(stream, connection);
    replay(stream, id.number);
    if (stream->channel == NULL) {
        detach(stream);
    }
    release_carrier(former);
    return 0;
}

int hone_http_sessions_attach(struct hone_session *session,
                              struct hone_http_connection *connection,
                              struct hone_span last_event_id, const char **problem)
{
    struct home *home = session->owner;
    if (last_event_id.len > 0) {
        return resume(home, connection, last_event_id, problem);
    }
    if (home->own == NULL) {
        home->own = create_stream(home);
        session->push = home->own->channel;
    }
    struct hone_http_connection *former = take_carrier(home->own);
    attach(home->own, connection);
    write_priming(home->own);
    release_carrier(former);
    return 0;
}

/* ---- sessions ---- */

struct hone_http_sessions *hone_http_sessions_create(struct hone_app *app)
{
    struct hone_http_sessions *sessions = hone_alloc_zeroed(1, sizeof(*sessions));
    sessions->app = app;
    sessions->by_id = hone_map_create();
    hone_list_init(&sessions->homes);
    return sessions;
}

/* What only waits for its client's answer is no work: that client may never come back. */
static bool is_idle(const struct home *home)
{
    if (!hone_list_is_empty(&home->session->exchanges) && home->session->n_asks == 0) {
        return false;
    }
    HONE_LIST_EACH(&home->streams, link)
    {
        if (HONE_LIST_OWNER(link, struct event_stream, link)->connection != NULL) {
            return false;
        }
    }
    return true;
}

static void cancel_exchanges(struct hone_session *session)
{
    hone_session_ref(session);
    for (struct hone_list *link = session->exchanges.next; link != &session->exchanges;) {
        struct hone_exchange *exchange =
            HONE_LIST_OWNER(link, struct hone_exchange, in_session);
        bool known = exchange->cancelled;
        if (!known) {
            hone_exchange_cancel(exchange);
        }
        link = known ? link->next : session->exchanges.next;
    }
    hone_session_unref(session);
}

static void destroy_home(struct home *home)
{
    struct hone_session *session = home->session;
    hone_list_remove(&home->link);
    (void)hone_map_remove(home->sessions->by_id, hone_span_text(home->id));
    home->sessions->n -= 1;
    session->push = NULL;
    session->owner = NULL;
    cancel_exchanges(session);
    HONE_LIST_EACH(&home->streams, link)
    {
        destroy_stream(HONE_LIST_OWNER(link, struct event_stream, link));
    }
    hone_session_close(session);
    free(home);
}

void hone_http_sessions_destroy(struct hone_http_sessions *sessions)
{
    if (sessions == NULL) {
        return;
    }
    HONE_LIST_EACH(&sessions->homes, link)
    {
        destroy_home(HONE_LIST_OWNER(link, struct home, link));
    }
    hone_map_destroy(sessions->by_id);
    free(sessions);
}

static void touch(struct home *home)
{
    home->active_ms = hone_loop_now_ms(&home->sessions->app->loop);
    hone_list_remove(&home->link);
    hone_list_append(&home->sessions->homes, &home->link);
}

/* Room for one more: the longest idle one goes. */
static bool make_room(struct hone_http_sessions *sessions)
{
    if (sessions->n < HONE_HTTP_SESSIONS_MAX) {
        return true;
    }
    struct home *oldest = HONE_LIST_OWNER(sessions->homes.next, struct home, link);
    if (!is_idle(oldest)) {
        return false;
    }
    destroy_home(oldest);
    return true;
}

struct hone_session *hone_http_sessions_open(struct hone_http_sessions *sessions,
                                             struct hone_principal principal)
{
    if (!make_room(sessions)) {
        return NULL;
    }
    struct home *home = hone_alloc_zeroed(1, sizeof(*home));
    unsigned char bytes[ID_BYTES];
    hone_secret_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < ID_BYTES; i++) {
        static const char digits[] = "0123456789abcdef";
        home->id[2 * i] = digits[bytes[i] >> 4];
        home->id[2 * i + 1] = digits[bytes[i] & 15];
    }
    home->sessions = sessions;
    home->session = hone_session_create(sessions->app, "http", true, false);
    home->session->owner = home;
    home->session->principal = principal;
    hone_list_init(&home->link);
    hone_list_init(&home->streams);
    (void)hone_map_set(sessions->by_id, hone_span_text(home->id), home);
    sessions->n += 1;
    touch(home);
    return home->session;
}

struct hone_session *hone_http_sessions_find(struct hone_http_sessions *sessions,
                                             struct hone_span id,
                                             struct hone_principal principal)
{
    struct home *home = hone_map_find(sessions->by_id, id);
    if (home == NULL || strcmp(home->session->principal.name, principal.name) != 0) {
        return NULL;
    }
    home->session->principal = principal; /* its roles may be others by now */
    touch(home);
    return home->session;
}

const char *hone_http_sessions_id(const struct hone_session *session)
{
    return ((const struct home *)session->owner)->id;
}

void hone_http_sessions_end(struct hone_http_sessions *sessions,
                            struct hone_session *session)
{
    (void)sessions;
    destroy_home(session->owner);
}

size_t hone_http_sessions_n(const struct hone_http_sessions *sessions)
{
    return sessions->n;
}

void hone_http_sessions_sweep(struct hone_http_sessions *sessions, uint64_t now_ms)
{
    HONE_LIST_EACH(&sessions->homes, link)
    {
        struct home *home = HONE_LIST_OWNER(link, struct home, link);
        if (now_ms - home->active_ms < HONE_HTTP_SESSIONS_IDLE_MS) {
            return; /* those behind it were active later */
        }
        if (is_idle(home)) {
            destroy_home(home);
        } else {
            touch(home);
        }
    }
}
