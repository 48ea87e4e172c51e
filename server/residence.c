/* cold -> loading -> loaded -> (idle, or memory is short) -> unloading -> cold.
 *
 * Loaded skills stand in one list in the order of their last use; what goes first is at its
 * head. Cold skills that are behind their log stand in another, `behind`, and are loaded
 * one at a time; `catching_up` is the one whose turn it is. */
#include "server/residence.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/checkpoint.h"
#include "server/loading.h"

#include <malloc.h>
#include <stdlib.h>

/* After a load that failed, a skill that is behind its log is tried again. */
#define RETRY_MS 30000
/* Memory that was freed goes back to the system when nothing was unloaded for so long. */
#define TRIM_MS 200
/* A state of unknown size takes so many times what its file does. */
#define UNKNOWN_FACTOR 2

struct hone_residents {
    struct hone_app *app;
    struct hone_list loaded; /* by last use, the oldest first */
    struct hone_list behind;
    struct hone_training *catching_up; /* or NULL */
    size_t n_releasing;                /* states whose memory is being given back */
    bool trim_due;
    bool resume_due; /* some loaded skills could not read their logs */
    struct hone_residence_counts counts; /* but for n_cold */
    size_t n_skills;                     /* that learn */
    uv_timer_t timer;
};

const char *hone_residence_state_name(enum hone_residence_state state)
{
    static const char *const names[] = {"cold", "loading", "loaded", "unloading"};
    return names[state];
}

static struct hone_residents *residents_of(const struct hone_training *training)
{
    return training->app->residents;
}

static struct hone_training *training_of(struct hone_list *in_order)
{
    return HONE_LIST_OWNER(in_order, struct hone_training, residence.in_order);
}

uint64_t hone_residence_saved_position(const struct hone_residence_source *source)
{
    return source->checkpoint_position > source->position ? source->checkpoint_position
                                                          : source->position;
}

static bool is_in_memory(const struct hone_training *training)
{
    return training->residence.state >= HONE_RESIDENCE_LOADED;
}

static void set_state(struct hone_training *training, enum hone_residence_state state)
{
    struct hone_residence *residence = &training->residence;
    enum hone_residence_state former = residence->state;
    static const bool allowed[4][4] = {
        [HONE_RESIDENCE_COLD] = {[HONE_RESIDENCE_LOADING] = true,
                                 [HONE_RESIDENCE_LOADED] = true /* at the start */},
        [HONE_RESIDENCE_LOADING] =
            {[HONE_RESIDENCE_COLD] = true, [HONE_RESIDENCE_LOADED] = true},
        [HONE_RESIDENCE_LOADED] = {[HONE_RESIDENCE_UNLOADING] = true},
        [HONE_RESIDENCE_UNLOADING] =
            {[HONE_RESIDENCE_COLD] = true, [HONE_RESIDENCE_LOADED] = true},
    };
    HONE_INVARIANT(allowed[former][state]);
    residence->state = state;
    hone_log_debug("residence", "skill=%s %s -> %s", training->skill->package->name,
                   hone_residence_state_name(former), hone_residence_state_name(state));
}

/* ---- beginning and end ---- */

static void on_timer(uv_timer_t *timer);

