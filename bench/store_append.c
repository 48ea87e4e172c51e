/* How fast the store is on this machine: durable appends by batch size, the time of one
 * acknowledgement, the join of a feedback with its call, and reopening.
 *
 *     store-append [FOLDER [SECONDS]]     default: a new folder in $TMPDIR or /tmp, 1
 * second a row
 *
 * An append is one call (about 1 KB) and one feedback on it. Prints a table and one line
 * of JSON. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/rng.h"
#include "store/store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_BATCH   256
#define INPUT_BYTES 1000

struct bench {
    struct hone_store *store;
    int64_t skill_id;
    struct hone_uuid_source ids;
    struct hone_buf block;
    struct hone_uuid *all;
    size_t n_all, capacity;
    char input[INPUT_BYTES];
};

struct row {
    size_t batch;
    double appends_per_second;
    double ack_mean_ms;
    double ack_max_ms;
};

static void require(int code, const struct hone_error *err)
{
    if (code != 0) {
        fprintf(stderr, "store-append: %s\n", err->message);
        exit(1);
    }
}

static void remember(struct bench *bench, struct hone_uuid id)
{
    if (bench->n_all == bench->capacity) {
        bench->capacity = bench->capacity == 0 ? 1024 : bench->capacity * 2;
        bench->all =
            hone_alloc_resize(bench->all, bench->capacity, sizeof(bench->all[0]));
    }
    bench->all[bench->n_all++] = id;
}

static void append_batch(struct bench *bench, size_t n)
{
    struct hone_error err;
    struct hone_store_feedback feedback[MAX_BATCH];
    struct hone_store_feedback_result results[MAX_BATCH];
    int64_t now_ms = hone_clock_unix_ms();
    hone_buf_clear(&bench->block);
    for (size_t i = 0; i < n; i++) {
        struct hone_call_record call = {
            .call_id = hone_uuid_next(&bench->ids, now_ms),
            .skill_id = bench->skill_id,
            .version = 1,
            .time_unix_ms = now_ms,
            .outcome = HONE_CALL_OK,
            .source = hone_span_text("bench"),
            .input = hone_span_of(bench->input, INPUT_BYTES),
            .output = hone_span_text("label"),
        };
        feedback[i] = (struct hone_store_feedback){
            .feedback_id = hone_uuid_next(&bench->ids, now_ms),
            .call_id = call.call_id,
            .skill_id = bench->skill_id,
            .kind = HONE_STORE_FEEDBACK_LABEL,
            .value = hone_span_text("label"),
            .weight = 1,
            .source = hone_span_text("bench"),
            .time_unix_ms = now_ms,
        };
        hone_call_block_append(&bench->block, &call);
        remember(bench, call.call_id);
    }
    require(hone_store_begin(bench->store, &err), &err);
    require(hone_store_append_calls(bench->store, hone_buf_span(&bench->block), &err),
            &err);
    require(hone_store_append_feedback(bench->store, feedback, n, results, &err), &err);
    require(hone_store_commit(bench->store, &err), &err);
}

static struct row measure_appends(struct bench *bench, size_t batch, double seconds)
{
    struct row row = {.batch = batch};
    uint64_t start_us = hone_clock_monotonic_us();
    uint64_t end_us = start_us + (uint64_t)(seconds * 1e6);
    uint64_t now_us = start_us;
    size_t n_batches = 0;
    while (now_us < end_us) {
        append_batch(bench, batch);
        uint64_t after_us = hone_clock_monotonic_us();
        double ack_ms = (double)(after_us - now_us) / 1e3;
        row.ack_max_ms = ack_ms > row.ack_max_ms ? ack_ms : row.ack_max_ms;
        now_us = after_us;
        n_batches += 1;
    }
    double elapsed_s = (double)(now_us - start_us) / 1e6;
    row.appends_per_second = (double)(n_batches * batch) / elapsed_s;
    row.ack_mean_ms = elapsed_s * 1e3 / (double)n_batches;
    return row;
}

/* Mean microseconds of finding one of the last `span` calls. */
static double measure_join_us(struct bench *bench, size_t span)
{
    enum { N = 5000 };
    struct hone_error err;
    struct hone_arena arena;
    struct hone_rng rng = hone_rng_at(1, span);
    span = span < bench->n_all ? span : bench->n_all;
    hone_arena_init(&arena, (size_t)1 << 20);
    uint64_t start_us = hone_clock_monotonic_us();
    for (size_t i = 0; i < N; i++) {
        struct hone_call_record call;
        size_t at = bench->n_all - 1 - (size_t)hone_rng_below(&rng, span);
        require(hone_store_find_call(bench->store, bench->all[at], &call, &arena, &err),
                &err);
        hone_arena_reset(&arena);
    }
    double elapsed_us = (double)(hone_clock_monotonic_us() - start_us);
    hone_arena_finish(&arena);
    return elapsed_us / N;
}

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void open_bench(struct bench *bench, const char *folder)
{
    struct hone_error err;
    struct hone_store_skill skill;
    struct hone_digest digest = hone_digest_of(hone_span_text("bench"));
    int64_t now_ms = hone_clock_unix_ms();
    hone_buf_init(&bench->block, (size_t)8 * HONE_CALL_BLOCK_BYTES);
    memset(bench->input, 'x', sizeof(bench->input));
    require(hone_store_open(&bench->store, folder, now_ms, &err), &err);
    require(hone_store_begin(bench->store, &err), &err);
    require(hone_store_open_skill(bench->store, hone_span_text("bench"), digest, digest,
                                  now_ms, &skill, &err),
            &err);
    require(hone_store_commit(bench->store, &err), &err);
    bench->skill_id = skill.id;
}

