#include "bench/support/twin.h"

#include "base/alloc.h"
#include "bench/support/fail.h"
#include "schema/json.h"
#include "server/calls.h"
#include "skills/kind.h"
#include "skills/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES     (8U * 1024 * 1024)
#define VERSIONS_MAX    1024
#define DIFFERENCES_MAX 3 /* that are shown */

struct hone_twin {
    struct hone_package *package;
    struct hone_trainer *trainer;
    void *scratch;
    json_t *arguments; /* of the call compared last */
    char *output;      /* of the twin's answer to it */
    uint64_t n_compared, n_different;
    uint32_t last_version;
    char *tensors_path;                       /* NULL: not kept */
    struct hone_digest tensors[VERSIONS_MAX]; /* by version; only of promoted ones */
};

struct hone_twin *hone_twin_create(const char *package_folder)
{
    struct hone_error err;
    struct hone_twin *twin = hone_alloc_zeroed(1, sizeof(*twin));
    hone_fail_on(hone_package_load(&twin->package, package_folder, &err), &err);
    hone_fail_on(hone_trainer_create(&twin->trainer, twin->package, &err), &err);
    twin->scratch = twin->package->kind->make_scratch();
    twin->last_version = 1;
    return twin;
}

void hone_twin_destroy(struct hone_twin *twin)
{
    if (twin == NULL) {
        return;
    }
    twin->package->kind->destroy_scratch(twin->scratch);
    hone_trainer_destroy(twin->trainer);
    hone_package_destroy(twin->package);
    json_decref(twin->arguments);
    free(twin->tensors_path);
    free(twin->output);
    free(twin);
}

/* Following the log. */

static void fold(struct hone_twin *twin, const struct hone_event *event)
{
    struct hone_error err;
    hone_fail_on(hone_trainer_fold(twin->trainer, event, NULL, &err), &err);
}

static void keep_candidate(struct hone_twin *twin, uint32_t version)
{
    struct hone_error err;
    struct hone_trainer_save *save = NULL;
    uint64_t size_bytes = 0, position = 0;
    hone_fail_unless(version < VERSIONS_MAX, "too many versions");
    hone_fail_on(hone_trainer_save_create(&save, twin->trainer, HONE_TRAINER_CANDIDATE,
                                          twin->tensors_path, &err),
                 &err);
    hone_fail_on(hone_trainer_save_step(save, HONE_TRAINER_SAVE_ALL, &err), &err);
    hone_trainer_save_result(save, &twin->tensors[version], &size_bytes, &position);
    hone_trainer_save_destroy(save);
}

/* The verdict at this position: whatever is due. */
static void fold_verdict(struct hone_twin *twin, uint64_t position)
{
    struct hone_gate_report report;
    uint64_t candidate = 0;
    hone_fail_unless(hone_trainer_due(twin->trainer, &report, &candidate),
                     "the server's log has an event that the library does not expect");
    uint32_t version = ++twin->last_version;
    bool promoted = report.verdict == HONE_GATE_PROMOTED;
    if (promoted && twin->tensors_path != NULL) {
        keep_candidate(twin, version);
    }
    json_t *body = hone_trainer_verdict_body(&report, candidate, promoted ? version : 0);
    fold(twin, &(struct hone_event){
                   .position = position, .kind = HONE_EVENT_GATE, .body = body});
    json_decref(body);
}

static void follow(struct hone_twin *twin, uint64_t position)
{
    while (hone_trainer_position(twin->trainer) < position) {
        fold_verdict(twin, hone_trainer_position(twin->trainer) + 1);
    }
}

void hone_twin_learn(struct hone_twin *twin, const struct hone_feedback *feedback,
                     uint64_t position)
{
    hone_fail_unless(twin->arguments != NULL, "feedback came before any call");
    follow(twin, position - 1);
    fold(twin, &(struct hone_event){
                   .position = position,
                   .kind = HONE_EVENT_FEEDBACK,
                   .feedback = *feedback,
                   .input = twin->arguments,
                   .output = hone_span_text(twin->output),
               });
}

/* Answers. */

static json_t *answer(struct hone_twin *twin, const json_t *arguments, uint64_t draw)
{
    struct hone_error err;
    struct hone_arena arena;
    struct hone_answer answer = {.draw = draw};
    json_t *structured = NULL;
    struct hone_call_input given = {.value = arguments};
    struct hone_snapshot *snapshot = hone_trainer_snapshot(twin->trainer);
    hone_arena_init(&arena, ARENA_BYTES);
    hone_fail_on(twin->package->kind->answer(twin->package, snapshot->view, twin->scratch,
                                             &given, &arena, &answer, &err),
                 &err);
    hone_fail_on(hone_json_parse(&structured, answer.structured, &err), &err);
    free(twin->output);
    twin->output = hone_alloc_bytes(answer.output.data, answer.output.len);
    hone_arena_finish(&arena);
    hone_snapshot_unref(snapshot);
    return structured;
}

static void show(const char *who, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    (void)fprintf(stderr, "%s: %s\n", who, text != NULL ? text : "nothing");
    free(text);
}

void hone_twin_compare(struct hone_twin *twin, const json_t *arguments,
                       const json_t *structured)
{
    static const char *const names[] = {"call_id", "version", "learned_through"};
    struct hone_uuid call_id;
    const json_t *through = json_object_get(structured, "learned_through");
    hone_fail_on(hone_uuid_parse(&call_id, hone_json_text(structured, "call_id")),
                 &(struct hone_error){.message = "an answer has no call_id"});
    follow(twin, (uint64_t)json_integer_value(through));
    json_t *ours = answer(twin, arguments, hone_calls_draw(call_id));
    json_t *theirs = json_copy((json_t *)(uintptr_t)structured);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)json_object_del(theirs, names[i]);
    }
    twin->n_compared++;
    if (json_equal(ours, theirs) == 0 && ++twin->n_different <= DIFFERENCES_MAX) {
        show("served ", theirs);
        show("library", ours);
    }
    json_decref(theirs);
    json_decref(ours);
    json_decref(twin->arguments);
    twin->arguments = json_deep_copy(arguments);
}

uint64_t hone_twin_n_compared(const struct hone_twin *twin)
{
    return twin->n_compared;
}

uint64_t hone_twin_n_different(const struct hone_twin *twin)
{
    return twin->n_different;
}

/* Versions. */

void hone_twin_keep_tensors(struct hone_twin *twin, const char *folder)
{
    twin->tensors_path = hone_alloc_format("%s/twin", folder);
}

bool hone_twin_has_tensors(const struct hone_twin *twin, const json_t *versions)
{
    const json_t *entry = NULL;
    uint32_t live = (uint32_t)json_integer_value(json_object_get(versions, "live"));
    size_t i = 0;
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    hone_fail_unless(live > 1 && live < VERSIONS_MAX && live <= twin->last_version,
                     "there is no version that both sides have learnt");
    hone_digest_format(twin->tensors[live], digest);
    json_array_foreach(json_object_get(versions, "versions"), i, entry)
    {
        if (json_integer_value(json_object_get(entry, "number")) == (json_int_t)live) {
            return hone_span_is(hone_json_text(entry, "tensors"), digest);
        }
    }
    return false;
}
