#include "bench/mcpload/stdio_load.h"

#include "base/alloc.h"
#include "bench/mcpload/lines.h"
#include "bench/mcpload/request.h"
#include "bench/mcpload/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TO_BYTES_MAX                                                                     \
    (1024U * 1024)               /* not yet taken by the server; then no more is made */
#define IN_FLIGHT_MAX (1U << 20) /* ids from the oldest unanswered one; a power of two */

struct load {
    const struct hone_options *options;
    struct hone_request request;
    struct hone_tally tally;
    struct hone_lines lines;
    uint64_t *starts_ns; /* by id modulo IN_FLIGHT_MAX; 0: not in flight */
    uint64_t mask;
    uint64_t next_id;
    /* of the phase that runs: */
    uint64_t first_id, n_sent, n_done, n_wanted, began_ns, stop_ns;
    bool paced;
};

static void handshake(struct load *load)
{
    hone_request_append_initialize(&load->lines.to, &load->request);
    (void)hone_buf_append_char(&load->lines.to, '\n');
    hone_lines_until(&load->lines, &load->tally, 0, load->options->timeout_s);
    hone_request_append_initialized(&load->lines.to);
    (void)hone_buf_append_char(&load->lines.to, '\n');
}

/* ---- load ---- */

/* When the next request is due; 0 when now. Open loop: its time counts from then. */
static uint64_t due_ns(const struct load *load)
{
    return load->paced ? load->began_ns +
                             (uint64_t)((double)load->n_sent * 1e9 / load->options->rate)
                       : 0;
}

static bool may_send(const struct load *load, uint64_t now_ns)
{
    return load->n_sent < load->n_wanted &&
           (load->stop_ns == 0 || now_ns < load->stop_ns) &&
           load->starts_ns[load->next_id & load->mask] == 0 && due_ns(load) <= now_ns &&
           (load->paced || load->n_sent - load->n_done < load->options->depth) &&
           load->lines.to.len - load->lines.to_used < TO_BYTES_MAX;
}

static void send_due(struct load *load)
{
    uint64_t now_ns = hone_tally_now_ns();
    while (may_send(load, now_ns)) {
        uint64_t due = due_ns(load);
        load->starts_ns[load->next_id & load->mask] = due > 0 ? due : now_ns;
        hone_request_append(&load->lines.to, &load->request, load->next_id++);
        (void)hone_buf_append_char(&load->lines.to, '\n');
        load->n_sent++;
    }
    hone_lines_write(&load->lines);
}

static void take_answer(struct load *load, struct hone_span line, uint64_t now_ns)
{
    struct hone_walk message;
    if (!hone_walk_message(&message, line)) {
        hone_tally_wrong(&load->tally, "not JSON", line);
        return;
    }
    if (message.has_method) {
        return; /* notifications are nobody's answer */
    }
    uint64_t id = (uint64_t)message.id;
    if (!message.has_id || id < load->first_id || id >= load->next_id ||
        load->next_id - id > load->mask + 1 || load->starts_ns[id & load->mask] == 0) {
        hone_tally_wrong(&load->tally, "unknown id", line);
        return;
    }
    hone_request_verify(&load->request, &load->tally, &message, line, id);
    hone_tally_time(&load->tally, now_ns - load->starts_ns[id & load->mask]);
    load->starts_ns[id & load->mask] = 0;
    load->n_done++;
}

static bool is_over(const struct load *load, uint64_t now_ns)
{
    bool no_more =
        load->n_sent >= load->n_wanted || (load->stop_ns > 0 && now_ns >= load->stop_ns);
    return no_more && load->n_done == load->n_sent;
}

/* When to look again although the server is silent. */
static uint64_t wake_ns(const struct load *load, uint64_t timeout_ns)
{
    bool none_in_flight = load->n_done == load->n_sent;
    uint64_t wake_ns = none_in_flight && load->stop_ns > 0 ? load->stop_ns : timeout_ns;
    bool more = load->n_sent < load->n_wanted &&
                (load->stop_ns == 0 || hone_tally_now_ns() < load->stop_ns);
    if (load->paced && more && due_ns(load) < wake_ns) {
        wake_ns = due_ns(load);
    }
    return wake_ns;
}

