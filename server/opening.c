/* Registers a skill in the store, takes its lease, makes version 1 of a new one and notes of
 * any other what is known of it without its state: a skill is opened cold (residence.h).
 * Runs before the lanes do, so it uses the store directly, in one transaction for all
 * skills. */
#include "server/opening.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/holds.h"
#include "skills/label_offers.h"
#include "skills/trainer_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARENA_BYTES  (4U * 1024 * 1024)
#define LEASE_TTL_MS 10000
/* So many new skills stay in memory, as they are likely to be called soon. */
#define KEPT_NEW_SKILLS_MAX 16

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

static int save_state(struct hone_trainer *trainer, const char *path,
                      struct hone_digest *digest, uint64_t *size_bytes,
                      struct hone_error *err)
{
    struct hone_trainer_save *save = NULL;
    uint64_t position = 0;
    int status = hone_trainer_save_create(&save, trainer, HONE_TRAINER_ANCHOR, path, err);
    if (status != 0) {
        return status;
    }
    do {
        status = hone_trainer_save_step(save, HONE_TRAINER_SAVE_ALL, err);
    } while (status == 1);
    if (status == 0) {
        hone_trainer_save_result(save, digest, size_bytes, &position);
    }
    hone_trainer_save_destroy(save);
    return status;
}

/* What was made goes on as it is, unless that would fill memory at the first start with many
 * skills, or the log has events that it does not know: it counts as their end. */
static void keep_state_take(struct hone_training *training, struct hone_trainer *trainer)
{
    struct hone_residence_counts counts;
    hone_residence_count(training->app->residents, &counts);
    if (training->log_end > 0 || counts.n_loaded >= KEPT_NEW_SKILLS_MAX) {
        hone_trainer_destroy(trainer);
        return;
    }
    training->trainer = trainer;
    training->measured = hone_trainer_measure(trainer);
    training->scratch = training->skill->package->kind->make_scratch();
    hone_residence_measure(training, hone_trainer_memory_bytes(trainer));
    struct hone_snapshot *snapshot = hone_trainer_snapshot(trainer);
    snapshot->version = training->live_version;
    hone_registry_publish_take(training->skill, snapshot);
}

static int create_state(struct hone_training *training, struct hone_error *err)
{
    struct hone_trainer *trainer = NULL;
    struct hone_residence_source source = {0};
    char *temp_path = hone_store_temp_path(training->app->store);
    int status = hone_trainer_create(&trainer, training->skill->package, err);
    if (status == 0) {
        status =
            save_state(trainer, temp_path, &source.tensors, &source.tensors_bytes, err);
    }
    if (status == 0) {
        status =
            store_version(training, temp_path, source.tensors, source.tensors_bytes, err);
    }
    if (status != 0) {
        hone_trainer_destroy(trainer);
    } else {
        source.version = training->live_version;
        source.position = source.version_position = training->log_end;
        hone_residence_set_live(training, &source);
        keep_state_take(training, trainer);
    }
    (void)unlink(temp_path);
    free(temp_path);
    return status;
}

static void note_checkpoint(struct hone_training *training)
{
    struct hone_store_checkpoint checkpoint;
    struct hone_error err;
    if (hone_store_read_checkpoint(training->app->store, training->store_id, &checkpoint,
                                   &err) == 0) {
        hone_residence_set_checkpoint(training, checkpoint.version, checkpoint.tensors,
                                      checkpoint.position);
    }
}

/* What status says of a skill before its state is loaded. A file that cannot be read is the
 * matter of whoever loads it. */
static void note_progress(struct hone_training *training)
{
    const struct hone_residence_source *source = &training->residence.source;
    bool has_checkpoint = source->checkpoint_position > 0;
    struct hone_trainer_file known;
    struct hone_error err;
    char *path = hone_store_blob_path(
        training->app->store, has_checkpoint ? source->checkpoint : source->tensors);
    training->anchor_position = source->position;
    if (hone_trainer_file_read(&known, path, &err) == 0) {
        training->progress = known.progress;
        training->evidence = known.evidence;
        training->change = hone_region_mean(&known.region);
    }
    free(path);
}

static int note_state(struct hone_training *training,
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
        training->tensors_bytes = version.tensors_bytes;
        hone_residence_set_live(training, &(struct hone_residence_source){
                                              .version = version.number,
                                              .tensors = version.tensors,
                                              .tensors_bytes = version.tensors_bytes,
                                              .position = stored->position,
                                              .version_position = version.position});
        note_checkpoint(training);
        note_progress(training);
    }
    hone_arena_finish(&arena);
    return status;
}

static int open_learning(struct hone_training *training,
                         const struct hone_store_skill *stored, struct hone_error *err)
{
    int status = stored->live_version == 0 ? create_state(training, err)
                                           : note_state(training, stored, err);
    if (status == 0) {
        training->trained = hone_residence_saved_position(&training->residence.source);
        training->checkpointed = training->trained;
        training->served = training->skill->package->is_gated
                               ? training->residence.source.position
                               : training->trained;
        training->package_pending =
            stored->live_version != 0 &&
            !hone_digest_equal(stored->package, training->skill->package->digest);
    }
    return status;
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
    hone_list_init(&training->resting);
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
    if (status == 0) {
        status = note_live(training, err);
    }
    if (status == 0) {
        status = hone_holds_open(training, err);
    }
    if (status == 0 && hone_holds_pinned(training) != 0) {
        training->served = hone_holds_pinned_position(training);
    }
    if (status == 0) {
        hone_residence_open(training, training->trainer != NULL);
    }
    return status;
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
    hone_label_offers_destroy(training->offers);
    json_decref(training->measured);
    hone_holds_close(training);
    free(training);
    skill->owner_data = NULL;
}
