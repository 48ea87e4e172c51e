/* States of a connection, in order: CLOSED -> CONNECTING -> IDLE <-> WAITING. What it says
 * while in them: INITIALIZE, then INITIALIZED, then the requests. */
#include "bench/mcpload/http_load.h"

#include "base/alloc.h"
#include "bench/mcpload/exchange.h"
#include "bench/mcpload/request.h"
#include "bench/mcpload/tally.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES  (16U * 1024)
#define WAIT_NS_MAX 100000000u
#define EVENTS_MAX  256
/* Memory that has not become less for so many polls has settled. */
#define SETTLE_POLL_NS 20000000
#define SETTLE_POLLS   150

enum state { CLOSED, CONNECTING, IDLE, WAITING };
enum step { INITIALIZE, INITIALIZED, REQUESTS };

struct load;

struct connection {
    struct load *load;
    int socket;
    enum state state;
    enum step step;
    uint64_t id, start_ns;
    struct hone_exchange exchange;
    char session[HONE_EXCHANGE_SESSION_MAX];
};

struct load {
    const struct hone_options *options;
    struct hone_request request;
    struct hone_tally tally;
    struct hone_buf body;
    int epoll;
    struct sockaddr_in address;
    struct connection *connections;
    size_t n_connections;
    uint64_t next_id;
    char shared_session[HONE_EXCHANGE_SESSION_MAX], version[32];
    /* of the phase that runs: */
    uint64_t n_sent, n_done, n_wanted, began_ns;
    bool open, paced;
};

/* ---- sockets ---- */

static void watch(struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(connection->load->epoll, operation, connection->socket, &event) != 0) {
        hone_request_give_up("epoll_ctl: %s", strerror(errno));
    }
}

