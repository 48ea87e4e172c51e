/* find the call, or the skill -> audit rows, page by page -> version -> count feedback in
 * ranges of the log -> answer. */
#include "server/explanation.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/explanation_json.h"
#include "server/fate.h"
#include "server/history.h"
#include "server/inquiry.h"
#include "server/recorder.h"
#include "server/status.h"
#include "server/training.h"

#include <stdlib.h>
#include <string.h>

#define SKILLS_MAX   100000
#define FEEDBACK_MAX 200 /* on one call that are told */
#define COUNTS_MAX   64  /* kinds and sources */
#define PAGE_ROWS    64
#define RANGE        4096 /* positions that are counted in one step */
#define ARENA_BYTES  (64U * 1024 * 1024)

enum phase {
    PHASE_FIND,
    PHASE_ROWS,
    PHASE_VERSION,
    PHASE_COUNT,
};

struct explanation {
    struct hone_store *store;
    enum phase phase;
    struct hone_arena keep, arena; /* for all of it; for one step */
    bool is_call;
    struct hone_uuid call_id;
    char *skill; /* its name */
    int64_t skill_id;
    uint32_t number; /* of the version */
    struct hone_call_record call;
    struct hone_store_event *feedback;
    size_t n_feedback;
    struct hone_fate *fates;
    struct hone_fate_walk walk;
    uint64_t n_rows;         /* gone through */
    uint64_t position_then;  /* of the live state after the row before */
    uint64_t after, through; /* of the log: what is counted */
    uint64_t counted;        /* through here */
    json_t *live_by;         /* what made the version live, when it answered; or NULL */
    json_t *history;         /* entries about the version */
    json_t *version;         /* NULL: there is no such row */
    json_t *counts;
};

/* ---- find ---- */

static int find_skill(struct explanation *explanation, struct hone_error *err)
{
    struct hone_store_skill_name *names = NULL;
    size_t n_names = 0;
    int status = hone_store_list_skills(explanation->store, 0, SKILLS_MAX,
                                        &explanation->arena, &names, &n_names, err);
    for (size_t i = 0; status == 0 && i < n_names; i++) {
        bool is_it = explanation->is_call
                         ? names[i].id == explanation->skill_id
                         : hone_span_is(names[i].name, explanation->skill);
        if (is_it) {
            explanation->skill_id = names[i].id;
            free(explanation->skill);
            explanation->skill = hone_alloc_bytes(names[i].name.data, names[i].name.len);
            return 0;
        }
    }
    return status != 0 ? status
                       : hone_error_set(
                             err, HONE_E_NOT_FOUND, "the data folder has no skill %s",
                             explanation->is_call ? "of this call" : explanation->skill);
}

static int find_call(struct explanation *explanation, struct hone_error *err)
{
    int status = hone_store_find_call(explanation->store, explanation->call_id,
                                      &explanation->call, &explanation->keep, err);
    if (status == 0) {
        status = hone_store_list_feedback(
            explanation->store, explanation->call_id, FEEDBACK_MAX, &explanation->keep,
            &explanation->feedback, &explanation->n_feedback, err);
    }
    if (status != 0) {
        return status;
    }
    explanation->skill_id = explanation->call.skill_id;
    explanation->number = explanation->call.version;
    explanation->fates =
        hone_alloc_zeroed(explanation->n_feedback + 1, sizeof(explanation->fates[0]));
    for (size_t i = 0; i < explanation->n_feedback; i++) {
        explanation->fates[i].position = explanation->feedback[i].position;
    }
    return 0;
}

static int step_find(struct explanation *explanation, struct hone_error *err)
{
    int status = explanation->is_call ? find_call(explanation, err) : 0;
    if (status == 0) {
        status = find_skill(explanation, err);
    }
    hone_fate_walk_init(&explanation->walk, explanation->fates, explanation->n_feedback);
    explanation->phase = PHASE_ROWS;
    return status;
}

/* ---- the audit ---- */

static uint64_t number_of(const json_t *entry, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(entry, key));
}

static void take_row(struct explanation *explanation, const struct hone_store_audit *row)
{
    json_t *entry = hone_history_entry_json(hone_span_text(explanation->skill), row);
    uint64_t number = explanation->number;
    uint64_t live = number_of(entry, "live");
    uint64_t former = number_of(entry, "former_live");
    bool is_made = json_is_integer(json_object_get(entry, "parent")) &&
                   number_of(entry, "version") == number;
    hone_fate_walk_add(&explanation->walk, entry);
    if (is_made) {
        explanation->after = explanation->position_then;
    }
    if (live != former && live == number &&
        (!explanation->is_call || explanation->live_by == NULL ||
         row->time_unix_ms <= explanation->call.time_unix_ms)) {
        json_decref(explanation->live_by);
        explanation->live_by = json_incref(entry);
    }
    if (is_made || (live != former && (live == number || former == number))) {
        (void)json_array_append(explanation->history, entry);
    }
    explanation->position_then = number_of(entry, "position");
    json_decref(entry);
}

