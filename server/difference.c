/* rows of both versions (STORE) -> load A, load B (CALL) -> count labels in ranges of the
 * log (STORE) -> read a block of calls (STORE) -> answer it in slices (CALL) -> read on ...
 * -> read demonstrations of the log (STORE) -> answer them (CALL) -> read on ... -> compare the states (CALL) -> answer. */
#include "server/difference.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/calls.h"
#include "server/demonstration.h"
#include "server/difference_tally.h"
#include "server/feedback.h"
#include "server/inquiry.h"
#include "server/recorder.h"
#include "server/status.h"
#include "server/training.h"

#include <stdlib.h>
#include <string.h>

#define A HONE_DIFFERENCE_A
#define B HONE_DIFFERENCE_B
#define N HONE_DIFFERENCE_N

#define CALLS_DEFAULT 1000
#define FLIPS_DEFAULT 20
#define INPUTS_MAX    1000 /* by which features are named */
#define FEEDBACK_MAX  50   /* on one call that are looked at */
#define LABELS_MAX    4096
#define RANGE         4096 /* positions that are counted in one step */
#define PAGE_EVENTS   64
#define SLICE_US      20000U
#define ARENA_BYTES   (64U * 1024 * 1024)

enum phase {
    PHASE_ROWS,
    PHASE_LOAD,
    PHASE_COUNT,
    PHASE_READ,
    PHASE_ANSWER,
    PHASE_READ_LOG,
    PHASE_DEMONSTRATE,
    PHASE_COMPARE,
};

/* One of the two. */
struct side {
    uint32_t number;
    struct hone_digest tensors;
    uint64_t position;
    json_t *row;
    struct hone_trainer *trainer;
    struct hone_snapshot *snapshot;
};

struct difference {
    struct hone_app *app;
    struct hone_store *store;
    int64_t skill_id;
    const struct hone_package *package;
    enum phase phase;
    struct side sides[N];
    size_t n_loaded;
    void *scratch;
    struct hone_arena arena; /* a block of calls and their feedback */
    struct hone_arena call_arena;
    uint64_t after, through, counted; /* of the log */
    int64_t block;
    struct hone_call_record *calls;
    struct hone_store_event *rights; /* parallel: position 0 when nothing is known */
    size_t n_calls, at, n_left;
    uint64_t demonstrated; /* of the log: gone through */
    struct hone_store_event *events;
    size_t n_events;
    json_t *inputs;
    struct hone_difference_tally *tally;
};

/* ---- the versions ---- */

static int read_side(struct difference *difference, struct side *side,
                     struct hone_error *err)
{
    static const struct hone_digest none;
    const char *name = difference->package->name;
    struct hone_store_version version;
    int status = hone_store_read_version(difference->store, difference->skill_id,
                                         side->number, &difference->arena, &version, err);
    if (status == 0 && hone_digest_equal(version.tensors, none)) {
        status = hone_error_set(err, HONE_E_NOT_FOUND,
                                "the tensors of version %u are not kept",
                                (unsigned)side->number);
        (void)hone_error_hint(err,
                              "`hone versions %s` shows those that are: the newest "
                              "keep_versions of those that have passed the gate",
                              name);
        return status;
    }
    if (status == HONE_E_NOT_FOUND) {
        (void)hone_error_hint(err, "`hone versions %s` lists them", name);
    }
    if (status == 0) {
        side->tensors = version.tensors;
        side->position = version.position;
        side->row = hone_status_version_json(&version);
    }
    return status;
}

static int step_rows(struct difference *difference, struct hone_error *err)
{
    int status = read_side(difference, &difference->sides[A], err);
    if (status == 0) {
        status = read_side(difference, &difference->sides[B], err);
    }
    uint64_t a = difference->sides[A].position;
    uint64_t b = difference->sides[B].position;
    difference->after = difference->counted = a < b ? a : b;
    difference->through = a < b ? b : a;
    difference->demonstrated = difference->after;
    if (difference->through - difference->after > HONE_DIFFERENCE_EVENTS_MAX) {
        difference->demonstrated = difference->through - HONE_DIFFERENCE_EVENTS_MAX;
    }
    difference->phase = PHASE_LOAD;
    return status;
}