static void open_connection(struct connection *connection)
{
    int yes = 1;
    const struct sockaddr_in *address = &connection->load->address;
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->socket < 0 ||
        setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) !=
            0 ||
        (connect(connection->socket, (const struct sockaddr *)address,
                 sizeof(*address)) != 0 &&
         errno != EINPROGRESS)) {
        hone_request_give_up("connect: %s", strerror(errno));
    }
    connection->state = CONNECTING;
    hone_exchange_reset(&connection->exchange);
    watch(connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void reopen(struct connection *connection)
{
    (void)close(connection->socket);
    connection->state = CLOSED;
    connection->load->tally.n_reconnects++;
    open_connection(connection);
}

static void write_rest(struct connection *connection)
{
    struct hone_exchange *exchange = &connection->exchange;
    while (exchange->to_used < exchange->to.len) {
        ssize_t n = send(connection->socket, exchange->to.data + exchange->to_used,
                         exchange->to.len - exchange->to_used, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            return;
        }
        if (n < 0 && errno != EINTR) {
            return; /* the reading side will see why */
        }
        exchange->to_used += n > 0 ? (size_t)n : 0;
    }
    hone_buf_clear(&exchange->to);
    exchange->to_used = 0;
}

/* ---- what is said ---- */

static const char *session_of(const struct connection *connection)
{
    const char *session = connection->load->options->session == HONE_OPTIONS_SHARED
                              ? connection->load->shared_session
                              : connection->session;
    return session[0] != '\0' && connection->step != INITIALIZE ? session : NULL;
}

static void post(struct connection *connection)
{
    struct load *load = connection->load;
    const char *version =
        load->version[0] != '\0' ? load->version : load->options->protocol;
    if (connection->step == INITIALIZE && !load->options->version_always) {
        version = NULL;
    }
    connection->state = WAITING;
    hone_exchange_post(&connection->exchange, load->options, hone_buf_span(&load->body),
                       session_of(connection), version);
    write_rest(connection);
}

/* The next request, if the phase has one that is due. */
static bool make_request(struct connection *connection)
{
    struct load *load = connection->load;
    uint64_t now_ns = hone_tally_now_ns();
    if (!load->open || load->n_sent >= load->n_wanted) {
        return false;
    }
    if (load->paced) { /* a time counts from when its request was due */
        uint64_t due_ns =
            load->began_ns + (uint64_t)((double)load->n_sent * 1e9 / load->options->rate);
        if (due_ns > now_ns) {
            return false;
        }
        now_ns = due_ns;
    }
    connection->start_ns = now_ns;
    connection->id = load->next_id++;
    load->n_sent++;
    hone_request_append(&load->body, &load->request, connection->id);
    return true;
}

/* Sends the next thing on an idle connection; false when there is none. */
static bool say_next(struct connection *connection)
{
    struct load *load = connection->load;
    hone_buf_clear(&load->body);
    if (connection->step == INITIALIZE) {
        hone_request_append_initialize(&load->body, &load->request);
    } else if (connection->step == INITIALIZED) {
        hone_request_append_initialized(&load->body);
    } else if (!make_request(connection)) {
        return false;
    }
    post(connection);
    return true;
}

/* ---- what is heard ---- */

static void keep_version(struct load *load, struct hone_span result)
{
    struct hone_span version = hone_walk_member(result, "protocolVersion");
    if (version.len > 2 && version.len - 2 < sizeof(load->version)) {
        memcpy(load->version, version.data + 1, version.len - 2);
        load->version[version.len - 2] = '\0';
    }
}

static void hear_initialize(struct connection *connection)
{
    struct load *load = connection->load;
    const struct hone_exchange *exchange = &connection->exchange;
    struct hone_walk answer;
    struct hone_span raw;
    if (exchange->status != 200 || !hone_exchange_answer(exchange, &answer, &raw) ||
        answer.result.len == 0) {
        hone_request_give_up("initialize failed: HTTP %d", exchange->status);
    }
    keep_version(load, answer.result);
    if (load->options->session != HONE_OPTIONS_NONE) {
        memcpy(connection->session, exchange->session, sizeof(connection->session));
        memcpy(load->shared_session, exchange->session, sizeof(load->shared_session));
    }
    connection->step = INITIALIZED;
}

static void hear_answer(struct connection *connection)
{
    struct load *load = connection->load;
    const struct hone_exchange *exchange = &connection->exchange;
    struct hone_walk answer;
    struct hone_span raw;
    if (exchange->status != 200) {
        hone_tally_wrong(&load->tally, "HTTP status is not 200",
                         hone_buf_span(&exchange->body));
    } else if (!hone_exchange_answer(exchange, &answer, &raw)) {
        hone_tally_wrong(&load->tally, "no answer in the body", raw);
    } else {
        hone_request_verify(&load->request, &load->tally, &answer, raw, connection->id);
    }
    hone_tally_time(&load->tally, hone_tally_now_ns() - connection->start_ns);
    load->n_done++;
}

static void hear(struct connection *connection)
{
    connection->state = IDLE;
    if (connection->step == INITIALIZE) {
        hear_initialize(connection);
    } else if (connection->step == INITIALIZED) {
        if (connection->exchange.status / 100 != 2) {
            hone_request_give_up("notifications/initialized got HTTP %d",
                                 connection->exchange.status);
        }
        connection->step = REQUESTS;
    } else {
        hear_answer(connection);
    }
    if (connection->exchange.closes) {
        reopen(connection);
    } else {
        (void)say_next(connection);
    }
}

static void hear_end(struct connection *connection)
{
    if (connection->state == WAITING && connection->step != REQUESTS) {
        hone_request_give_up("connection closed during the handshake");
    }
    if (connection->state == WAITING) {
        hone_tally_wrong(&connection->load->tally, "connection closed in mid-answer",
                         hone_span_of(NULL, 0));
        connection->load->n_done++;
    }
    reopen(connection);
}

static void read_some(struct connection *connection)
{
    struct hone_buf *from = &connection->exchange.from;
    char *place = hone_buf_reserve(from, READ_BYTES);
    if (place == NULL) {
        hone_request_give_up("an answer has no end");
    }
    ssize_t n = recv(connection->socket, place, READ_BYTES, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n > 0) {
        hone_buf_grow(from, (size_t)n);
        connection->load->tally.n_bytes += (uint64_t)n;
    }
    if (connection->state == WAITING &&
        hone_exchange_take(&connection->exchange, n <= 0)) {
        hear(connection);
    } else if (n <= 0) {
        hear_end(connection);
    }
}

static void on_connected(struct connection *connection)
{
    int failure = 0;
    socklen_t len = sizeof(failure);
    (void)getsockopt(connection->socket, SOL_SOCKET, SO_ERROR, &failure, &len);
    if (failure != 0) {
        hone_request_give_up("connect: %s", strerror(failure));
    }
    connection->state = IDLE;
    (void)say_next(connection);
}

static void on_event(struct connection *connection, uint32_t events)
{
    if ((events & EPOLLOUT) != 0) {
        watch(connection, EPOLL_CTL_MOD, EPOLLIN);
        if (connection->state == CONNECTING) {
            on_connected(connection);
        } else {
            write_rest(connection);
        }
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read_some(connection);
    }
}

static void run_once(struct load *load, uint64_t wait_ns)
{
    struct epoll_event events[EVENTS_MAX];
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / 1000000000u),
                            .tv_nsec = (long)(wait_ns % 1000000000u)};
    int n = epoll_pwait2(load->epoll, events, EVENTS_MAX, &wait, NULL);
    for (int i = 0; i < n; i++) {
        on_event(events[i].data.ptr, events[i].events);
    }
}