static void run_phase(struct load *load, uint64_t n_wanted, double seconds, bool paced)
{
    const uint64_t timeout_ns = (uint64_t)(load->options->timeout_s * 1e9);
    uint64_t now_ns = hone_tally_now_ns(), last_ns = now_ns;
    load->first_id = load->next_id;
    load->n_sent = load->n_done = 0;
    load->n_wanted = n_wanted;
    load->began_ns = now_ns;
    load->stop_ns = seconds > 0.0 ? now_ns + (uint64_t)(seconds * 1e9) : 0;
    load->paced = paced;
    while (!is_over(load, now_ns)) {
        struct hone_span line;
        send_due(load);
        bool read = hone_lines_read(&load->lines, &load->tally);
        now_ns = hone_tally_now_ns();
        while (read && hone_lines_next(&line, &load->lines)) {
            take_answer(load, line, now_ns);
            last_ns = now_ns;
        }
        if (now_ns > last_ns + timeout_ns) {
            hone_request_give_up("no answer within the timeout");
        }
        if (!read) {
            hone_lines_wait(&load->lines, wake_ns(load, last_ns + timeout_ns));
            now_ns = hone_tally_now_ns();
        }
    }
}

static void load_init(struct load *load, const struct hone_options *options)
{
    *load = (struct load){.options = options, .next_id = 1};
    load->mask = IN_FLIGHT_MAX - 1;
    load->starts_ns = hone_alloc_zeroed(IN_FLIGHT_MAX, sizeof(*load->starts_ns));
    hone_request_init(&load->request, options);
}

static void load_finish(struct load *load)
{
    hone_request_finish(&load->request);
    hone_tally_finish(&load->tally);
    free(load->starts_ns);
}

int hone_stdio_load_run(const struct hone_options *options)
{
    struct load load;
    load_init(&load, options);
    hone_lines_start(&load.lines, options);
    hone_tally_pin(options->cpu);
    if (options->urgent) {
        hone_tally_hurry();
    }
    handshake(&load);
    run_phase(&load, options->n_warmup, 0.0, false);
    hone_tally_begin(&load.tally, options, load.lines.pid);
    run_phase(&load, options->seconds > 0.0 ? UINT64_MAX : options->n_requests,
              options->seconds, options->rate > 0.0);
    hone_tally_report(&load.tally, options, "stdio", options->depth, load.lines.pid);
    hone_lines_stop(&load.lines);
    int code = load.tally.n_wrong > 0 ? 1 : 0;
    load_finish(&load);
    return code;
}

/* ---- start-up ---- */

/* From spawn to the first tools/list; notes the time and what the idle server uses. */
static struct hone_tally_usage start_once(struct load *load)
{
    const struct timespec settle = {.tv_nsec = 150000000};
    uint64_t start_ns = hone_tally_now_ns();
    hone_lines_start(&load->lines, load->options);
    handshake(load);
    (void)hone_buf_append_text(
        &load->lines.to, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n");
    hone_lines_until(&load->lines, &load->tally, 1, load->options->timeout_s);
    load->tally.measuring = true;
    hone_tally_time(&load->tally, hone_tally_now_ns() - start_ns);
    (void)nanosleep(&settle, NULL);
    struct hone_tally_usage usage = hone_tally_usage_of(load->lines.pid);
    hone_lines_stop(&load->lines);
    return usage;
}

int hone_stdio_load_startup(const struct hone_options *options)
{
    struct load load;
    struct hone_tally_usage usage = {0};
    load_init(&load, options);
    hone_tally_pin(options->cpu);
    for (size_t i = 0; i < options->n_repeats; i++) {
        usage = start_once(&load);
    }
    printf("{\"label\":\"%s\",\"mode\":\"startup\",\"repeat\":%zu,\"min_ms\":%.2f,"
           "\"p50_ms\":%.2f,\"p90_ms\":%.2f,\"max_ms\":%.2f,\"idle_rss_kb\":%ld,"
           "\"idle_peak_kb\":%ld,\"threads\":%ld}\n",
           options->label, options->n_repeats, hone_tally_quantile_ms(&load.tally, 0.0),
           hone_tally_quantile_ms(&load.tally, 0.5),
           hone_tally_quantile_ms(&load.tally, 0.9),
           hone_tally_quantile_ms(&load.tally, 1.0), usage.resident_kib, usage.peak_kib,
           usage.n_threads);
    load_finish(&load);
    return 0;
}