/* Where what is right is one of the answers, and not near one. */
static bool has_classes(const struct difference *difference)
{
    const struct hone_kind *kind = difference->package->kind;
    return kind->compare != NULL || kind->is_right == NULL;
}

/* An order, or a set of labels, is several. */
static bool is_line(struct hone_span value)
{
    return value.len > 0 && memchr(value.data, '\n', value.len) == NULL;
}

static int step_load(struct difference *difference, struct hone_error *err)
{
    struct side *side = &difference->sides[difference->n_loaded];
    char *path = hone_store_blob_path(difference->store, side->tensors);
    int status = hone_store_verify_blob(difference->store, side->tensors, err);
    if (status == 0) {
        status = hone_trainer_load(&side->trainer, difference->package, side->number,
                                   side->position, path, NULL, err);
    }
    if (status == 0) {
        side->snapshot = hone_trainer_snapshot(side->trainer);
        difference->n_loaded += 1;
        difference->phase = difference->n_loaded < N ? PHASE_LOAD : PHASE_COUNT;
    }
    free(path);
    return status;
}

static int step_count(struct difference *difference, struct hone_error *err)
{
    struct hone_store_value_count *counts = NULL;
    size_t n_counts = 0;
    uint64_t left = difference->through - difference->counted;
    uint64_t through = difference->counted + (left < RANGE ? left : RANGE);
    int status = hone_store_count_values(difference->store, difference->skill_id,
                                         difference->counted, through, LABELS_MAX,
                                         &difference->arena, &counts, &n_counts, err);
    for (size_t i = 0; status == 0 && has_classes(difference) && i < n_counts; i++) {
        if (is_line(counts[i].value)) {
            hone_difference_tally_add_examples(difference->tally, counts[i].value,
                                               counts[i].n);
        }
    }
    hone_arena_reset(&difference->arena);
    difference->counted = through;
    difference->phase = through < difference->through ? PHASE_COUNT : PHASE_READ;
    return status;
}

/* ---- recorded calls ---- */

static bool names_answer(enum hone_store_feedback_kind kind)
{
    return kind != HONE_STORE_FEEDBACK_COMMENT && kind != HONE_STORE_FEEDBACK_REWARD &&
           kind != HONE_STORE_FEEDBACK_DEMONSTRATION;
}

/* The newest feedback on a call that says what was right. */
static int read_right(struct difference *difference, size_t index, struct hone_error *err)
{
    struct hone_store_event *events = NULL;
    size_t n = 0;
    int status =
        hone_store_list_feedback(difference->store, difference->calls[index].call_id,
                                 FEEDBACK_MAX, &difference->arena, &events, &n, err);
    for (size_t i = 0; status == 0 && i < n; i++) {
        if (names_answer(events[i].feedback.kind)) {
            difference->rights[index] = events[i];
        }
    }
    return status;
}

static int step_read(struct difference *difference, struct hone_error *err)
{
    hone_arena_reset(&difference->arena);
    int status = hone_store_read_calls(difference->store, difference->skill_id,
                                       &difference->block, &difference->arena,
                                       &difference->calls, &difference->n_calls, err);
    if (status == 0) {
        difference->rights = hone_arena_alloc(&difference->arena, difference->n_calls + 1,
                                              sizeof(difference->rights[0]));
        status = difference->rights != NULL
                     ? 0
                     : hone_error_set(err, HONE_E_LIMIT, "no room for a block of calls");
    }
    for (size_t i = 0; status == 0 && i < difference->n_calls; i++) {
        status = read_right(difference, i, err);
    }
    difference->at = 0;
    bool is_end = status == 0 && difference->block == 0;
    difference->phase = is_end ? PHASE_READ_LOG : PHASE_ANSWER;
    return status;
}