/* ---- phases ---- */

/* Sends what is due; returns how long nothing will be. */
static uint64_t send_due(struct load *load)
{
    for (size_t i = 0; i < load->n_connections; i++) {
        struct connection *connection = &load->connections[i];
        if (connection->state == IDLE && !say_next(connection)) {
            break;
        }
    }
    if (!load->paced) {
        return WAIT_NS_MAX;
    }
    uint64_t now_ns = hone_tally_now_ns();
    uint64_t due_ns =
        load->began_ns + (uint64_t)((double)load->n_sent * 1e9 / load->options->rate);
    uint64_t wait_ns = due_ns > now_ns ? due_ns - now_ns : 1000000;
    return wait_ns < WAIT_NS_MAX ? wait_ns : WAIT_NS_MAX;
}

static void run_phase(struct load *load, uint64_t n_wanted, double seconds, bool paced)
{
    const uint64_t timeout_ns = (uint64_t)(load->options->timeout_s * 1e9);
    uint64_t last_ns = hone_tally_now_ns(), n_seen = 0;
    uint64_t stop_ns = seconds > 0.0 ? last_ns + (uint64_t)(seconds * 1e9) : UINT64_MAX;
    load->n_sent = load->n_done = 0;
    load->n_wanted = n_wanted;
    load->open = true;
    load->paced = paced;
    load->began_ns = last_ns;
    while ((load->open && load->n_sent < load->n_wanted) || load->n_done < load->n_sent) {
        uint64_t now_ns = hone_tally_now_ns();
        load->open = load->open && now_ns < stop_ns;
        run_once(load, send_due(load));
        if (load->n_done != n_seen) {
            n_seen = load->n_done;
            last_ns = now_ns;
        } else if (now_ns > last_ns + timeout_ns) {
            hone_request_give_up("no answer within the timeout");
        }
    }
    load->open = false;
}

/* Until the connection's handshake is over. */
static void finish_handshake(struct connection *connection)
{
    struct load *load = connection->load;
    uint64_t deadline_ns =
        hone_tally_now_ns() + (uint64_t)(load->options->timeout_s * 1e9);
    while (connection->step != REQUESTS || connection->state == CONNECTING) {
        if (hone_tally_now_ns() > deadline_ns) {
            hone_request_give_up("timeout while opening a connection");
        }
        run_once(load, WAIT_NS_MAX);
    }
}

static void load_init(struct load *load, const struct hone_options *options,
                      size_t n_connections)
{
    *load = (struct load){.options = options, .next_id = 1};
    hone_request_init(&load->request, options);
    hone_buf_init(&load->body, 2 * options->payload_bytes + 1024U * 1024);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(options->port)};
    if (load->epoll < 0 ||
        inet_pton(AF_INET, options->host, &load->address.sin_addr) != 1) {
        hone_request_give_up("the host must be an IPv4 address");
    }
    load->connections = hone_alloc_zeroed(n_connections, sizeof(*load->connections));
    for (size_t i = 0; i < n_connections; i++) {
        struct connection *connection = &load->connections[i];
        connection->load = load;
        hone_exchange_init(&connection->exchange);
        if (options->session == HONE_OPTIONS_SHARED && i > 0) {
            connection->step = REQUESTS;
        }
        load->n_connections = i + 1;
        open_connection(connection);
        finish_handshake(connection);
    }
}

static void load_finish(struct load *load)
{
    for (size_t i = 0; i < load->n_connections; i++) {
        (void)close(load->connections[i].socket);
        hone_exchange_finish(&load->connections[i].exchange);
    }
    (void)close(load->epoll);
    free(load->connections);
    hone_buf_finish(&load->body);
    hone_request_finish(&load->request);
    hone_tally_finish(&load->tally);
}

int hone_http_load_run(const struct hone_options *options)
{
    struct load load;
    hone_tally_pin(options->cpu);
    load_init(&load, options, options->n_connections);
    run_phase(&load, options->n_warmup, 0.0, false);
    hone_tally_begin(&load.tally, options, options->pid);
    run_phase(&load, options->seconds > 0.0 ? UINT64_MAX : options->n_requests,
              options->seconds, options->rate > 0.0);
    hone_tally_report(&load.tally, options, "http", options->n_connections, options->pid);
    int code = load.tally.n_wrong > 0 ? 1 : 0;
    load_finish(&load);
    return code;
}

/* Sessions opened one after another on one connection, then requests in the first and in
 * the last of them: both must still be there. */