int main(int argc, char **argv)
{
    static const size_t batches[] = {1, 64, MAX_BATCH};
    enum { N_ROWS = sizeof(batches) / sizeof(batches[0]) };
    struct bench bench = {0};
    struct row rows[N_ROWS];
    struct hone_error err;
    double seconds = argc > 2 ? atof(argv[2]) : 1.0;
    const char *base = getenv("TMPDIR");
    char *own = hone_alloc_format("%s/hone-bench-XXXXXX", base != NULL ? base : "/tmp");
    const char *folder = argc > 1 ? argv[1] : mkdtemp(own);
    open_bench(&bench, folder);
    printf("%8s %14s %12s %12s\n", "batch", "appends/s", "ack mean ms", "ack max ms");
    for (size_t i = 0; i < N_ROWS; i++) {
        rows[i] = measure_appends(&bench, batches[i], seconds);
        printf("%8zu %14.0f %12.3f %12.3f\n", rows[i].batch, rows[i].appends_per_second,
               rows[i].ack_mean_ms, rows[i].ack_max_ms);
    }
    double recent_us = measure_join_us(&bench, 1000);
    double any_us = measure_join_us(&bench, bench.n_all);
    hone_store_close(bench.store);
    uint64_t start_us = hone_clock_monotonic_us();
    require(hone_store_open(&bench.store, folder, hone_clock_unix_ms(), &err), &err);
    double reopen_ms = (double)(hone_clock_monotonic_us() - start_us) / 1e3;
    printf(
        "find_call: %.1f us among the last 1000, %.1f us among all %zu; reopen %.1f ms\n",
        recent_us, any_us, bench.n_all, reopen_ms);
    printf("{\"bench\":\"store-append\"");
    for (size_t i = 0; i < N_ROWS; i++) {
        printf(",\"appends_per_second_%zu\":%.0f,\"ack_mean_ms_%zu\":%.3f", rows[i].batch,
               rows[i].appends_per_second, rows[i].batch, rows[i].ack_mean_ms);
    }
    printf(",\"find_recent_us\":%.2f,\"find_any_us\":%.2f,\"reopen_ms\":%.2f}\n",
           recent_us, any_us, reopen_ms);
    hone_store_close(bench.store);
    if (argc <= 1) {
        (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
    hone_buf_finish(&bench.block);
    free(bench.all);
    free(own);
    return 0;
}