/* 0, or the kind's refusal: the call is passed over. */
static int answer_call(struct difference *difference, const struct side *side,
                       struct hone_uuid call_id, const json_t *arguments,
                       struct hone_difference_answer *out, struct hone_error *err)
{
    const struct hone_package *package = difference->package;
    struct hone_call_input input = {.value = arguments};
    struct hone_answer answer = {.draw = hone_calls_draw(call_id)};
    int status = package->kind->answer(package, side->snapshot->view, difference->scratch,
                                       &input, &difference->call_arena, &answer, err);
    if (status == 0) {
        out->output = answer.output;
        out->confidence = (double)answer.confidence;
    }
    return status;
}

/* told: what was asked, and what feedback says of it when the call is labelled. Fills the
 * answers of *call. */
static void compare_answers(struct difference *difference, const struct hone_event *told,
                            struct hone_difference_call *call)
{
    struct hone_error ignored;
    bool is_answered = true;
    for (int v = A; v <= B && is_answered; v++) {
        struct hone_difference_answer *answer = &call->answers[v];
        struct hone_event event = *told;
        /* A record may be older than the package's fields. */
        is_answered = answer_call(difference, &difference->sides[v], call->call_id,
                                  told->input, answer, &ignored) == 0;
        event.output = answer->output;
        answer->is_right = is_answered && call->is_labelled &&
                           hone_kind_is_right(difference->package, &event);
    }
    if (is_answered) {
        call->right = told->feedback.value;
        call->names_class = has_classes(difference) && is_line(told->feedback.value);
        hone_difference_tally_add(difference->tally, call);
        difference->n_left -= 1;
    }
    if (json_array_size(difference->inputs) < INPUTS_MAX) {
        (void)json_array_append(difference->inputs, (json_t *)(uintptr_t)told->input);
    }
    hone_arena_reset(&difference->call_arena);
}

static void take_call(struct difference *difference, size_t index)
{
    const struct hone_call_record *record = &difference->calls[index];
    const struct hone_store_event *right = &difference->rights[index];
    struct hone_error ignored;
    json_t *arguments = NULL;
    struct hone_difference_call call = {.call_id = record->call_id,
                                        .input = record->input,
                                        .is_labelled = right->position > 0};
    if (hone_json_parse(&arguments, record->input, &ignored) != 0) {
        return;
    }
    struct hone_event told = {
        .position = right->position, .kind = HONE_EVENT_FEEDBACK, .input = arguments};
    if (call.is_labelled) {
        told.feedback.kind = hone_feedback_kind_of(right->feedback.kind);
        told.feedback.value = right->feedback.value;
        told.feedback.weight = right->feedback.weight;
    }
    if (json_is_object(arguments)) {
        compare_answers(difference, &told, &call);
    }
    json_decref(arguments);
}

static int step_answer(struct difference *difference, struct hone_error *err)
{
    uint64_t began_us = hone_clock_monotonic_us();
    (void)err; /* calls that cannot be answered are passed over */
    while (difference->at < difference->n_calls && difference->n_left > 0 &&
           hone_clock_monotonic_us() - began_us < SLICE_US) {
        take_call(difference, difference->at++);
    }
    if (difference->n_left == 0) {
        difference->phase = PHASE_READ_LOG;
    } else if (difference->at == difference->n_calls) {
        difference->phase = PHASE_READ;
    }
    return 0;
}

/* ---- demonstrations between the versions ---- */

static int step_read_log(struct difference *difference, struct hone_error *err)
{
    hone_arena_reset(&difference->arena);
    int status = hone_store_read_log(
        difference->store, difference->skill_id, difference->demonstrated, PAGE_EVENTS,
        &difference->arena, &difference->events, &difference->n_events, err);
    bool is_end =
        difference->n_events == 0 || difference->demonstrated >= difference->through;
    difference->phase = status == 0 && is_end ? PHASE_COMPARE : PHASE_DEMONSTRATE;
    return status;
}

