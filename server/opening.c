/* Brings a skill from package and store to its first snapshot: registers it, takes the
 * lease, makes version 1 or loads the live version (and its checkpoint). Runs before the
 * lanes do, so it uses the store directly, in one transaction for all skills. */
#include "server/opening.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/app_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARENA_BYTES  (4U * 1024 * 1024)
#define LEASE_TTL_MS 10000

static int register_skill(struct hone_training *training, struct hone_store_skill *stored,
                          struct hone_error *err)
{
    struct hone_store *store = training->app->store;
    struct hone_skill *skill = training->skill;
    char holder[32];
    (void)snprintf(holder, sizeof(holder), "pid %ld", (long)getpid());
    int64_t now_unix_ms = hone_clock_unix_ms();
    int status = hone_store_open_skill(store, hone_span_text(skill->package->name),
                                       skill->package->digest, skill->interface.digest,
                                       now_unix_ms, stored, err);
    if (status == 0) {
        /* The lock on the data folder says that no other process trains; a lease that a
         * dead one left behind is taken over as if it had run out. */
        status = hone_store_take_lease(store, stored->id, hone_span_text(holder),
                                       now_unix_ms + LEASE_TTL_MS, LEASE_TTL_MS,
                                       &training->lease_token, err);
    }
    return status;
}

/* Writes a version that the package itself makes, live from now on, with the tensors in temp_path
 * if there are any: version 1, or the next one when what was live cannot be gone on with. */
static int store_version(struct hone_training *training, const char *temp_path,
                         struct hone_digest tensors, uint64_t tensors_bytes,
                         struct hone_error *err)
{
    struct hone_store *store = training->app->store;
    bool is_first = training->live_version == 0;
    struct hone_store_version version = {
        .parent = training->live_version,
        .status = HONE_STORE_LIVE,
        .package = training->skill->package->digest,
        .tensors = tensors,
        .tensors_bytes = tensors_bytes,
        .position = training->log_end,
        .created_unix_ms = hone_clock_unix_ms(),
        .evidence = hone_span_text(
            "{\"verdict\":\"initial\",\"reason\":\"the package as it is\"}"),
    };
    struct hone_store_transition transition = {
        .skill_id = training->store_id,
        .lease_token = training->lease_token,
        .expected_live = training->live_version,
        .new_version = &version,
        .live = training->last_version + 1,
        .former_live = HONE_STORE_RETIRED,
        .position = training->log_end,
        .package = version.package,
        .interface = training->skill->interface.digest,
        .time_unix_ms = version.created_unix_ms,
        .actor = hone_span_text("hone"),
        .action = hone_span_text(is_first ? "created" : "package"),
        .reason = hone_span_text(is_first ? "first sight of the package"
                                          : "the package folder has changed"),
    };
    int status = 0;
    if (temp_path != NULL) {
        status = hone_store_place_blob(store, temp_path, tensors, err);
    }
    if (status == 0) {
        status = hone_store_apply_transition(store, &transition, &training->live_version,
                                             NULL, err);
    }
    if (status == 0) {
        training->last_version = training->live_version;
        training->tensors_bytes = tensors_bytes;
    }
    return status;
}

/* A skill that has a log but no state to go on with (it did not learn until now) starts at the log's
 * end, now as after the next start: from the file that was just written. */
static int reload_state(struct hone_training *training, struct hone_digest digest,
                        struct hone_error *err)
{
    char *path = hone_store_blob_path(training->app->store, digest);
    hone_trainer_destroy(training->trainer);
    training->trainer = NULL;
    int status =
        hone_trainer_load(&training->trainer, training->skill->package,
                          training->live_version, training->log_end, path, NULL, err);
    free(path);
    return status;
}

