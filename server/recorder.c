#include "server/recorder.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/log.h"
#include "server/app_internal.h"

#include <stdlib.h>

/* Bytes of blocks that are kept for another try while the store cannot take them. */
#define UNSAVED_BYTES_MAX (16U * 1024 * 1024)
/* More than all of a record but input and output. */
#define RECORD_FIXED_BYTES  2048
#define BLOCK_CEILING_BYTES (2 * HONE_CALL_BLOCK_BYTES)
/* Blocks kept for reuse while calls come, and what each of them keeps; one stays when none
 * come. */
#define SPARES_MAX       32
#define KEEP_BLOCK_BYTES (128U * 1024)

struct block_job {
    struct hone_job job;
    struct hone_recorder *recorder;
    struct hone_store *store;
    struct hone_buf block;
    unsigned n_records;
    struct block_job *next_spare;
};

struct hone_recorder {
    struct hone_app *app;
    struct hone_buf block;
    unsigned n_records;
    uint64_t n_dropped;
    struct hone_list
        unsaved; /* of struct block_job: the store failed; tried again first */
    size_t unsaved_bytes;
    struct block_job *spares;
    unsigned n_spares;
    uv_timer_t timer; /* hands over a block that does not fill */
};

static void run_append(struct hone_job *job)
{
    struct block_job *append = (struct block_job *)(void *)job;
    job->status = hone_store_append_calls(append->store, hone_buf_span(&append->block),
                                          &job->error);
}

static void free_spares(struct hone_recorder *recorder, unsigned n_kept)
{
    while (recorder->n_spares > n_kept) {
        struct block_job *spare = recorder->spares;
        recorder->spares = spare->next_spare;
        recorder->n_spares -= 1;
        hone_buf_finish(&spare->block);
        free(spare);
    }
}

/* Keeps the block for a later one. */
static void free_block(struct block_job *append)
{
    struct hone_recorder *recorder = append->recorder;
    hone_buf_clear(&append->block);
    hone_buf_shrink(&append->block, KEEP_BLOCK_BYTES);
    append->next_spare = recorder->spares;
    recorder->spares = append;
    recorder->n_spares += 1;
    free_spares(recorder, recorder->n_records > 0 ? SPARES_MAX : 1);
}

static struct block_job *take_spare(struct hone_recorder *recorder)
{
    struct block_job *append = recorder->spares;
    if (append != NULL) {
        recorder->spares = append->next_spare;
        recorder->n_spares -= 1;
        return append;
    }
    append = hone_alloc_zeroed(1, sizeof(*append));
    append->recorder = recorder;
    hone_buf_init(&append->block, BLOCK_CEILING_BYTES);
    /* The next block will be about as long as this one. */
    (void)hone_buf_reserve(&append->block, recorder->block.len / 4 * 5);
    return append;
}

static void drop_block(struct block_job *append, const char *cause)
{
    append->recorder->n_dropped += append->n_records;
    hone_log_error("recorder", "calls not recorded n=%u cause=\"%s\"", append->n_records,
                   cause);
    free_block(append);
}

/* Keeps a block that the store could not take. */
static void put_aside(struct block_job *append)
{
    struct hone_recorder *recorder = append->recorder;
    if (append->job.status == HONE_E_INVALID || append->job.status == HONE_E_CANCELLED ||
        recorder->unsaved_bytes + append->block.len > UNSAVED_BYTES_MAX) {
        drop_block(append, append->job.error.message);
        return;
    }
    if (hone_list_is_empty(&recorder->unsaved)) {
        hone_log_warn("recorder", "calls wait for the store cause=\"%s\"",
                      append->job.error.message);
    }
    recorder->unsaved_bytes += append->block.len;
    hone_list_append(&recorder->unsaved, &append->job.link);
}

static void done_append(struct hone_job *job)
{
    struct block_job *append = (struct block_job *)(void *)job;
    if (job->status != 0) {
        put_aside(append);
    } else {
        free_block(append);
    }
}

static void submit_block(struct hone_recorder *recorder, struct block_job *append)
{
    if (hone_worker_submit(recorder->app->worker, HONE_LANE_STORE, HONE_PRIORITY_NORMAL,
                           &append->job) != 0) {
        append->job.status = HONE_E_AGAIN;
        (void)hone_error_set(&append->job.error, HONE_E_AGAIN,
                             "the store's queue is full");
        put_aside(append);
    }
}