static int step_rows(struct explanation *explanation, struct hone_error *err)
{
    struct hone_store_audit *rows = NULL;
    size_t n_rows = 0;
    int status = hone_store_read_audit(explanation->store, explanation->skill_id,
                                       explanation->n_rows, PAGE_ROWS,
                                       &explanation->arena, &rows, &n_rows, err);
    for (size_t i = 0; status == 0 && i < n_rows; i++) {
        explanation->n_rows = rows[i].number;
        take_row(explanation, &rows[i]);
    }
    if (status == 0 && n_rows == 0) {
        hone_fate_walk_end(&explanation->walk);
        explanation->phase = PHASE_VERSION;
    }
    return status;
}

/* ---- the version ---- */

/* Of a call: what lay between its version and what it had learnt; of a version: what lay
 * between its parent and itself. */
static void set_range(struct explanation *explanation,
                      const struct hone_store_version *version)
{
    if (explanation->is_call) {
        explanation->after = explanation->live_by != NULL
                                 ? number_of(explanation->live_by, "position")
                                 : version->position;
        explanation->through = explanation->call.learned_through;
    } else {
        explanation->through = version->position;
    }
    if (explanation->after > explanation->through) {
        explanation->after = explanation->through;
    }
    explanation->counted = explanation->after;
}

static int step_version(struct explanation *explanation, struct hone_error *err)
{
    struct hone_store_version version = {0};
    char package[HONE_DIGEST_TEXT_LEN + 1];
    int status =
        hone_store_read_version(explanation->store, explanation->skill_id,
                                explanation->number, &explanation->arena, &version, err);
    if (status == HONE_E_NOT_FOUND && !explanation->is_call) {
        (void)hone_error_set(err, status, "%s has no version %u", explanation->skill,
                             (unsigned)explanation->number);
        (void)hone_error_hint(err, "`hone versions %s` lists them", explanation->skill);
        return status;
    }
    if (status == 0) {
        hone_digest_format(version.package, package);
        explanation->version = hone_status_version_json(&version);
        (void)json_object_set_new(explanation->version, "package", json_string(package));
        (void)json_object_set_new(explanation->version, "words",
                                  hone_explanation_json_words(
                                      json_object_get(explanation->version, "evidence")));
    }
    if (status == 0 || status == HONE_E_NOT_FOUND) {
        set_range(explanation, &version);
        explanation->phase = PHASE_COUNT;
        return 0;
    }
    return status;
}

/* ---- counting ---- */

static void add_count(json_t *counts, const struct hone_store_feedback_count *count)
{
    const char *kind = hone_explanation_json_kind(count->kind);
    size_t index;
    json_t *known;
    json_array_foreach(counts, index, known)
    {
        const json_t *source = json_object_get(known, "source");
        if (strcmp(json_string_value(json_object_get(known, "kind")), kind) == 0 &&
            hone_span_is(count->source, json_string_value(source))) {
            json_int_t n = json_integer_value(json_object_get(known, "n"));
            (void)json_object_set_new(known, "n", json_integer(n + (json_int_t)count->n));
            return;
        }
    }
    (void)json_array_append_new(
        counts, json_pack("{s:s,s:o,s:I}", "kind", kind, "source",
                          json_stringn(count->source.data, count->source.len), "n",
                          (json_int_t)count->n));
}

static int step_count(struct explanation *explanation, struct hone_error *err)
{
    struct hone_store_feedback_count *counts = NULL;
    size_t n_counts = 0;
    uint64_t left = explanation->through - explanation->counted;
    uint64_t through = explanation->counted + (left < RANGE ? left : RANGE);
    int status = hone_store_count_feedback(explanation->store, explanation->skill_id,
                                           explanation->counted, through, COUNTS_MAX,
                                           &explanation->arena, &counts, &n_counts, err);
    for (size_t i = 0; status == 0 && i < n_counts; i++) {
        add_count(explanation->counts, &counts[i]);
    }
    explanation->counted = through;
    return status;
}

/* ---- the answer ---- */

/* NULL when the skill is not served. */
static const struct hone_training *find_training(const struct hone_app *app,
                                                 int64_t skill_id)
{
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        const struct hone_training *training =
            hone_registry_at(app->registry, i)->owner_data;
        if (training != NULL && training->store_id == skill_id) {
            return training;
        }
    }
    return NULL;
}