static int create_state(struct hone_training *training, struct hone_error *err)
{
    struct hone_trainer_save *save = NULL;
    struct hone_digest digest;
    uint64_t size_bytes = 0, position = 0;
    char *temp_path = hone_store_temp_path(training->app->store);
    int status = hone_trainer_create(&training->trainer, training->skill->package, err);
    if (status != 0) {
        goto out;
    }
    status = hone_trainer_save_create(&save, training->trainer, HONE_TRAINER_ANCHOR,
                                      temp_path, err);
    if (status != 0) {
        goto out;
    }
    status = hone_trainer_save_step(save, HONE_TRAINER_SAVE_ALL, err);
    while (status == 1) {
        status = hone_trainer_save_step(save, HONE_TRAINER_SAVE_ALL, err);
    }
    if (status != 0) {
        goto out;
    }
    hone_trainer_save_result(save, &digest, &size_bytes, &position);
    hone_trainer_save_destroy(save);
    save = NULL;
    status = store_version(training, temp_path, digest, size_bytes, err);
    if (status == 0 && training->log_end > 0) {
        status = reload_state(training, digest, err);
    }
out:
    hone_trainer_save_destroy(save);
    (void)unlink(temp_path);
    free(temp_path);
    return status;
}

/* Path of the checkpoint's file if there is one that builds on the live version; else
 * NULL. */
static char *usable_checkpoint(struct hone_training *training,
                               const struct hone_store_skill *stored, uint64_t *position)
{
    struct hone_store *store = training->app->store;
    struct hone_store_checkpoint checkpoint;
    struct hone_error err;
    if (hone_store_read_checkpoint(store, stored->id, &checkpoint, &err) != 0 ||
        checkpoint.version != stored->live_version ||
        checkpoint.position <= stored->position) {
        return NULL;
    }
    if (hone_store_verify_blob(store, checkpoint.tensors, &err) != 0) {
        hone_log_warn("training", "checkpoint passed over skill=%s cause=\"%s\"",
                      training->skill->package->name, err.message);
        return NULL;
    }
    *position = checkpoint.position;
    return hone_store_blob_path(store, checkpoint.tensors);
}

/* Loads a version's file as the state at a position. */
static int load_version(struct hone_training *training,
                        const struct hone_store_version *version, uint64_t position,
                        const char *checkpoint, struct hone_error *err)
{
    struct hone_store *store = training->app->store;
    int status = hone_store_verify_blob(store, version->tensors, err);
    if (status == 0) {
        char *path = hone_store_blob_path(store, version->tensors);
        status = hone_trainer_load(&training->trainer, training->skill->package,
                                   version->number, position, path, checkpoint, err);
        free(path);
    }
    return status;
}

static int load_live(struct hone_training *training,
                     const struct hone_store_skill *stored,
                     const struct hone_store_version *version, struct hone_error *err)
{
    uint64_t position = stored->position;
    char *checkpoint = usable_checkpoint(training, stored, &position);
    int status = load_version(training, version, stored->position, checkpoint, err);
    if (status != 0 && checkpoint != NULL) {
        hone_log_warn("training", "checkpoint passed over skill=%s cause=\"%s\"",
                      training->skill->package->name, err->message);
        position = stored->position;
        status = load_version(training, version, position, NULL, err);
    }
    training->checkpointed = position;
    training->tensors_bytes = version->tensors_bytes;
    free(checkpoint);
    return status;
}

/* The live version's file is damaged or gone: the nearest ancestor that is whole, and the log from
 * there on, lead to the same state. Not so after a rollback, which the log would need the same file
 * for: then the skill is not served. */
static int load_ancestor(struct hone_training *training,
                         struct hone_store_version *version, struct hone_arena *arena,
                         struct hone_error *err)
{
    static const struct hone_digest none;
    int status = HONE_E_CORRUPT;
    while (status != 0 && version->parent != 0) {
        struct hone_error cause;
        if (hone_store_read_version(training->app->store, training->store_id,
                                    version->parent, arena, version, &cause) != 0) {
            return status;
        }
        if (!hone_digest_equal(version->tensors, none)) {
            status = load_version(training, version, version->position, NULL, &cause);
        }
    }
    if (status == 0) {
        training->checkpointed = version->position;
        hone_log_error(
            "training",
            "live tensors damaged, learning again from an older version skill=%s "
            "live=%u from=%u cause=\"%s\"",
            training->skill->package->name, training->live_version, version->number,
            err->message);
    }
    return status;
}

