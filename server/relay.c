/* States:
 *
 *   AWAY        no owner, and none needed before the client's next message
 *   CONNECTING  looking for an owner, starting one
 *   GREETING    connected; the owner has not accepted yet (server/hello.h)
 *   SERVING     lines pass
 *   FAILED      no owner could be had: requests are refused, after a while one starts
 *               another attempt
 *   REFUSED     the owner serves something else: requests are refused until the end
 *
 * Nothing of the client's is sent before SERVING; until then it waits in the queue. When
 * the owner is lost, what may be sent twice is sent to the next one and everything else in
 * flight is answered with an error, so each request has its answer. */
#include "server/relay.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/log.h"
#include "server/hello.h"
#include "server/line_pipe.h"
#include "server/loop.h"
#include "server/parent.h"
#include "server/relay_batch.h"
#include "server/relay_memory.h"
#include "server/relay_server.h"
#include "server/relay_start.h"
#include "server/stdio_ends.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#define START_LIMIT_MS   30000 /* to find or start an owner */
#define START_TRIES_MAX  6     /* starts in a row that lead to no connection */
#define RETRY_MIN_MS     5
#define RETRY_MAX_MS     200
#define FAILED_MS        1000 /* from a failure to the next attempt */
#define UNWRITTEN_PAUSE  (1024U * 1024)
#define QUEUE_PAUSE      (1024U * 1024)
#define IN_FLIGHT_MAX    1024
#define ANSWER_BYTES_MAX (192U * 1024 * 1024) /* longest line of the owner */
#define ARENA_BYTES      (64U * 1024)         /* ids and subjects of one line */
#define FIX              "; fix: "
#define N_SIGNALS        3

enum state { AWAY, CONNECTING, GREETING, SERVING, FAILED, REFUSED };

static const char *const state_names[] = {"away",    "connecting", "greeting",
                                          "serving", "failed",     "refused"};

/* One connection; freed when its handle has closed. */
struct link {
    uv_pipe_t pipe;
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    struct hone_line_pipe lines;
    struct relay *relay; /* NULL once closed */
};

struct relay {
    const struct hone_config *config;
    struct hone_loop loop;
    enum state state;
    bool done, ended, hurried;
    size_t n_waited;           /* answers, when the owner was last heard */
    struct hone_error failure; /* why FAILED or REFUSED */
    uint64_t failed_until_ms;
    char build[HONE_BUILD_TEXT_MAX];
    char *socket_path;
    struct hone_relay_memory memory;
    struct hone_buf queue; /* whole lines that wait for an owner */
    struct hone_arena arena;
    char *read_buffer; /* of both ends: a read is handled before the next */
    struct link *link;
    struct hone_relay_start start;
    uint64_t retry_ms;
    unsigned n_tries; /* starts since messages passed */
    /* the client */
    uv_pipe_t in, out;
    struct hone_line_pipe client;
    struct hone_stdio_ends ends;
    uv_fs_t file_read;
    char *file_buffer;
    int64_t file_offset;
    bool reading_file;
    uv_timer_t retry, limit, end_timer;
    uv_signal_t signals[N_SIGNALS];
    struct hone_parent parent;
    void (*connected)(void *user, long owner_pid); /* NULL once called */
    void *user;
};

static void set_state(struct relay *relay, enum state state)
{
    HONE_INVARIANT(relay->state != REFUSED || state == REFUSED);
    if (state != relay->state) {
        hone_log_debug("relay", "state from=%s to=%s", state_names[relay->state],
                       state_names[state]);
    }
    relay->state = state;
}

static bool is_looking(const struct relay *relay)
{
    return relay->state == CONNECTING || relay->state == GREETING;
}

/* ---- the end ---- */