/* On the loop, which knows how far the skill has learnt. */
static void complete(void *self, struct hone_app *app, json_t *answer)
{
    const struct explanation *explanation = self;
    const struct hone_training *training = find_training(app, explanation->skill_id);
    struct hone_explanation_json_context context = {
        .learns = training == NULL || training->skill->package->kind->learns,
        .is_gated = training != NULL && training->skill->package->is_gated,
        .trained = training != NULL ? training->trained : 0,
        .live = explanation->walk.live,
        .input_is_kept = explanation->call.input.len > 0,
    };
    if (!explanation->is_call) {
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < explanation->n_feedback; i++) {
        (void)json_array_append_new(
            list, hone_explanation_json_feedback(&explanation->feedback[i],
                                                 &explanation->fates[i], &context));
    }
    (void)json_object_set_new(answer, "feedback", list);
}

static json_t *answer_of(const struct explanation *explanation)
{
    json_t *learnt =
        json_pack("{s:I,s:I,s:O}", "after", (json_int_t)explanation->after, "through",
                  (json_int_t)explanation->through, "feedback", explanation->counts);
    json_t *out = json_pack("{s:s,s:O?,s:i,s:o}", "skill", explanation->skill, "version",
                            explanation->version, "live", (int)explanation->walk.live,
                            "learnt", learnt);
    if (explanation->is_call) {
        (void)json_object_set_new(out, "call",
                                  hone_explanation_json_call(&explanation->call));
        (void)json_object_set_new(out, "live_by",
                                  explanation->live_by != NULL
                                      ? json_incref(explanation->live_by)
                                      : json_null());
    } else {
        (void)json_object_set(out, "history", explanation->history);
    }
    return out;
}

static int step(void *self, enum hone_lane *lane, json_t **answer, struct hone_error *err)
{
    static int (*const steps[])(struct explanation *, struct hone_error *) = {
        step_find, step_rows, step_version, step_count};
    struct explanation *explanation = self;
    (void)lane; /* all is read */
    int status = steps[explanation->phase](explanation, err);
    hone_arena_reset(&explanation->arena);
    if (status != 0) {
        return status;
    }
    if (explanation->phase != PHASE_COUNT ||
        explanation->counted < explanation->through) {
        return 1;
    }
    *answer = answer_of(explanation);
    return 0;
}

static void destroy(void *self)
{
    struct explanation *explanation = self;
    hone_fate_walk_finish(&explanation->walk);
    hone_arena_finish(&explanation->keep);
    hone_arena_finish(&explanation->arena);
    json_decref(explanation->live_by);
    json_decref(explanation->history);
    json_decref(explanation->version);
    json_decref(explanation->counts);
    free(explanation->fates);
    free(explanation->skill);
    free(explanation);
}

/* ---- the request ---- */

static int read_params(struct explanation *explanation, const json_t *params,
                       struct hone_error *err)
{
    struct hone_span call = hone_json_text(params, "call_id");
    struct hone_span skill = hone_json_text(params, "skill");
    const json_t *version = json_object_get(params, "version");
    explanation->is_call = call.len > 0;
    if (explanation->is_call) {
        return hone_uuid_parse(&explanation->call_id, call) == 0
                   ? 0
                   : hone_error_set(err, HONE_E_INVALID, "call_id is no call's id");
    }
    if (skill.len == 0 || !json_is_integer(version) || json_integer_value(version) < 1 ||
        json_integer_value(version) > UINT32_MAX) {
        return hone_error_set(err, HONE_E_INVALID,
                              "params must name a call_id, or a skill and a version");
    }
    explanation->skill = hone_alloc_bytes(skill.data, skill.len);
    explanation->number = (uint32_t)json_integer_value(version);
    return 0;
}

void hone_explanation_start(struct hone_exchange *exchange)
{
    static const struct hone_inquiry_type type = {step, complete, destroy};
    struct hone_error err = {0};
    struct explanation *explanation = hone_alloc_zeroed(1, sizeof(*explanation));
    hone_arena_init(&explanation->keep, ARENA_BYTES);
    hone_arena_init(&explanation->arena, ARENA_BYTES);
    explanation->store = exchange->app->store;
    explanation->history = json_array();
    explanation->counts = json_array();
    int status = read_params(explanation, hone_jsonrpc_params(&exchange->message), &err);
    if (status != 0) {
        destroy(explanation);
        hone_inquiry_refuse(exchange, status, &err);
        return;
    }
    hone_recorder_flush(exchange->app->recorder); /* the call may be a new one */
    hone_inquiry_start_take(exchange, &type, explanation);
}