struct hone_residents *hone_residence_create(struct hone_app *app)
{
    struct hone_residents *residents = hone_alloc_zeroed(1, sizeof(*residents));
    residents->app = app;
    hone_list_init(&residents->loaded);
    hone_list_init(&residents->behind);
    (void)uv_timer_init(&app->loop.uv, &residents->timer);
    uv_unref((uv_handle_t *)&residents->timer);
    residents->timer.data = residents;
    return residents;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void hone_residence_destroy(struct hone_residents *residents)
{
    if (residents != NULL) {
        uv_close((uv_handle_t *)&residents->timer, on_timer_closed);
    }
}

void hone_residence_count(const struct hone_residents *residents,
                          struct hone_residence_counts *out)
{
    *out = residents->counts;
    out->n_cold = residents->n_skills - out->n_loaded;
}

/* Becomes the last in the order of the loaded ones. */
static void touch(struct hone_training *training)
{
    struct hone_residents *residents = residents_of(training);
    struct hone_residence *residence = &training->residence;
    residence->used_ms = hone_loop_now_ms(&residents->app->loop);
    hone_list_remove(&residence->in_order);
    hone_list_append(&residents->loaded, &residence->in_order);
}

static void enter(struct hone_training *training)
{
    struct hone_residence_counts *counts = &residents_of(training)->counts;
    counts->n_loaded += 1;
    counts->memory_bytes += training->residence.memory_bytes;
    touch(training);
}

void hone_residence_open(struct hone_training *training, bool is_loaded)
{
    struct hone_residents *residents = residents_of(training);
    hone_list_init(&training->residence.in_order);
    hone_list_init(&training->residence.waiters);
    if (!training->skill->package->kind->learns) {
        training->residence.state = HONE_RESIDENCE_LOADED;
        return;
    }
    residents->n_skills += 1;
    if (is_loaded) {
        set_state(training, HONE_RESIDENCE_LOADED);
        enter(training);
    }
}

void hone_residence_measure(struct hone_training *training, uint64_t memory_bytes)
{
    struct hone_residence_counts *counts = &residents_of(training)->counts;
    if (memory_bytes == 0) {
        memory_bytes = training->tensors_bytes * UNKNOWN_FACTOR;
    }
    if (is_in_memory(training)) {
        counts->memory_bytes += memory_bytes - training->residence.memory_bytes;
    }
    training->residence.memory_bytes = memory_bytes;
}

void hone_residence_drop_checkpoint(struct hone_training *training)
{
    training->residence.source.checkpoint_position = 0;
}

void hone_residence_set_checkpoint(struct hone_training *training, uint32_t version,
                                   struct hone_digest tensors, uint64_t position)
{
    struct hone_residence_source *source = &training->residence.source;
    if (source->version == version && position > source->position) {
        source->checkpoint = tensors;
        source->checkpoint_position = position;
    }
}

void hone_residence_set_live(struct hone_training *training,
                             const struct hone_residence_source *live)
{
    training->residence.source = *live;
}

/* ---- loading ---- */

static const char *remedy_of(int status)
{
    switch (status) {
    case HONE_E_CORRUPT:
    case HONE_E_NOT_FOUND:
        return "put the file back from a copy of the data folder, or go back to a "
               "version "
               "whose file is whole: hone versions SKILL, then hone rollback SKILL --to "
               "N";
    case HONE_E_VERSION:
        return "serve the data folder with the hone that wrote it, or a newer one";
    case HONE_E_NOMEM:
        return "give the server more memory, or let it keep less with "
               "skills_memory_bytes";
    case HONE_E_CANCELLED:
        return "call again when the server has started again";
    default:
        return "call again; the server's log says more";
    }
}

static void tell_waiters(struct hone_training *training, int status)
{
    struct hone_list *waiters = &training->residence.waiters;
    struct hone_error err = training->residence.failure;
    while (!hone_list_is_empty(waiters)) {
        struct hone_residence_waiter *waiter =
            HONE_LIST_OWNER(waiters->next, struct hone_residence_waiter, link);
        hone_list_remove(&waiter->link);
        waiter->done(waiter, status, &err);
    }
}

static void take_loaded(struct hone_training *training,
                        struct hone_loading_result *result)
{
    const struct hone_kind *kind = training->skill->package->kind;
    training->trainer = result->trainer;
    training->trained = result->position;
    training->checkpointed = result->position;
    training->progress = result->progress;
    json_decref(training->measured);
    training->measured = result->measured;
    training->evidence = result->evidence;
    training->anchor_position = result->anchor_position;
    training->change = result->change;
    training->served = result->snapshot->learned_through;
    training->due = false;
    training->package_pending = training->package_pending || !result->fits;
    training->scratch = kind->make_scratch();
    hone_registry_publish_take(training->skill, result->snapshot);
}

static bool is_behind(const struct hone_training *training)
{
    return training->trained < training->log_end || training->package_pending;
}

static void fail_loading(struct hone_training *training,
                         const struct hone_loading_result *result)
{
    struct hone_residents *residents = residents_of(training);
    struct hone_residence *residence = &training->residence;
    set_state(training, HONE_RESIDENCE_COLD);
    (void)hone_error_set(&residence->failure, result->status,
                         "%s could not be loaded: %s", training->skill->package->name,
                         result->error.message);
    (void)hone_error_hint(&residence->failure, "%s", remedy_of(result->status));
    if (result->status != HONE_E_CANCELLED) {
        hone_log_error("training", "%s fix=%s", residence->failure.message,
                       residence->failure.hint);
    }
    if (is_behind(training)) {
        residence->retry_ms = hone_loop_now_ms(&residents->app->loop) + RETRY_MS;
        hone_list_append(&residents->behind, &residence->in_order);
    }
    hone_training_end_waits(training, result->status);
    tell_waiters(training, result->status);
    hone_residence_rest(training);
}

static void on_loading_done(struct hone_training *training,
                            struct hone_loading_result *result)
{
    struct hone_residents *residents = residents_of(training);
    struct hone_residence *residence = &training->residence;
    if (result->status != 0) {
        fail_loading(training, result);
        return;
    }
    residence->failure.code = 0;
    hone_residence_measure(training, result->memory_bytes);
    take_loaded(training, result);
    set_state(training, HONE_RESIDENCE_LOADED);
    enter(training);
    residents->counts.n_loads += 1;
    tell_waiters(training, 0);
    hone_training_start(training);
    if (!training->cycle_running) {
        hone_residence_rest(training);
    }
}

static void start_loading(struct hone_training *training, enum hone_priority priority)
{
    hone_list_remove(&training->residence.in_order);
    set_state(training, HONE_RESIDENCE_LOADING);
    hone_loading_start(training, priority, on_loading_done);
}

/* ---- use ---- */

bool hone_residence_use(struct hone_training *training)
{
    if (!training->skill->package->kind->learns) {
        return true;
    }
    if (!is_in_memory(training)) {
        return false;
    }
    if (training->residence.state == HONE_RESIDENCE_UNLOADING) {
        set_state(training, HONE_RESIDENCE_LOADED);
    }
    touch(training);
    return true;
}

void hone_residence_want(struct hone_training *training)
{
    if (!hone_residence_use(training) &&
        training->residence.state == HONE_RESIDENCE_COLD) {
        start_loading(training, HONE_PRIORITY_NORMAL);
    }
}

void hone_residence_wait(struct hone_training *training,
                         struct hone_residence_waiter *waiter)
{
    HONE_REQUIRE(!is_in_memory(training));
    hone_list_init(&waiter->link);
    hone_list_append(&training->residence.waiters, &waiter->link);
    hone_residence_want(training); /* may end the wait at once */
}

void hone_residence_leave(struct hone_residence_waiter *waiter)
{
    hone_list_remove(&waiter->link);
}

/* ---- catching up ---- */

/* The first of those behind whose time has come. */
static struct hone_training *next_behind(struct hone_residents *residents)
{
    uint64_t now_ms = hone_loop_now_ms(&residents->app->loop);
    HONE_LIST_EACH(&residents->behind, link)
    {
        if (training_of(link)->residence.retry_ms <= now_ms) {
            return training_of(link);
        }
    }
    return NULL;
}

static void catch_up(struct hone_residents *residents)
{
    if (residents->catching_up != NULL || residents->app->lanes_stopping) {
        return;
    }
    struct hone_training *next = next_behind(residents);
    if (next != NULL) {
        residents->catching_up = next;
        start_loading(next, HONE_PRIORITY_IDLE);
    }
}

void hone_residence_start(struct hone_residents *residents)
{
    const struct hone_registry *registry = residents->app->registry;
    for (size_t i = 0; i < hone_registry_n(registry); i++) {
        struct hone_training *training = hone_registry_at(registry, i)->owner_data;
        if (training == NULL) {
            continue;
        }
        if (is_in_memory(training)) {
            hone_training_start(training);
        } else if (is_behind(training)) {
            hone_list_append(&residents->behind, &training->residence.in_order);
        }
    }
    catch_up(residents);
}

static void make_room(struct hone_residents *residents);

void hone_residence_rest(struct hone_training *training)
{
    struct hone_residents *residents = residents_of(training);
    if (residents->catching_up == training) {
        residents->catching_up = NULL;
        catch_up(residents);
    }
    make_room(residents);
}

/* ---- unloading ---- */

/* Nothing is under way that needs the state or is about to change it. */
static bool is_at_rest(const struct hone_training *training)
{
    return training->app->state == HONE_APP_RUNNING && training->failure.code == 0 &&
           training->trained >= training->log_end &&
           training->trained >= training->settles && !training->cycle_running &&
           !training->due && !training->package_pending && !training->package_running &&
           !training->verdict_running && !training->checkpoint_running &&
           !training->action_pending && !training->evaluation_pending &&
           hone_list_is_empty(&training->waiters) &&
           hone_list_is_empty(&training->resting) && training->n_savings == 0;
}

struct release {
    struct hone_job job;
    struct hone_residents *residents;
    struct hone_trainer *trainer;
    struct hone_snapshot *snapshot;
};

static void set_timer(struct hone_residents *residents);

static void run_release(struct hone_job *job)
{
    struct release *release = HONE_LIST_OWNER(job, struct release, job);
    hone_snapshot_unref(release->snapshot);
    hone_trainer_destroy(release->trainer);
}

static void done_release(struct hone_job *job)
{
    struct release *release = HONE_LIST_OWNER(job, struct release, job);
    struct hone_residents *residents = release->residents;
    if (job->status == HONE_E_CANCELLED) {
        run_release(job);
    }
    residents->n_releasing -= 1;
    residents->trim_due = true;
    set_timer(residents);
    free(release);
}

/* What it takes to free a large state is not the loop's time. */
static void release_state(struct hone_training *training)
{
    struct hone_residents *residents = residents_of(training);
    struct release *release = hone_alloc_zeroed(1, sizeof(*release));
    release->residents = residents;
    release->trainer = training->trainer;
    release->snapshot = hone_snapshot_ref(training->skill->snapshot);
    hone_registry_publish_take(training->skill, NULL);
    training->skill->package->kind->destroy_scratch(training->scratch);
    training->trainer = NULL;
    training->scratch = NULL;
    release->job = (struct hone_job){
        .run = run_release, .done = done_release, .bounded_elsewhere = true};
    residents->n_releasing += 1;
    if (hone_worker_submit(residents->app->worker, HONE_LANE_TRAIN, HONE_PRIORITY_IDLE,
                           &release->job) != 0) {
        release->job.status = HONE_E_CANCELLED;
        done_release(&release->job);
    }
}

static void end_unloading(struct hone_training *training)
{
    struct hone_residents *residents = residents_of(training);
    struct hone_residence *residence = &training->residence;
    hone_list_remove(&residence->in_order);
    residents->counts.n_loaded -= 1;
    residents->counts.memory_bytes -= residence->memory_bytes;
    residents->counts.n_unloads += 1;
    residence->memory_bytes = 0;
    release_state(training);
    set_state(training, HONE_RESIDENCE_COLD);
}

void hone_residence_unload(struct hone_training *training)
{
    struct hone_residence *residence = &training->residence;
    if (residence->state != HONE_RESIDENCE_LOADED || !is_at_rest(training)) {
        return;
    }
    set_state(training, HONE_RESIDENCE_UNLOADING);
    if (hone_residence_saved_position(&residence->source) < training->trained) {
        hone_checkpoint_start(training);
    } else {
        end_unloading(training);
    }
}

/* Without a checkpoint it stays, and is thought of again when its turn comes again. */
void hone_residence_checkpointed(struct hone_training *training, int status)
{
    struct hone_residence *residence = &training->residence;
    if (residence->state != HONE_RESIDENCE_UNLOADING) {
        return;
    }
    if (status == 0 && is_at_rest(training) &&
        hone_residence_saved_position(&residence->source) == training->trained) {
        end_unloading(training);
        return;
    }
    set_state(training, HONE_RESIDENCE_LOADED);
    touch(training);
}

static bool is_idle(const struct hone_residents *residents,
                    const struct hone_training *training)
{
    uint64_t idle_ms = (uint64_t)residents->app->config->skill_idle_ms;
    return idle_ms > 0 && training->residence.used_ms + idle_ms <=
                              hone_loop_now_ms(&residents->app->loop);
}

/* Unloads, beginning with what was not used for the longest time, what is idle and what is
 * beyond the memory that skills may take; never the one that was used last. */
static void make_room(struct hone_residents *residents)
{
    uint64_t budget = (uint64_t)residents->app->config->skills_memory_bytes;
    uint64_t kept = residents->counts.memory_bytes;
    HONE_LIST_EACH(&residents->loaded, link)
    {
        struct hone_training *training = training_of(link);
        uint64_t bytes = training->residence.memory_bytes;
        bool is_over = budget > 0 && kept > budget && link_next != &residents->loaded;
        if (!is_over && !is_idle(residents, training)) {
            break;
        }
        hone_residence_unload(training);
        if (training->residence.state != HONE_RESIDENCE_LOADED) {
            kept -= bytes;
        }
    }
    set_timer(residents);
}

/* ---- the timer ---- */

static uint64_t next_time_ms(struct hone_residents *residents)
{
    uint64_t idle_ms = (uint64_t)residents->app->config->skill_idle_ms;
    uint64_t now_ms = hone_loop_now_ms(&residents->app->loop);
    uint64_t next_ms = UINT64_MAX;
    if (idle_ms > 0 && !hone_list_is_empty(&residents->loaded)) {
        uint64_t used_ms = training_of(residents->loaded.next)->residence.used_ms;
        next_ms = used_ms + idle_ms > now_ms ? used_ms + idle_ms : now_ms + idle_ms;
    }
    HONE_LIST_EACH(&residents->behind, link)
    {
        uint64_t retry_ms = training_of(link)->residence.retry_ms;
        next_ms = retry_ms > now_ms && retry_ms < next_ms ? retry_ms : next_ms;
    }
    if (residents->resume_due && now_ms + RETRY_MS < next_ms) {
        next_ms = now_ms + RETRY_MS;
    }
    if (residents->trim_due && now_ms + TRIM_MS < next_ms) {
        next_ms = now_ms + TRIM_MS;
    }
    return next_ms;
}

static void set_timer(struct hone_residents *residents)
{
    uint64_t next_ms = next_time_ms(residents);
    if (next_ms == UINT64_MAX || residents->app->lanes_stopping) {
        (void)uv_timer_stop(&residents->timer);
        return;
    }
    (void)uv_timer_start(&residents->timer, on_timer,
                         next_ms - hone_loop_now_ms(&residents->app->loop), 0);
}

/* What freed states leave behind in the allocator's hands goes back to the system. */
static void run_trim(struct hone_job *job)
{
    (void)job;
    (void)malloc_trim(0);
}

static void done_trim(struct hone_job *job)
{
    free(job);
}

static void start_trim(struct hone_residents *residents)
{
    struct hone_job *job = hone_alloc_zeroed(1, sizeof(*job));
    *job =
        (struct hone_job){.run = run_trim, .done = done_trim, .bounded_elsewhere = true};
    residents->trim_due = false;
    if (hone_worker_submit(residents->app->worker, HONE_LANE_TRAIN, HONE_PRIORITY_IDLE,
                           job) != 0) {
        free(job);
    }
}

void hone_residence_resume(struct hone_training *training)
{
    struct hone_residents *residents = residents_of(training);
    residents->resume_due = true;
    set_timer(residents);
}

static void resume(struct hone_residents *residents)
{
    residents->resume_due = false;
    HONE_LIST_EACH(&residents->loaded, link)
    {
        if (is_behind(training_of(link))) {
            hone_training_start(training_of(link));
        }
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct hone_residents *residents = timer->data;
    if (residents->resume_due) {
        resume(residents);
    }
    if (residents->trim_due && residents->n_releasing == 0) {
        start_trim(residents);
    }
    catch_up(residents);
    make_room(residents);
}