static void take_demonstration(struct difference *difference,
                               const struct hone_store_event *stored)
{
    struct hone_error ignored;
    json_t *parsed = NULL;
    struct hone_event told = {.position = stored->position,
                              .kind = HONE_EVENT_FEEDBACK,
                              .feedback = {.weight = stored->feedback.weight}};
    if (stored->kind != HONE_STORE_EVENT_FEEDBACK ||
        stored->feedback.kind != HONE_STORE_FEEDBACK_DEMONSTRATION ||
        hone_demonstration_read(&told, &parsed, stored->feedback.value, &ignored) != 0) {
        return;
    }
    bool says_right = told.feedback.kind != HONE_FEEDBACK_REWARD &&
                      told.feedback.kind != HONE_FEEDBACK_COMMENT;
    if (says_right && has_classes(difference) && is_line(told.feedback.value)) {
        hone_difference_tally_add_examples(difference->tally, told.feedback.value, 1);
    }
    if (difference->n_left > 0) {
        char *input = json_dumps(told.input, JSON_COMPACT);
        struct hone_difference_call call = {.call_id = stored->feedback.call_id,
                                            .input = hone_span_text(input),
                                            .is_labelled = says_right};
        compare_answers(difference, &told, &call);
        free(input);
    }
    json_decref(parsed);
}

static int step_demonstrate(struct difference *difference, struct hone_error *err)
{
    (void)err; /* as with calls */
    for (size_t i = 0; i < difference->n_events; i++) {
        difference->demonstrated = difference->events[i].position;
        if (difference->demonstrated <= difference->through) {
            take_demonstration(difference, &difference->events[i]);
        }
    }
    difference->phase = PHASE_READ_LOG;
    return 0;
}

/* ---- the answer ---- */

static json_t *make_answer(struct difference *difference)
{
    const struct hone_package *package = difference->package;
    json_t *states = NULL;
    if (package->kind->compare != NULL) {
        states = package->kind->compare(package, difference->sides[A].snapshot->view,
                                        difference->sides[B].snapshot->view,
                                        difference->inputs);
    }
    json_t *out = json_pack(
        "{s:s,s:s,s:O,s:O,s:I,s:I}", "skill", package->name, "kind", package->kind->name,
        "a", difference->sides[A].row, "b", difference->sides[B].row, "after",
        (json_int_t)difference->after, "through", (json_int_t)difference->through);
    static const char *const keys[] = {"added", "removed"};
    for (size_t i = 0; i < 2; i++) {
        json_t *labels = json_object_get(states, keys[i]);
        (void)json_object_set_new(out, keys[i],
                                  labels != NULL ? json_incref(labels) : json_array());
    }
    hone_difference_tally_report(difference->tally, json_object_get(states, "features"),
                                 out);
    json_decref(states);
    return out;
}

static void unload(struct difference *difference)
{
    for (int v = A; v <= B; v++) {
        struct side *side = &difference->sides[v];
        hone_snapshot_unref(side->snapshot);
        hone_trainer_destroy(side->trainer);
        side->snapshot = NULL;
        side->trainer = NULL;
    }
}

static int step(void *self, enum hone_lane *lane, json_t **answer, struct hone_error *err)
{
    static int (*const steps[])(struct difference *, struct hone_error *) = {
        step_rows,   step_load,     step_count,      step_read,
        step_answer, step_read_log, step_demonstrate};
    struct difference *difference = self;
    if (difference->phase == PHASE_COMPARE) {
        *answer = make_answer(difference);
        unload(difference); /* here, where it may take a while */
        return 0;
    }
    int status = steps[difference->phase](difference, err);
    bool reads = difference->phase == PHASE_COUNT || difference->phase == PHASE_READ ||
                 difference->phase == PHASE_READ_LOG;
    *lane = reads ? HONE_LANE_STORE : HONE_LANE_CALL;
    return status == 0 ? 1 : status;
}