/* After the client's last line: are its answers out? */
static void check_end(struct relay *relay)
{
    bool waits = false;
    if (relay->state == SERVING) {
        waits =
            relay->memory.n_waiting > 0 ||
            (relay->link != NULL && hone_line_pipe_unwritten(&relay->link->lines) > 0);
    } else if (is_looking(relay)) {
        waits = relay->queue.len > 0 || relay->memory.n_waiting > 0;
    }
    if (relay->ended && !waits && hone_line_pipe_unwritten(&relay->client) == 0) {
        relay->done = true;
    }
}

static void on_end_timer(uv_timer_t *timer)
{
    struct relay *relay = timer->data;
    relay->done = true;
}

/* A client that goes on reading gets all its answers, unless a signal said to end. */
static void wait_for_answers(struct relay *relay)
{
    if (relay->ended && !relay->hurried && relay->state == SERVING) {
        (void)uv_timer_start(&relay->end_timer, on_end_timer,
                             (uint64_t)relay->config->stdin_end_wait_ms, 0);
    }
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request; /* the owner's end of the connection tells */
    (void)status;
}

/* The client has said all; its last requests may still be in flight. */
static void half_close(struct relay *relay)
{
    (void)uv_shutdown(&relay->link->shutdown, (uv_stream_t *)&relay->link->pipe,
                      on_shutdown);
    wait_for_answers(relay);
}

/* ---- reading, in step with what is written ---- */

static void read_file(struct relay *relay);

static void update_reading(struct relay *relay)
{
    bool client_takes = hone_line_pipe_unwritten(&relay->client) <= UNWRITTEN_PAUSE;
    bool wanted = client_takes && !relay->ended;
    if (relay->state == SERVING) {
        wanted = wanted && relay->memory.n_waiting < IN_FLIGHT_MAX &&
                 hone_line_pipe_unwritten(&relay->link->lines) <= UNWRITTEN_PAUSE;
    } else if (is_looking(relay)) {
        wanted = wanted && relay->queue.len <= QUEUE_PAUSE;
    }
    hone_line_pipe_read(&relay->client, wanted);
    if (wanted && !relay->ends.polled) {
        read_file(relay);
    }
    if (relay->link != NULL && relay->state >= GREETING) {
        hone_line_pipe_read(&relay->link->lines, client_takes);
    }
}

static void flush_client(struct relay *relay)
{
    hone_line_pipe_flush(&relay->client);
    update_reading(relay);
    check_end(relay);
}

/* ---- refusing ---- */

static void refuse_line(struct relay *relay, struct hone_span bytes)
{
    char text[HONE_ERROR_MESSAGE_MAX + HONE_ERROR_HINT_MAX + sizeof(FIX)];
    struct hone_relay_line line;
    const struct hone_error *why = &relay->failure;
    hone_relay_line_read(&line, bytes, &relay->arena);
    (void)snprintf(text, sizeof text, "%s%s%s", why->message,
                   why->hint[0] != '\0' ? FIX : "", why->hint);
    if (!line.readable) {
        hone_relay_memory_refuse(&relay->client.output, hone_span_text("null"), false,
                                 text);
    } else if (line.message.kind == HONE_JSONRPC_REQUEST) {
        hone_relay_memory_refuse(&relay->client.output, line.message.id,
                                 relay->state == FAILED, text);
    }
    hone_relay_line_finish(&line);
    hone_arena_reset(&relay->arena);
}

/* Calls take for each line of the queue and empties it. */
static void drain_queue(struct relay *relay,
                        void (*take)(struct relay *relay, struct hone_span line))
{
    struct hone_span rest = hone_buf_span(&relay->queue);
    while (rest.len > 0) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t len = (size_t)(newline - rest.data);
        take(relay, hone_span_of(rest.data, len));
        rest = hone_span_of(newline + 1, rest.len - len - 1);
    }
    hone_buf_clear(&relay->queue);
    hone_buf_shrink(&relay->queue, 0);
}

/* ---- the connection ---- */

static void on_link_closed(uv_handle_t *handle)
{
    struct hone_line_pipe *lines = handle->data;
    struct link *link = HONE_LIST_OWNER(lines, struct link, lines);
    hone_line_pipe_finish(lines);
    free(link);
}