int hone_http_load_sessions(const struct hone_options *options)
{
    struct load load;
    char first[HONE_EXCHANGE_SESSION_MAX];
    hone_tally_pin(options->cpu);
    struct hone_tally_usage before = hone_tally_usage_of(options->pid);
    uint64_t start_ns = hone_tally_now_ns();
    load_init(&load, options, 1);
    struct connection *connection = &load.connections[0];
    memcpy(first, connection->session, sizeof(first));
    for (size_t i = 1; i < options->n_sessions; i++) {
        connection->step = INITIALIZE;
        connection->session[0] = '\0';
        if (connection->state == IDLE) {
            (void)say_next(connection);
        }
        finish_handshake(connection);
    }
    double seconds = (double)(hone_tally_now_ns() - start_ns) / 1e9;
    struct hone_tally_usage after = hone_tally_usage_of(options->pid);
    run_phase(&load, 10, 0.0, false);
    memcpy(connection->session, first, sizeof(first));
    run_phase(&load, 10, 0.0, false);
    printf(
        "{\"label\":\"%s\",\"mode\":\"sessions\",\"sessions\":%zu,\"has_session_id\":%s,"
        "\"opens_per_s\":%.1f,\"rss_before_kb\":%ld,\"rss_after_kb\":%ld,"
        "\"kb_per_session\":%.2f,\"calls_ok\":%llu,\"errors\":%llu}\n",
        options->label, options->n_sessions, first[0] != '\0' ? "true" : "false",
        (double)options->n_sessions / seconds, before.resident_kib, after.resident_kib,
        (double)(after.resident_kib - before.resident_kib) / (double)options->n_sessions,
        (unsigned long long)load.tally.n_right, (unsigned long long)load.tally.n_wrong);
    int code = load.tally.n_wrong > 0 ? 1 : 0;
    load_finish(&load);
    return code;
}

/* ---- many connections ---- */

/* As many descriptors as the system allows: a connection is one. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void close_connections(struct load *load)
{
    for (size_t i = 0; i < load->n_connections; i++) {
        (void)close(load->connections[i].socket);
        hone_exchange_finish(&load->connections[i].exchange);
    }
    load->n_connections = 0;
}

/* What the server uses once it has seen that all are gone: when its memory has not become
 * less for a while. */
static struct hone_tally_usage settled_usage(pid_t pid)
{
    const struct timespec pause = {.tv_nsec = SETTLE_POLL_NS};
    struct hone_tally_usage least = hone_tally_usage_of(pid);
    for (int i = 0; i < SETTLE_POLLS; i++) {
        (void)nanosleep(&pause, NULL);
        struct hone_tally_usage usage = hone_tally_usage_of(pid);
        if (usage.resident_kib < least.resident_kib) {
            least = usage;
            i = 0;
        }
    }
    return least;
}

static void ask_once(struct connection *connection)
{
    struct load *load = connection->load;
    load->open = true;
    load->n_wanted = load->n_sent + 1;
    (void)say_next(connection);
    while (load->n_done < load->n_sent) {
        run_once(load, WAIT_NS_MAX);
    }
    load->open = false;
}

/* Each connection asks once and then stays open in silence; then all are closed. */
int hone_http_load_idle(const struct hone_options *options)
{
    struct load load;
    raise_descriptors();
    hone_tally_pin(options->cpu);
    struct hone_tally_usage before = hone_tally_usage_of(options->pid);
    load_init(&load, options, options->n_connections);
    for (size_t i = 0; i < load.n_connections; i++) {
        ask_once(&load.connections[i]);
    }
    struct hone_tally_usage held = hone_tally_usage_of(options->pid);
    uint64_t n_reconnects = load.tally.n_reconnects;
    close_connections(&load);
    struct hone_tally_usage after = settled_usage(options->pid);
    printf("{\"label\":\"%s\",\"mode\":\"idle\",\"connections\":%zu,"
           "\"rss_before_kb\":%ld,\"rss_held_kb\":%ld,\"rss_after_kb\":%ld,"
           "\"kb_per_connection\":%.2f,\"reconnects\":%llu,\"calls_ok\":%llu,"
           "\"errors\":%llu}\n",
           options->label, options->n_connections, before.resident_kib, held.resident_kib,
           after.resident_kib,
           (double)(held.resident_kib - before.resident_kib) /
               (double)options->n_connections,
           (unsigned long long)n_reconnects, (unsigned long long)load.tally.n_right,
           (unsigned long long)load.tally.n_wrong);
    int code = load.tally.n_wrong > 0 || n_reconnects > 0 ? 1 : 0;
    load_finish(&load);
    return code;
}