static int load_state(struct hone_training *training,
                      const struct hone_store_skill *stored, struct hone_error *err)
{
    static const struct hone_digest none;
    struct hone_arena arena;
    struct hone_store_version version;
    hone_arena_init(&arena, ARENA_BYTES);
    int status = hone_store_read_version(training->app->store, stored->id,
                                         stored->live_version, &arena, &version, err);
    if (status == 0 && hone_digest_equal(version.tensors, none)) {
        status = create_state(training, err); /* the skill did not learn until now */
    } else if (status == 0) {
        status = load_live(training, stored, &version, err);
        bool is_damaged = status == HONE_E_CORRUPT || status == HONE_E_NOT_FOUND;
        if (is_damaged && stored->position == version.position) {
            status = load_ancestor(training, &version, &arena, err);
        }
    }
    hone_arena_finish(&arena);
    return status;
}

static void take_state(struct hone_training *training)
{
    struct hone_trainer *trainer = training->trainer;
    training->trained = hone_trainer_position(trainer);
    training->progress = hone_trainer_progress(trainer);
    training->measured = hone_trainer_measure(trainer);
    training->evidence = *hone_trainer_evidence(trainer);
    training->anchor_position = hone_trainer_anchor_position(trainer);
    struct hone_snapshot *snapshot = hone_trainer_snapshot(trainer);
    snapshot->version = training->live_version;
    snapshot->learned_through = training->trained;
    hone_registry_publish_take(training->skill, snapshot);
}

static int open_learning(struct hone_training *training,
                         const struct hone_store_skill *stored, struct hone_error *err)
{
    int status = stored->live_version == 0 ? create_state(training, err)
                                           : load_state(training, stored, err);
    if (status != 0) {
        return status;
    }
    take_state(training);
    training->package_pending =
        !hone_trainer_fits_package(training->trainer) ||
        !hone_digest_equal(stored->package, training->skill->package->digest);
    training->scratch = training->skill->package->kind->make_scratch();
    return 0;
}

static int open_static(struct hone_training *training,
                       const struct hone_store_skill *stored, struct hone_error *err)
{
    static const struct hone_digest none;
    int status = 0;
    if (stored->live_version == 0 ||
        !hone_digest_equal(stored->package, training->skill->package->digest)) {
        status = store_version(training, NULL, none, 0, err);
    }
    if (status == 0) {
        hone_registry_publish_take(
            training->skill, hone_snapshot_create_take(training->skill->package->kind,
                                                       NULL, training->live_version, 0));
    }
    return status;
}

static void check_audit(const struct hone_training *training)
{
    uint64_t n_rows = 0;
    struct hone_error err;
    if (hone_store_verify_audit(training->app->store, training->store_id, &n_rows,
                                &err) != 0) {
        hone_log_error("store", "audit chain broken skill=%s cause=\"%s\"",
                       training->skill->package->name, err.message);
    }
}

/* When what is live now was made. */
static int note_live(struct hone_training *training, struct hone_error *err)
{
    struct hone_arena arena;
    struct hone_store_version live;
    hone_arena_init(&arena, ARENA_BYTES);
    int status = hone_store_read_version(training->app->store, training->store_id,
                                         training->live_version, &arena, &live, err);
    training->live_created_unix_ms = status == 0 ? live.created_unix_ms : 0;
    hone_arena_finish(&arena);
    return status;
}

int hone_opening_run(struct hone_app *app, struct hone_skill *skill,
                     struct hone_error *err)
{
    struct hone_store_skill stored = {0};
    struct hone_training *training = hone_alloc_zeroed(1, sizeof(*training));
    training->app = app;
    training->skill = skill;
    hone_list_init(&training->waiters);
    skill->owner_data = training;
    int status = register_skill(training, &stored, err);
    if (status != 0) {
        return status;
    }
    training->store_id = stored.id;
    training->live_version = stored.live_version;
    training->last_version = stored.last_version;
    training->log_end = stored.log_end;
    training->settles = stored.last_change;
    training->n_calls = stored.n_calls;
    training->n_feedback = stored.n_feedback;
    check_audit(training);
    status = skill->package->kind->learns ? open_learning(training, &stored, err)
                                          : open_static(training, &stored, err);
    return status == 0 ? note_live(training, err) : status;
}

void hone_opening_undo(struct hone_skill *skill)
{
    struct hone_training *training = skill->owner_data;
    if (training == NULL) {
        return;
    }
    hone_registry_publish_take(skill, NULL);
    hone_trainer_destroy(training->trainer);
    if (training->scratch != NULL) {
        skill->package->kind->destroy_scratch(training->scratch);
    }
    json_decref(training->measured);
    free(training);
    skill->owner_data = NULL;
}