static void close_link(struct relay *relay)
{
    struct link *link = relay->link;
    if (link != NULL) {
        relay->link = NULL;
        link->relay = NULL;
        hone_line_pipe_stop(&link->lines);
        uv_close((uv_handle_t *)&link->pipe, on_link_closed);
    }
}

static void stop_looking(struct relay *relay)
{
    (void)uv_timer_stop(&relay->retry);
    (void)uv_timer_stop(&relay->limit);
    hone_relay_start_unlock(&relay->start);
}

/* There is no owner to be had: everything that waits is answered. */
static void give_up(struct relay *relay, enum state state, const struct hone_error *why)
{
    hone_log_error("relay", "%s%s%s", why->message, why->hint[0] != '\0' ? FIX : "",
                   why->hint);
    stop_looking(relay);
    close_link(relay);
    relay->failure = *why;
    relay->n_tries = 0;
    relay->failed_until_ms = hone_loop_now_ms(&relay->loop) + FAILED_MS;
    set_state(relay, state);
    hone_relay_memory_give_up(&relay->memory, &relay->client.output);
    drain_queue(relay, refuse_line);
    flush_client(relay);
}

static void connect_now(struct relay *relay);

static void on_retry(uv_timer_t *timer)
{
    struct relay *relay = timer->data;
    if (relay->state == CONNECTING && relay->link == NULL) {
        connect_now(relay);
    }
}

static void retry_later(struct relay *relay)
{
    set_state(relay, CONNECTING);
    (void)uv_timer_start(&relay->retry, on_retry, relay->retry_ms, 0);
    relay->retry_ms =
        relay->retry_ms * 2 < RETRY_MAX_MS ? relay->retry_ms * 2 : RETRY_MAX_MS;
}

static void on_limit(uv_timer_t *timer)
{
    struct relay *relay = timer->data;
    struct hone_error err;
    (void)hone_error_set(&err, HONE_E_AGAIN,
                         "no process that owns the data folder %s answered within %d s",
                         relay->config->data, START_LIMIT_MS / 1000);
    (void)hone_error_hint(&err, "see hone.log in it, or run hone doctor");
    give_up(relay, FAILED, &err);
}

static void seek_owner(struct relay *relay, bool at_once)
{
    set_state(relay, CONNECTING);
    (void)uv_timer_start(&relay->limit, on_limit, START_LIMIT_MS, 0);
    if (at_once) {
        relay->retry_ms = RETRY_MIN_MS;
        connect_now(relay);
    } else {
        retry_later(relay);
    }
}

static void on_start_result(void *user, const struct hone_error *err)
{
    struct relay *relay = user;
    if (!is_looking(relay) || relay->link != NULL) {
        return; /* what it is connected to tells more */
    }
    bool died = err != NULL && err->code == HONE_E_CANCELLED;
    if (died && relay->n_tries < START_TRIES_MAX) {
        retry_later(relay);
    } else if (err != NULL) {
        give_up(relay, FAILED, err);
    } else {
        relay->retry_ms = RETRY_MIN_MS;
        (void)uv_timer_stop(&relay->retry);
        connect_now(relay);
    }
}

/* Nobody listens. One relay starts an owner, the others wait for it. */
static void on_absent(struct relay *relay)
{
    struct hone_error err;
    int code = 0;
    if (!hone_relay_start_is_running(&relay->start)) {
        code = hone_relay_start_lock(&relay->start, &err);
        if (code == 0 && relay->n_tries == START_TRIES_MAX) {
            code = hone_error_set(&err, HONE_E_CLOSED,
                                  "%s has an owner, but nobody listens at %s",
                                  relay->config->data, relay->socket_path);
            (void)hone_error_hint(&err, "stop the owner: hone stop --data %s",
                                  relay->config->data);
        } else if (code == 0) {
            relay->n_tries += 1;
            code = hone_relay_start_run(&relay->start, &err);
        }
    }
    if (code == 0 || code == HONE_E_BUSY) {
        retry_later(relay);
    } else {
        give_up(relay, FAILED, &err);
    }
}

