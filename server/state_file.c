/* of a version: find (STORE) -> verify (CALL) -> answer; of what is served: rest -> save
 * (TRAIN, in slices) -> answer. */
#include "server/state_file.h"

#include "base/alloc.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/saving.h"
#include "server/training.h"

#include <stdlib.h>
#include <unistd.h>

#define ARENA_BYTES (1024U * 1024)

struct state_file {
    struct hone_job job;
    struct hone_training_rest rest;
    struct hone_exchange *exchange;
    struct hone_skill *skill;
    uint32_t version;
    uint64_t position;
    struct hone_digest digest;
    char *path;
    bool is_temporary;
};

static void finish(struct state_file *file)
{
    free(file->path);
    free(file);
}

static void refuse(struct state_file *file, int code, const struct hone_error *err)
{
    struct hone_jsonrpc_problem problem = {0};
    bool callers_fault = code == HONE_E_INVALID || code == HONE_E_NOT_FOUND;
    hone_jsonrpc_problem_set(&problem,
                             callers_fault ? HONE_RPC_INVALID_PARAMS : HONE_RPC_INTERNAL,
                             200, "%s", err->message);
    problem.data =
        json_pack("{s:s,s:s}", "code", hone_error_name(code), "hint", err->hint);
    hone_exchange_refuse_take(file->exchange, &problem);
    finish(file);
}

static void answer(struct state_file *file)
{
    const struct hone_package *package = file->skill->package;
    char digest[HONE_DIGEST_TEXT_LEN + 1], package_digest[HONE_DIGEST_TEXT_LEN + 1];
    if (file->is_temporary && file->exchange->cancelled) {
        (void)unlink(file->path); /* nobody is there who would */
    }
    hone_digest_format(file->digest, digest);
    hone_digest_format(package->digest, package_digest);
    hone_exchange_reply_take(
        file->exchange,
        json_pack("{s:s,s:s,s:b,s:s,s:i,s:I,s:s,s:s}", "skill", package->name, "path",
                  file->path, "temporary", (int)file->is_temporary, "digest", digest,
                  "version", (int)file->version, "position", (json_int_t)file->position,
                  "folder", package->folder, "package", package_digest));
    finish(file);
}

/* ---- a version ---- */

static void submit(struct state_file *file, enum hone_lane lane,
                   void (*run)(struct hone_job *job), void (*done)(struct hone_job *job))
{
    struct hone_app *app = file->exchange->app;
    file->job = (struct hone_job){.run = run, .done = done};
    if (hone_worker_submit(app->worker, lane, HONE_PRIORITY_NORMAL, &file->job) != 0) {
        (void)hone_error_set(&file->job.error, HONE_E_AGAIN,
                             "the server has too much to do");
        refuse(file, HONE_E_AGAIN, &file->job.error);
    }
}

static void run_find(struct hone_job *job)
{
    static const struct hone_digest none;
    struct state_file *file = HONE_LIST_OWNER(job, struct state_file, job);
    const struct hone_training *training = file->skill->owner_data;
    struct hone_store_version version;
    struct hone_arena arena;
    hone_arena_init(&arena, ARENA_BYTES);
    job->status = hone_store_read_version(training->app->store, training->store_id,
                                          file->version, &arena, &version, &job->error);
    if (job->status == 0 && hone_digest_equal(version.tensors, none)) {
        job->status =
            hone_error_set(&job->error, HONE_E_NOT_FOUND,
                           "the tensors of version %u are not kept", file->version);
    }
    if (job->status == 0) {
        file->digest = version.tensors;
        file->position = version.position;
        file->path = hone_store_blob_path(training->app->store, version.tensors);
    }
    hone_arena_finish(&arena);
}

static void run_verify(struct hone_job *job)
{
    struct state_file *file = HONE_LIST_OWNER(job, struct state_file, job);
    const struct hone_training *training = file->skill->owner_data;
    job->status = hone_store_verify_blob(training->app->store, file->digest, &job->error);
}

static void done_verify(struct hone_job *job)
{
    struct state_file *file = HONE_LIST_OWNER(job, struct state_file, job);
    if (job->status != 0) {
        refuse(file, job->status, &job->error);
        return;
    }
    answer(file);
}

static void done_find(struct hone_job *job)
{
    struct state_file *file = HONE_LIST_OWNER(job, struct state_file, job);
    if (job->status != 0) {
        refuse(file, job->status, &job->error);
        return;
    }
    submit(file, HONE_LANE_CALL, run_verify, done_verify);
}

/* ---- what is served ---- */

static void on_saved(struct hone_training *training, void *user,
                     struct hone_saving_result *result)
{
    struct state_file *file = user;
    training->n_savings -= 1;
    file->path = result->temp_path;
    if (result->status != 0) {
        refuse(file, result->status, &result->error);
        return;
    }
    file->is_temporary = true;
    file->digest = result->digest;
    file->position = result->position;
    file->version = result->version;
    answer(file);
}

static void on_rest(struct hone_training_rest *rest, int status,
                    const struct hone_error *err)
{
    struct state_file *file = HONE_LIST_OWNER(rest, struct state_file, rest);
    struct hone_training *training = file->skill->owner_data;
    if (status != 0) {
        refuse(file, status, err);
        return;
    }
    training->n_savings += 1;
    hone_saving_start(training, HONE_TRAINER_SHOWN, on_saved, file);
}

void hone_state_file(struct hone_exchange *exchange, struct hone_skill *skill)
{
    struct state_file *file = hone_alloc_zeroed(1, sizeof(*file));
    const json_t *wanted =
        json_object_get(hone_jsonrpc_params(&exchange->message), "version");
    json_int_t number = json_integer_value(wanted);
    struct hone_error err;
    file->exchange = exchange;
    file->skill = skill;
    if (!skill->package->kind->learns) {
        (void)hone_error_set(&err, HONE_E_INVALID, "%s does not learn: it has no tensors",
                             skill->package->name);
        refuse(file, HONE_E_INVALID, &err);
    } else if (wanted != NULL &&
               (!json_is_integer(wanted) || number < 1 || number > UINT32_MAX)) {
        (void)hone_error_set(&err, HONE_E_INVALID,
                             "version must be the number of a version");
        refuse(file, HONE_E_INVALID, &err);
    } else if (wanted != NULL) {
        file->version = (uint32_t)number;
        submit(file, HONE_LANE_STORE, run_find, done_find);
    } else {
        file->rest.done = on_rest;
        hone_training_rest(skill->owner_data, &file->rest);
    }
}