static void destroy(void *self)
{
    struct difference *difference = self;
    unload(difference);
    json_decref(difference->sides[A].row);
    json_decref(difference->sides[B].row);
    if (difference->scratch != NULL) {
        difference->package->kind->destroy_scratch(difference->scratch);
    }
    difference->app->difference_running = false;
    hone_arena_finish(&difference->arena);
    hone_arena_finish(&difference->call_arena);
    hone_difference_tally_destroy(difference->tally);
    json_decref(difference->inputs);
    free(difference);
}

/* ---- the request ---- */

/* A whole number from 1 to max; *out stays when it is not given. */
static int read_number(uint32_t *out, const json_t *params, const char *name,
                       uint32_t max, struct hone_error *err)
{
    const json_t *value = json_object_get(params, name);
    json_int_t number = json_integer_value(value);
    if (value == NULL) {
        return *out > 0
                   ? 0
                   : hone_error_set(err, HONE_E_INVALID, "params must name %s", name);
    }
    if (!json_is_integer(value) || number < 1 || number > (json_int_t)max) {
        return hone_error_set(err, HONE_E_INVALID,
                              "%s must be a whole number from 1 to %u", name,
                              (unsigned)max);
    }
    *out = (uint32_t)number;
    return 0;
}

static int check(const struct hone_app *app, const struct hone_package *package,
                 struct hone_error *err)
{
    if (!package->kind->learns) {
        return hone_error_set(err, HONE_E_INVALID, "%s does not learn", package->name);
    }
    return app->difference_running
               ? hone_error_set(err, HONE_E_BUSY,
                                "two versions are being compared already")
               : 0;
}

void hone_difference_start(struct hone_exchange *exchange, struct hone_skill *skill)
{
    static const struct hone_inquiry_type type = {step, NULL, destroy};
    const json_t *params = hone_jsonrpc_params(&exchange->message);
    const struct hone_training *training = skill->owner_data;
    struct hone_error err = {0};
    uint32_t numbers[N] = {0};
    uint32_t n_calls = CALLS_DEFAULT;
    uint32_t n_flips = FLIPS_DEFAULT;
    int status = read_number(&numbers[A], params, "a", UINT32_MAX, &err);
    if (status == 0) {
        status = read_number(&numbers[B], params, "b", UINT32_MAX, &err);
    }
    if (status == 0) {
        status = read_number(&n_calls, params, "calls", HONE_DIFFERENCE_CALLS_MAX, &err);
    }
    if (status == 0) {
        status = read_number(&n_flips, params, "limit", HONE_DIFFERENCE_FLIPS_MAX, &err);
    }
    if (status == 0) {
        status = check(exchange->app, skill->package, &err);
    }
    if (status != 0) {
        hone_inquiry_refuse(exchange, status, &err);
        return;
    }
    struct difference *difference = hone_alloc_zeroed(1, sizeof(*difference));
    difference->app = exchange->app;
    difference->store = exchange->app->store;
    difference->skill_id = training->store_id;
    difference->package = skill->package;
    difference->sides[A].number = numbers[A];
    difference->sides[B].number = numbers[B];
    difference->n_left = n_calls;
    difference->scratch = skill->package->kind->make_scratch();
    difference->inputs = json_array();
    difference->tally = hone_difference_tally_create(n_flips);
    hone_arena_init(&difference->arena, ARENA_BYTES);
    hone_arena_init(&difference->call_arena, ARENA_BYTES);
    exchange->app->difference_running = true;
    hone_recorder_flush(exchange->app->recorder); /* the newest calls */
    hone_inquiry_start_take(exchange, &type, difference);
}