/* ---- SERVING ---- */

static void forward(struct relay *relay, struct hone_span bytes)
{
    struct hone_relay_line line;
    if (hone_relay_batch_is(bytes)) {
        hone_relay_batch_note_sent(&relay->memory, bytes);
    } else {
        hone_relay_line_read(&line, bytes, &relay->arena);
        hone_relay_memory_note_sent(&relay->memory, &line, bytes);
        hone_relay_line_finish(&line);
        hone_arena_reset(&relay->arena);
    }
    (void)hone_buf_append_span(&relay->link->lines.output, bytes);
    (void)hone_buf_append_char(&relay->link->lines.output, '\n');
}

static void serve(struct relay *relay, long pid)
{
    struct hone_line_pipe *lines = &relay->link->lines;
    if (relay->connected != NULL) {
        relay->connected(relay->user, pid);
        relay->connected = NULL;
    } else {
        hone_log_info("relay", "connected again owner=%ld", pid);
    }
    stop_looking(relay);
    relay->n_tries = 0;
    set_state(relay, SERVING);
    hone_relay_memory_replay(&relay->memory, &lines->output);
    drain_queue(relay, forward);
    hone_line_pipe_flush(lines);
    if (relay->state == SERVING && relay->ended) {
        half_close(relay);
    }
}

static void put_answer(struct relay *relay, struct hone_span bytes)
{
    (void)hone_buf_append_span(&relay->client.output, bytes);
    (void)hone_buf_append_char(&relay->client.output, '\n');
    relay->retry_ms = RETRY_MIN_MS;
}

static void pass_answer(struct relay *relay, struct hone_span bytes)
{
    struct hone_relay_line line;
    if (hone_relay_batch_is(bytes)) {
        hone_relay_batch_note_answer(&relay->memory, bytes);
        put_answer(relay, bytes);
        return;
    }
    hone_relay_line_read(&line, bytes, &relay->arena);
    if (!line.readable) {
        hone_log_warn("relay", "line of the owner dropped: it is no message");
    } else if (hone_relay_memory_note_answer(&relay->memory, &line)) {
        put_answer(relay, bytes);
    }
    hone_relay_line_finish(&line);
    hone_arena_reset(&relay->arena);
}

static void lose_owner(struct relay *relay)
{
    check_end(relay);
    if (relay->done) {
        return;
    }
    hone_log_info("relay", "the owner is gone in_flight=%zu", relay->memory.n_waiting);
    if (relay->ended) {
        hone_relay_memory_give_up(&relay->memory, &relay->client.output);
        set_state(relay, AWAY);
    } else {
        hone_relay_memory_lose(&relay->memory, &relay->client.output);
        if (hone_relay_memory_needs_owner(&relay->memory)) {
            seek_owner(relay, false);
        } else {
            set_state(relay, AWAY);
        }
    }
    flush_client(relay);
}

/* ---- GREETING ---- */

/* The owner would leave for one that is up to date. Whoever starts the next one asks it to, so
 * that no outdated build comes between. */
static void replace_owner(struct relay *relay)
{
    struct hone_error err;
    int code = hone_relay_start_lock(&relay->start, &err);
    if (code == 0) {
        (void)hone_hello_write_leave(&relay->link->lines.output);
        (void)hone_buf_append_char(&relay->link->lines.output, '\n');
        hone_line_pipe_flush(&relay->link->lines);
    } else if (code == HONE_E_BUSY) {
        close_link(relay);
        retry_later(relay);
    } else {
        give_up(relay, FAILED, &err);
    }
}

static void read_greeting(struct relay *relay, struct hone_span bytes)
{
    enum hone_hello_verdict verdict = HONE_HELLO_REFUSED;
    struct hone_error err;
    long pid = 0;
    if (hone_hello_read_answer(&verdict, &pid, bytes, &err) != 0) {
        give_up(relay, FAILED, &err);
    } else if (verdict == HONE_HELLO_ACCEPTED) {
        serve(relay, pid);
    } else if (verdict == HONE_HELLO_OUTDATED) {
        replace_owner(relay);
    } else {
        give_up(relay, REFUSED, &err);
    }
}