static void submit_unsaved(struct hone_recorder *recorder)
{
    struct hone_list again;
    hone_list_init(&again);
    HONE_LIST_EACH(&recorder->unsaved, link)
    {
        hone_list_remove(link);
        hone_list_append(&again, link);
    }
    recorder->unsaved_bytes = 0;
    HONE_LIST_EACH(&again, link)
    {
        struct hone_job *job = HONE_LIST_OWNER(link, struct hone_job, link);
        hone_list_remove(link);
        submit_block(recorder, (struct block_job *)(void *)job);
    }
}

static void on_timer(uv_timer_t *timer)
{
    hone_recorder_flush(timer->data);
}

struct hone_recorder *hone_recorder_create(struct hone_app *app)
{
    struct hone_recorder *recorder = hone_alloc_zeroed(1, sizeof(*recorder));
    recorder->app = app;
    hone_list_init(&recorder->unsaved);
    hone_buf_init(&recorder->block, BLOCK_CEILING_BYTES);
    (void)uv_timer_init(&app->loop.uv, &recorder->timer);
    recorder->timer.data = recorder;
    return recorder;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct hone_recorder *recorder = handle->data;
    HONE_LIST_EACH(&recorder->unsaved, link)
    {
        struct hone_job *job = HONE_LIST_OWNER(link, struct hone_job, link);
        hone_list_remove(link);
        drop_block((struct block_job *)(void *)job,
                   "the store did not take them before the end");
    }
    free_spares(recorder, 0);
    hone_buf_finish(&recorder->block);
    free(recorder);
}

void hone_recorder_destroy(struct hone_recorder *recorder)
{
    if (recorder != NULL) {
        uv_close((uv_handle_t *)&recorder->timer, on_timer_closed);
    }
}

void hone_recorder_add(struct hone_recorder *recorder,
                       const struct hone_call_record *record)
{
    if (recorder->block.len > 0 && recorder->block.len + record->input.len +
                                           record->output.len + RECORD_FIXED_BYTES >
                                       HONE_CALL_BLOCK_BYTES) {
        hone_recorder_flush(
            recorder); /* so that one large record costs its neighbours nothing */
    }
    if (hone_call_block_append(&recorder->block, record) != 0) {
        recorder->n_dropped += 1;
        recorder->block.error = 0;
        hone_log_error("recorder", "call not recorded bytes=%zu cause=\"too large\"",
                       record->input.len);
        return;
    }
    recorder->n_records += 1;
    if (recorder->n_records == HONE_CALL_BLOCK_RECORDS ||
        recorder->block.len >= HONE_CALL_BLOCK_BYTES / 2) {
        hone_recorder_flush(recorder);
    } else if (recorder->n_records == 1) {
        (void)uv_timer_start(&recorder->timer, on_timer,
                             (uint64_t)recorder->app->config->record_delay_ms, 0);
    }
}

int hone_recorder_why_unsaved(const struct hone_recorder *recorder,
                              struct hone_error *err)
{
    if (hone_list_is_empty(&recorder->unsaved)) {
        return 0;
    }
    const struct hone_job *oldest =
        HONE_LIST_OWNER(recorder->unsaved.next, struct hone_job, link);
    *err = oldest->error;
    return oldest->status;
}

void hone_recorder_flush(struct hone_recorder *recorder)
{
    submit_unsaved(recorder);
    if (recorder->n_records == 0) {
        return;
    }
    (void)uv_timer_stop(&recorder->timer);
    struct block_job *append = take_spare(recorder);
    struct hone_buf empty = append->block;
    append->block = recorder->block;
    recorder->block = empty;
    append->store = recorder->app->store;
    append->n_records = recorder->n_records;
    append->job = (struct hone_job){.run = run_append,
                                    .done = done_append,
                                    .writes = true,
                                    .size_bytes = append->block.len};
    recorder->n_records = 0;
    submit_block(recorder, append);
}

uint64_t hone_recorder_n_dropped(const struct hone_recorder *recorder)
{
    return recorder->n_dropped;
}