/* ---- the owner's end ---- */

static void on_owner_end(void *user, int status)
{
    struct link *link = user;
    struct relay *relay = link->relay;
    (void)status;
    close_link(relay);
    if (relay->state == SERVING) {
        lose_owner(relay);
    } else {
        retry_later(relay); /* it was leaving */
    }
}

static void on_owner_line(void *user, struct hone_span line, int code)
{
    struct link *link = user;
    struct relay *relay = link->relay;
    if (code != 0) {
        hone_log_error("relay", "the owner's line is longer than %u bytes",
                       ANSWER_BYTES_MAX);
        on_owner_end(link, UV_ENOBUFS);
    } else if (relay->state == GREETING) {
        read_greeting(relay, line);
    } else {
        pass_answer(relay, line);
    }
}

static void on_owner_fed(void *user)
{
    struct relay *relay = ((struct link *)user)->relay;
    if (relay->memory.n_waiting < relay->n_waited) { /* not for mere notifications */
        wait_for_answers(relay);
    }
    relay->n_waited = relay->memory.n_waiting;
    flush_client(relay);
}

static const struct hone_line_pipe_events owner_events = {.line = on_owner_line,
                                                          .fed = on_owner_fed,
                                                          .end = on_owner_end,
                                                          .drained = on_owner_fed};

static void greet(struct link *link)
{
    struct relay *relay = link->relay;
    hone_line_pipe_init(&link->lines, (uv_stream_t *)&link->pipe,
                        (uv_stream_t *)&link->pipe, ANSWER_BYTES_MAX, relay->read_buffer,
                        &owner_events, link);
    set_state(relay, GREETING);
    (void)hone_hello_write(&link->lines.output, relay->config, relay->build);
    (void)hone_buf_append_char(&link->lines.output, '\n');
    hone_line_pipe_flush(&link->lines);
    if (relay->link == link) {
        update_reading(relay);
    }
}

static void on_connected(uv_connect_t *request, int status)
{
    struct link *link = request->data;
    struct relay *relay = link->relay;
    struct hone_error err;
    if (relay == NULL) {
        return; /* closed meanwhile */
    }
    if (status == 0) {
        greet(link);
        return;
    }
    close_link(relay);
    if (status == UV_ENOENT || status == UV_ECONNREFUSED) {
        on_absent(relay);
    } else if (status == UV_EAGAIN) {
        retry_later(relay); /* many come at once */
    } else {
        (void)hone_error_set(&err, HONE_E_IO, "cannot connect to %s: %s",
                             relay->socket_path, uv_strerror(status));
        give_up(relay, FAILED, &err);
    }
}

static void connect_now(struct relay *relay)
{
    struct link *link = hone_alloc_zeroed(1, sizeof *link);
    relay->link = link;
    link->relay = relay;
    (void)uv_pipe_init(&relay->loop.uv, &link->pipe, 0);
    link->pipe.data = &link->lines;
    link->connect.data = link;
    uv_pipe_connect(&link->connect, &link->pipe, relay->socket_path, on_connected);
}

/* ---- the client's end ---- */

static void refuse_too_long(struct relay *relay)
{
    struct hone_jsonrpc_problem problem;
    hone_jsonrpc_problem_set(&problem, HONE_RPC_INVALID_REQUEST, 413,
                             "the message is longer than %lld bytes",
                             (long long)relay->config->message_bytes_max);
    (void)hone_jsonrpc_write_problem(&relay->client.output, &problem);
    (void)hone_buf_append_char(&relay->client.output, '\n');
}

static void enqueue(struct relay *relay, struct hone_span bytes)
{
    (void)hone_buf_append_span(&relay->queue, bytes);
    (void)hone_buf_append_char(&relay->queue, '\n');
}

static void on_client_line(void *user, struct hone_span bytes, int code)
{
    struct relay *relay = user;
    bool waited = relay->state == FAILED &&
                  hone_loop_now_ms(&relay->loop) >= relay->failed_until_ms;
    if (code != 0) {
        refuse_too_long(relay);
    } else if (relay->state == SERVING) {
        forward(relay, bytes);
    } else if (relay->state == REFUSED || (relay->state == FAILED && !waited)) {
        refuse_line(relay, bytes);
    } else {
        enqueue(relay, bytes);
        if (!is_looking(relay)) {
            seek_owner(relay, true);
        }
    }
}

static void on_client_fed(void *user)
{
    struct relay *relay = user;
    if (relay->state == SERVING) {
        hone_line_pipe_flush(&relay->link->lines);
    }
    relay->n_waited = relay->memory.n_waiting;
    wait_for_answers(relay);
    flush_client(relay);
}

static void on_client_end(void *user, int status)
{
    struct relay *relay = user;
    relay->ended = true;
    if (status != 0) {
        relay->done = true; /* nobody takes an answer */
        return;
    }
    if (relay->state == SERVING) {
        half_close(relay);
    }
    check_end(relay);
}

static const struct hone_line_pipe_events client_events = {.line = on_client_line,
                                                           .fed = on_client_fed,
                                                           .end = on_client_end,
                                                           .drained = on_client_fed};

static void on_file_read(uv_fs_t *request)
{
    struct relay *relay = request->data;
    ssize_t n = request->result;
    uv_fs_req_cleanup(request);
    relay->reading_file = false;
    if (relay->done) {
        return;
    }
    if (n <= 0) {
        hone_line_pipe_end(&relay->client, 0);
    } else {
        relay->file_offset += n;
        hone_line_pipe_feed(&relay->client, hone_span_of(relay->file_buffer, (size_t)n));
    }
}

static void read_file(struct relay *relay)
{
    if (relay->reading_file) {
        return;
    }
    uv_buf_t buf = uv_buf_init(relay->file_buffer, HONE_LINE_PIPE_READ_BYTES);
    relay->file_read.data = relay;
    relay->reading_file = true;
    if (uv_fs_read(&relay->loop.uv, &relay->file_read, relay->ends.in, &buf, 1,
                   relay->file_offset, on_file_read) != 0) {
        relay->reading_file = false;
        hone_line_pipe_end(&relay->client, UV_EIO);
    }
}

static int open_client(struct relay *relay, struct hone_error *err)
{
    if (!relay->ends.polled) {
        relay->file_buffer = hone_alloc_zeroed(1, HONE_LINE_PIPE_READ_BYTES);
    } else if (uv_pipe_open(&relay->in, relay->ends.in) != 0) {
        return hone_error_set(err, HONE_E_IO, "stdin cannot be used as a stream");
    }
    if (uv_pipe_open(&relay->out, relay->ends.out) != 0) {
        return hone_error_set(err, HONE_E_IO, "stdout cannot be used as a stream");
    }
    hone_line_pipe_init(
        &relay->client, relay->ends.polled ? (uv_stream_t *)&relay->in : NULL,
        (uv_stream_t *)&relay->out, (size_t)relay->config->message_bytes_max,
        relay->read_buffer, &client_events, relay);
    return 0;
}

/* ---- signals and the parent ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    struct relay *relay = handle->data;
    hone_log_info("relay", "stopping signal=%d", number);
    relay->ended = relay->hurried = true;
    hone_line_pipe_read(&relay->client, false);
    if (relay->state == SERVING) {
        (void)uv_timer_start(&relay->end_timer, on_end_timer, HONE_STDIO_ENDS_STOP_MS, 0);
        check_end(relay);
    } else {
        relay->done = true;
    }
}

static void on_parent_death(void *user)
{
    struct relay *relay = user;
    hone_log_info("relay", "stopping: the process that started this one is gone");
    relay->done = true;
}

/* ---- start and finish ---- */

static void init(struct relay *relay, const struct hone_config *config)
{
    static const int numbers[N_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
    uv_timer_t *timers[] = {&relay->retry, &relay->limit, &relay->end_timer};
    *relay = (struct relay){.config = config, .state = AWAY, .retry_ms = RETRY_MIN_MS};
    HONE_INVARIANT(hone_loop_init(&relay->loop) == 0);
    relay->socket_path = hone_relay_server_path(config->data);
    relay->read_buffer = hone_alloc_zeroed(1, HONE_LINE_PIPE_READ_BYTES);
    hone_build_format(relay->build);
    hone_relay_memory_init(&relay->memory);
    hone_arena_init(&relay->arena, ARENA_BYTES);
    hone_buf_init(&relay->queue, QUEUE_PAUSE + 2 * (size_t)config->message_bytes_max + 2);
    hone_relay_start_init(&relay->start, &relay->loop.uv, config, on_start_result, relay);
    (void)uv_pipe_init(&relay->loop.uv, &relay->in, 0);
    (void)uv_pipe_init(&relay->loop.uv, &relay->out, 0);
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        (void)uv_timer_init(&relay->loop.uv, timers[i]);
        timers[i]->data = relay;
    }
    for (size_t i = 0; i < N_SIGNALS; i++) {
        (void)uv_signal_init(&relay->loop.uv, &relay->signals[i]);
        relay->signals[i].data = relay;
        (void)uv_signal_start(&relay->signals[i], on_signal, numbers[i]);
    }
    hone_parent_start(&relay->parent, &relay->loop.uv, on_parent_death, relay);
}

static void finish(struct relay *relay)
{
    close_link(relay);
    hone_line_pipe_stop(&relay->client);
    hone_relay_start_finish(&relay->start);
    hone_parent_stop(&relay->parent);
    uv_close((uv_handle_t *)&relay->in, NULL);
    uv_close((uv_handle_t *)&relay->out, NULL);
    uv_close((uv_handle_t *)&relay->retry, NULL);
    uv_close((uv_handle_t *)&relay->limit, NULL);
    uv_close((uv_handle_t *)&relay->end_timer, NULL);
    for (size_t i = 0; i < N_SIGNALS; i++) {
        uv_close((uv_handle_t *)&relay->signals[i], NULL);
    }
    hone_loop_finish(&relay->loop);
    hone_line_pipe_finish(&relay->client);
    hone_relay_memory_finish(&relay->memory);
    hone_arena_finish(&relay->arena);
    hone_buf_finish(&relay->queue);
    free(relay->file_buffer);
    free(relay->read_buffer);
    free(relay->socket_path);
}

static int check_path(const struct relay *relay, struct hone_error *err)
{
    size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    if (strlen(relay->socket_path) <= max) {
        return 0;
    }
    (void)hone_error_set(err, HONE_E_LIMIT, "the path of the socket is too long: %s",
                         relay->socket_path);
    return hone_error_hint(err,
                           "choose a data folder with a shorter path (at most %zu "
                           "characters with the socket's name)",
                           max);
}

int hone_relay_run(const struct hone_config *config, const struct hone_stdio_ends *ends,
                   void (*connected)(void *user, long owner_pid), void *user,
                   struct hone_error *err)
{
    struct relay relay;
    init(&relay, config);
    relay.ends = *ends;
    relay.connected = connected;
    relay.user = user;
    int code = check_path(&relay, err);
    if (code == 0) {
        code = open_client(&relay, err);
    }
    if (code != 0) {
        hone_log_error("relay", "%s", err->message);
    } else {
        seek_owner(&relay, true);
        update_reading(&relay);
        hone_loop_run_until(&relay.loop, &relay.done);
        if (relay.state == FAILED || relay.state == REFUSED) {
            *err = relay.failure;
            code = relay.failure.code;
        }
    }
    finish(&relay);
    return code;
}
