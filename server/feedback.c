/* States of a batch, in order: parsed -> FINDING -> LOADING (skills that are not in memory)
 * -> CHECKED -> APPENDING -> WAITING -> answered. An item that fails at any of them keeps its error and is passed over by the
 * rest. */
#include "server/feedback.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/demonstration.h"
#include "server/holds.h"
#include "server/principal.h"
#include "server/recorded_input.h"
#include "server/recorder.h"
#include "server/training.h"
#include "skills/label_offers.h"

#include <math.h>
#include <stdlib.h>

#define ARENA_BYTES (64U * 1024 * 1024)
#define VALUE_BYTES 32 /* of a number's text */
#define N_FILE_KEYS 3  /* the last ones that are known are for rows of a file only */

struct item {
    struct hone_feedback_outcome outcome;
    struct hone_store_feedback record;
    struct hone_store_feedback_result result;
    struct hone_span skill_name; /* as claimed by the sender; may be empty */
    struct hone_span call_input; /* of the call, as recorded; in the batch's arena */
    struct hone_span output;     /* of a demonstration: what the reward is for */
    struct hone_span text_key;   /* of a row: names its text; may be empty */
    struct hone_skill *skill;
    struct hone_training *training;
    struct hone_snapshot *snapshot; /* that it is checked by */
    struct hone_residence_waiter load;
    bool wait, is_barred;
    struct hone_training_waiter waiter;
    struct hone_feedback_batch *batch;
};

struct hone_feedback_batch {
    struct hone_job job;
    struct hone_app *app;
    struct hone_arena arena;
    struct item *items;
    size_t n_items;
    struct hone_store_feedback *records; /* of the items that are to be stored */
    struct hone_store_feedback_result *results;
    size_t n_records;
    size_t n_waiting;
    hone_feedback_cb done;
    void *user;
};

/* ---- parse ---- */

static int fail_item(struct item *item, int code, const char *format, ...)
    HONE_PRINTF(3, 4);

static int fail_item(struct item *item, int code, const char *format, ...)
{
    char message[HONE_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    item->outcome.status = hone_error_set(&item->outcome.error, code, "%s", message);
    return code;
}

/* A string member of at most max bytes, copied; absent is empty. */
static int parse_text(struct item *item, const json_t *object, const char *key,
                      size_t max, struct hone_span *out)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL) {
        return 0;
    }
    if (!json_is_string(value)) {
        return fail_item(item, HONE_E_INVALID, "%s must be a string", key);
    }
    struct hone_span text =
        hone_span_of(json_string_value(value), json_string_length(value));
    if (text.len > max) {
        return fail_item(item, HONE_E_LIMIT, "%s has %zu bytes; at most %zu are taken",
                         key, text.len, max);
    }
    if (hone_arena_span(&item->batch->arena, text, out) != 0) {
        return fail_item(item, HONE_E_NOMEM, "out of memory");
    }
    return 0;
}

static int parse_reward(struct item *item, const json_t *object)
{
    const json_t *reward = json_object_get(object, "reward");
    if (!json_is_number(reward)) {
        return fail_item(item, HONE_E_INVALID, "reward must be a number");
    }
    item->record.reward = json_number_value(reward); /* its range is the kind's matter */
    return isfinite(item->record.reward)
               ? 0
               : fail_item(item, HONE_E_INVALID, "reward must be finite");
}

/* A number is stored as the shortest JSON text that reads back as the same one. */
static int parse_value(struct item *item, const json_t *object)
{
    const json_t *value = json_object_get(object, "value");
    double number = json_number_value(value);
    if (!json_is_number(value) || !isfinite(number)) {
        return fail_item(item, HONE_E_INVALID, "value must be a finite number");
    }
    char text[VALUE_BYTES];
    int len = 0;
    for (int digits = 15; digits <= 17; digits++) {
        len = snprintf(text, sizeof(text), "%.*g", digits, number);
        if (strtod(text, NULL) == number) {
            break;
        }
    }
    if (hone_arena_span(&item->batch->arena, hone_span_of(text, (size_t)len),
                        &item->record.value) != 0) {
        return fail_item(item, HONE_E_NOMEM, "out of memory");
    }
    return 0;
}

/* An array of ids, best first, becomes lines. */
static int parse_order(struct item *item, const json_t *object)
{
    const json_t *order = json_object_get(object, "order");
    struct hone_buf lines;
    size_t n = json_array_size(order);
    if (!json_is_array(order) || n == 0) {
        return fail_item(item, HONE_E_INVALID,
                         "order must be an array of ids, best first");
    }
    if (n > HONE_FEEDBACK_ORDER_MAX) {
        return fail_item(item, HONE_E_LIMIT, "order has %zu ids; at most %d are taken", n,
                         HONE_FEEDBACK_ORDER_MAX);
    }
    hone_buf_init(&lines, HONE_FEEDBACK_ORDER_BYTES_MAX);
    for (size_t i = 0; i < n; i++) {
        const json_t *id = json_array_get(order, i);
        struct hone_span text =
            hone_span_of(json_string_value(id), json_string_length(id));
        if (!json_is_string(id) || text.len == 0 ||
            memchr(text.data, '\n', text.len) != NULL) {
            hone_buf_finish(&lines);
            return fail_item(item, HONE_E_INVALID, "order[%zu] is not an id", i);
        }
        (void)hone_buf_append(&lines, "\n", i > 0 ? 1 : 0);
        (void)hone_buf_append_span(&lines, text);
    }
    int code = 0;
    if (lines.error != 0) {
        code = fail_item(item, HONE_E_LIMIT, "order has more than %d bytes",
                         HONE_FEEDBACK_ORDER_BYTES_MAX);
    } else if (hone_arena_span(&item->batch->arena, hone_buf_span(&lines),
                               &item->record.value) != 0) {
        code = fail_item(item, HONE_E_NOMEM, "out of memory");
    }
    hone_buf_finish(&lines);
    return code;
}

/* An array of labels, all that are right, becomes lines with a newline behind each. */
static int parse_labels(struct item *item, const json_t *object)
{
    const json_t *labels = json_object_get(object, "labels");
    struct hone_buf lines;
    size_t n = json_array_size(labels);
    int code = 0;
    if (!json_is_array(labels)) {
        return fail_item(item, HONE_E_INVALID, "labels must be an array of labels");
    }
    if (n > HONE_FEEDBACK_ORDER_MAX) {
        return fail_item(item, HONE_E_LIMIT,
                         "labels has %zu labels; at most %d are taken", n,
                         HONE_FEEDBACK_ORDER_MAX);
    }
    hone_buf_init(&lines, HONE_FEEDBACK_ORDER_BYTES_MAX);
    for (size_t i = 0; i < n && code == 0; i++) {
        const json_t *label = json_array_get(labels, i);
        struct hone_span text =
            hone_span_of(json_string_value(label), json_string_length(label));
        if (!json_is_string(label) || text.len == 0 ||
            memchr(text.data, '\n', text.len) != NULL) {
            code = fail_item(item, HONE_E_INVALID, "labels[%zu] is not a label", i);
        }
        (void)hone_buf_append_span(&lines, text);
        (void)hone_buf_append_char(&lines, '\n');
    }
    if (n == 0) {
        (void)hone_buf_append_char(&lines, '\n');
    }
    if (code == 0 && lines.error != 0) {
        code = fail_item(item, HONE_E_LIMIT, "labels has more than %d bytes",
                         HONE_FEEDBACK_ORDER_BYTES_MAX);
    } else if (code == 0 && hone_arena_span(&item->batch->arena, hone_buf_span(&lines),
                                            &item->record.value) != 0) {
        code = fail_item(item, HONE_E_NOMEM, "out of memory");
    }
    hone_buf_finish(&lines);
    return code;
}

/* Exactly one of these, or a comment alone; a reward may be about one label. */
static int parse_what(struct item *item, const json_t *object)
{
    static const struct {
        const char *key;
        enum hone_store_feedback_kind kind;
    } forms[] = {
        {"choice", HONE_STORE_FEEDBACK_CHOICE},
        {"correction", HONE_STORE_FEEDBACK_CORRECTION},
        {"label", HONE_STORE_FEEDBACK_LABEL},
        {"labels", HONE_STORE_FEEDBACK_LABEL},
        {"order", HONE_STORE_FEEDBACK_ORDER},
        {"reward", HONE_STORE_FEEDBACK_REWARD},
        {"value", HONE_STORE_FEEDBACK_VALUE},
    };
    const char *key = NULL;
    item->record.kind = HONE_STORE_FEEDBACK_COMMENT;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (json_object_get(object, forms[i].key) == NULL) {
            continue;
        }
        bool of_label = key != NULL && strcmp(key, "label") == 0 &&
                        strcmp(forms[i].key, "reward") == 0;
        if (key != NULL && !of_label) {
            return fail_item(item, HONE_E_INVALID,
                             "give only one of label, labels, value, reward, correction, "
                             "choice and order; of two, label and reward go together");
        }
        key = forms[i].key;
        item->record.kind = forms[i].kind;
    }
    if (key == NULL && item->record.comment.len == 0) {
        return fail_item(
            item, HONE_E_INVALID,
            "nothing is said of the call: give label, labels, value, reward, correction, "
            "choice, order or comment");
    }
    if (key != NULL && strcmp(key, "labels") == 0) {
        return parse_labels(item, object);
    }
    switch (item->record.kind) {
    case HONE_STORE_FEEDBACK_COMMENT:
        return 0;
    case HONE_STORE_FEEDBACK_REWARD: {
        int code = parse_text(item, object, "label", HONE_FEEDBACK_VALUE_MAX,
                              &item->record.value);
        return code != 0 ? code : parse_reward(item, object);
    }
    case HONE_STORE_FEEDBACK_ORDER:
        return parse_order(item, object);
    case HONE_STORE_FEEDBACK_VALUE:
        return parse_value(item, object);
    default:
        return parse_text(item, object, key, HONE_FEEDBACK_VALUE_MAX,
                          &item->record.value);
    }
}

static int parse_wait(struct item *item, const json_t *object)
{
    struct hone_span wait = hone_json_text(object, "wait");
    item->wait = hone_span_is(wait, "learned");
    if (json_object_get(object, "wait") != NULL && !item->wait &&
        !hone_span_is(wait, "stored")) {
        return fail_item(item, HONE_E_INVALID, "wait must be \"stored\" or \"learned\"");
    }
    return 0;
}

static int check_keys(struct item *item, const json_t *object, bool is_file)
{
    static const char *const known[] = {
        "call_id", "choice", "comment", "correction", "idempotency_key", "input",
        "label",   "labels", "order",   "output",     "reward",          "skill",
        "source",  "value",  "wait",    "barred",     "text_key",        "weight"};
    const size_t n_known = sizeof(known) / sizeof(known[0]) - (is_file ? 0 : N_FILE_KEYS);
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        size_t i = 0;
        while (i < n_known && strcmp(known[i], key) != 0) {
            i++;
        }
        if (i == n_known) {
            const char *nearest = hone_text_nearest(key, known, n_known);
            return fail_item(item, HONE_E_INVALID, "unknown key \"%.40s\"%s%s", key,
                             nearest != NULL ? "; did you mean " : "",
                             nearest != NULL ? nearest : "");
        }
    }
    return 0;
}

static int parse_call_id(struct item *item, const json_t *object)
{
    struct hone_span call_id = hone_json_text(object, "call_id");
    if (hone_uuid_parse(&item->record.call_id, call_id) != 0) {
        (void)fail_item(item, HONE_E_INVALID,
                        "call_id must be the id that the call returned");
        (void)hone_error_hint(&item->outcome.error,
                              "every result carries it, as in \"call_id\":\"0199...\"");
        return HONE_E_INVALID;
    }
    item->outcome.call_id = item->record.call_id;
    return 0;
}

/* ---- demonstrations ---- */

/* Are there arrays or objects, which do not survive being cut? */
static bool has_nested(const json_t *input)
{
    const char *key = NULL;
    const json_t *value = NULL;
    /* jansson takes a plain pointer, but only reads. */
    json_object_foreach((json_t *)(uintptr_t)input, key, value)
    {
        if (json_is_array(value) || json_is_object(value)) {
            return true;
        }
    }
    return false;
}

static int refuse_long(struct item *item)
{
    (void)fail_item(item, HONE_E_LIMIT,
                    "the input is longer than the %lld bytes that are recorded",
                    (long long)item->batch->app->config->record_input_bytes);
    (void)hone_error_hint(&item->outcome.error, "raise record_input_bytes, or give less");
    return HONE_E_LIMIT;
}

/* The input, checked as a call's would be, in the form in which calls record theirs. */
static int keep_input(struct item *item, const struct hone_skill *skill,
                      const json_t *input)
{
    const struct hone_config *config = item->batch->app->config;
    struct hone_buf text;
    bool was_cut = false;
    int code = hone_schema_check(skill->input_schema, input, NULL, &item->outcome.error);
    if (code != 0) {
        hone_error_prefix(&item->outcome.error, "input");
        item->outcome.status = code;
        return code;
    }
    hone_buf_init(&text, (size_t)config->message_bytes_max * 2);
    struct hone_span kept = hone_recorded_input_write(
        &text, input, hone_span_of(NULL, 0), hone_span_of(NULL, 0),
        (size_t)config->record_input_bytes, &was_cut);
    code = hone_arena_span(&item->batch->arena, kept, &item->call_input);
    hone_buf_finish(&text);
    if (was_cut && has_nested(input)) {
        return refuse_long(item);
    }
    return code == 0 ? 0 : fail_item(item, HONE_E_NOMEM, "out of memory");
}

/* A demonstration says by itself which skill it is for, and with a reward which answer was
 * given. */
static int parse_demonstration(struct item *item, const json_t *object)
{
    const json_t *input = json_object_get(object, "input");
    struct hone_app *app = item->batch->app;
    struct hone_skill *skill = hone_registry_find(app->registry, item->skill_name);
    item->outcome.is_demonstration = true;
    if (json_object_get(object, "call_id") != NULL) {
        return fail_item(item, HONE_E_INVALID,
                         "give either call_id or input: a call has its input");
    }
    if (skill == NULL || skill->owner_data == NULL) {
        const char *text = hone_arena_text(&item->batch->arena, item->skill_name);
        const char *nearest =
            hone_registry_nearest(app->registry, text != NULL ? text : "");
        (void)fail_item(
            item, item->skill_name.len > 0 ? HONE_E_NOT_FOUND : HONE_E_INVALID,
            item->skill_name.len > 0 ? "there is no skill %.*s"
                                     : "an input needs the name of a skill%.*s",
            (int)item->skill_name.len, item->skill_name.data);
        if (nearest != NULL) {
            (void)hone_error_hint(&item->outcome.error, "did you mean %s?", nearest);
        }
        return item->outcome.status;
    }
    item->training = skill->owner_data;
    item->record.skill_id = item->training->store_id;
    if (parse_text(item, object, "output", HONE_FEEDBACK_VALUE_MAX, &item->output) != 0) {
        return item->outcome.status;
    }
    if (item->record.kind == HONE_STORE_FEEDBACK_COMMENT ||
        (item->record.kind == HONE_STORE_FEEDBACK_REWARD && item->output.len == 0 &&
         item->record.value.len == 0)) {
        return fail_item(
            item, HONE_E_INVALID,
            "with an input goes the right answer, or a reward with the output "
            "that it is for");
    }
    return keep_input(item, skill, input);
}

/* What only rows of a file say. */
static int parse_row(struct item *item, const json_t *object)
{
    const json_t *weight = json_object_get(object, "weight");
    if (weight != NULL && !json_is_number(weight)) {
        return fail_item(item, HONE_E_INVALID, "weight must be a number");
    }
    if (weight != NULL) {
        item->record.weight = json_number_value(weight);
    }
    item->is_barred = json_is_true(json_object_get(object, "barred"));
    return parse_text(item, object, "text_key", HONE_FEEDBACK_KEY_MAX, &item->text_key);
}

/* What was checked becomes the one text that the log keeps. */
static void seal_demonstration(struct item *item)
{
    struct hone_demonstration demonstration = {
        .input = item->call_input,
        .kind = item->record.kind,
        .value = item->record.value,
        .output = item->output,
        .is_barred = item->is_barred,
    };
    struct hone_span name =
        item->text_key.len > 0 ? item->text_key : item->record.idempotency_key;
    item->record.kind = HONE_STORE_FEEDBACK_DEMONSTRATION;
    item->record.call_id = name.len > 0 ? hone_demonstration_id(item->record.skill_id,
                                                                item->record.source, name)
                                        : item->record.feedback_id;
    item->outcome.status = hone_demonstration_write(
        &item->record.value, &item->batch->arena, &demonstration, &item->outcome.error);
}

/* A key that came with the whole request, not in its JSON. */
static int check_key(struct item *item)
{
    struct hone_span key = item->record.idempotency_key;
    if (key.len > HONE_FEEDBACK_KEY_MAX || !hone_text_is_utf8(key)) {
        return fail_item(item, HONE_E_INVALID,
                         "the idempotency key must be UTF-8 of at most %d bytes",
                         HONE_FEEDBACK_KEY_MAX);
    }
    return 0;
}

/* What the feedback is about: a call, or an input of its own. */
static int parse_input(struct item *item, const json_t *object,
                       struct hone_feedback_sender sender)
{
    int code = json_object_get(object, "input") != NULL
                   ? parse_demonstration(item, object)
                   : parse_call_id(item, object);
    return code == 0 && sender.is_file ? parse_row(item, object) : code;
}

static void parse_item(struct item *item, const json_t *object,
                       struct hone_feedback_sender sender,
                       struct hone_span idempotency_key)
{
    item->record.weight = 1.0;
    item->record.source = sender.source;
    item->record.idempotency_key = idempotency_key;
    item->record.time_unix_ms = hone_clock_unix_ms();
    if (!json_is_object(object)) {
        (void)fail_item(item, HONE_E_INVALID, "a feedback must be an object");
        return;
    }
    if (check_key(item) != 0 || check_keys(item, object, sender.is_file) != 0 ||
        parse_text(item, object, "comment", HONE_FEEDBACK_COMMENT_MAX,
                   &item->record.comment) != 0 ||
        parse_text(item, object, "idempotency_key", HONE_FEEDBACK_KEY_MAX,
                   &item->record.idempotency_key) != 0 ||
        parse_text(item, object, "source", HONE_FEEDBACK_SOURCE_MAX,
                   &item->record.source) != 0 ||
        parse_text(item, object, "skill", HONE_FEEDBACK_SOURCE_MAX, &item->skill_name) !=
            0 ||
        parse_what(item, object) != 0 || parse_input(item, object, sender) != 0) {
        return;
    }
    if (item->record.source.len == 0 || sender.is_proven) {
        item->record.source = sender.source;
    }
    if (!sender.is_file && hone_span_is(item->record.source, HONE_PRINCIPAL_TRAIN)) {
        (void)fail_item(item, HONE_E_INVALID,
                        "the source " HONE_PRINCIPAL_TRAIN
                        " is for rows of files, which hone train gives");
        (void)hone_error_hint(&item->outcome.error, "name another source, or none");
        return;
    }
    (void)parse_wait(item, object);
}

enum hone_feedback_kind hone_feedback_kind_of(enum hone_store_feedback_kind kind)
{
    switch (kind) {
    case HONE_STORE_FEEDBACK_LABEL:
        return HONE_FEEDBACK_LABEL;
    case HONE_STORE_FEEDBACK_REWARD:
        return HONE_FEEDBACK_REWARD;
    case HONE_STORE_FEEDBACK_CORRECTION:
        return HONE_FEEDBACK_CORRECTION;
    case HONE_STORE_FEEDBACK_VALUE:
        return HONE_FEEDBACK_VALUE;
    case HONE_STORE_FEEDBACK_CHOICE:
        return HONE_FEEDBACK_CHOICE;
    case HONE_STORE_FEEDBACK_ORDER:
        return HONE_FEEDBACK_ORDER;
    default:
        return HONE_FEEDBACK_COMMENT;
    }
}

/* ---- answer ---- */

/* When nothing is on its way, labels that were offered and are not there never came. */
static void forget_offers(struct hone_feedback_batch *batch)
{
    for (size_t i = 0; i < batch->n_items && batch->app->n_feedback_batches == 0; i++) {
        struct hone_training *training = batch->items[i].training;
        if (training != NULL && training->offers != NULL &&
            training->trained >= training->log_end) {
            hone_label_offers_clear(training->offers);
        }
    }
}

static void answer(struct hone_feedback_batch *batch)
{
    struct hone_feedback_outcome *outcomes =
        hone_alloc_zeroed(batch->n_items, sizeof(*outcomes));
    for (size_t i = 0; i < batch->n_items; i++) {
        struct item *item = &batch->items[i];
        if (item->training != NULL && item->outcome.status == 0) {
            item->outcome.version = item->training->live_version;
            item->outcome.frozen =
                hone_holds_passed_over(item->training, item->outcome.position);
            item->outcome.learned = !item->outcome.frozen &&
                                    item->training->trained >= item->outcome.position;
            item->outcome.withheld =
                item->outcome.learned && item->training->served < item->outcome.position;
            item->outcome.pinned = hone_holds_pinned(item->training);
        }
        outcomes[i] = item->outcome;
    }
    batch->app->n_feedback_batches -= 1;
    forget_offers(batch);
    batch->done(batch->user, outcomes, batch->n_items);
    free(outcomes);
    hone_arena_finish(&batch->arena);
    free(batch->items);
    free(batch->records);
    free(batch->results);
    free(batch);
}

static void on_learned(struct hone_training_waiter *waiter, int status)
{
    struct item *item = HONE_LIST_OWNER(waiter, struct item, waiter);
    (void)status; /* the item is stored in any case; `learned` tells the rest */
    item->batch->n_waiting -= 1;
    if (item->batch->n_waiting == 0) {
        answer(item->batch);
    }
}

static void wait_for_learning(struct hone_feedback_batch *batch)
{
    batch->n_waiting = 1; /* our own, so that the batch lives through this function */
    for (size_t i = 0; i < batch->n_items; i++) {
        struct item *item = &batch->items[i];
        if (item->outcome.status == 0 && item->wait) {
            item->waiter.position = item->outcome.position;
            item->waiter.done = on_learned;
            batch->n_waiting += 1;
            hone_training_wait(item->training, &item->waiter);
        }
    }
    batch->n_waiting -= 1;
    if (batch->n_waiting == 0) {
        answer(batch);
    }
}

/* ---- append ---- */

static void run_append(struct hone_job *job)
{
    struct hone_feedback_batch *batch =
        HONE_LIST_OWNER(job, struct hone_feedback_batch, job);
    job->status = hone_store_append_feedback(
        batch->app->store, batch->records, batch->n_records, batch->results, &job->error);
}

/* The call was found a moment ago: its record could not be committed, and is tried again. */
static void fail_unstored(struct item *item)
{
    struct hone_error why;
    int code = hone_recorder_why_unsaved(item->training->app->recorder, &why);
    if (code == HONE_E_FULL || code == HONE_E_READ_ONLY) {
        (void)fail_item(item, code, "the call is not stored yet: %s", why.message);
        (void)hone_error_hint(&item->outcome.error, "%s", why.hint);
        return;
    }
    (void)fail_item(item, HONE_E_AGAIN, "the call is not stored yet");
    (void)hone_error_hint(&item->outcome.error, "send the same feedback again");
}

static void take_result(struct item *item)
{
    struct hone_training *training = item->training;
    switch (item->result.status) {
    case HONE_STORE_FEEDBACK_STORED:
        training->n_feedback += 1;
        hone_training_notify(training, item->result.position);
        break;
    case HONE_STORE_FEEDBACK_DUPLICATE:
        item->outcome.duplicate = true;
        hone_training_notify(training, item->result.position);
        break;
    case HONE_STORE_FEEDBACK_CONFLICT:
        (void)fail_item(
            item, HONE_E_EXISTS,
            "this idempotency key was used for another feedback on this call");
        (void)hone_error_hint(&item->outcome.error, "use a new key for a new feedback");
        return;
    default:
        fail_unstored(item);
        return;
    }
    item->outcome.feedback_id = item->result.feedback_id;
    item->outcome.position = item->result.position;
}

static void done_append(struct hone_job *job)
{
    struct hone_feedback_batch *batch =
        HONE_LIST_OWNER(job, struct hone_feedback_batch, job);
    size_t n = 0;
    for (size_t i = 0; i < batch->n_items; i++) {
        struct item *item = &batch->items[i];
        if (item->outcome.status != 0) {
            continue;
        }
        if (job->status != 0) {
            item->outcome.status = job->status;
            item->outcome.error = job->error;
        } else {
            item->result = batch->results[n];
            take_result(item);
        }
        n += 1;
    }
    wait_for_learning(batch);
}

static void fail_rest(struct hone_feedback_batch *batch, int code, const char *message)
{
    for (size_t i = 0; i < batch->n_items; i++) {
        if (batch->items[i].outcome.status == 0) {
            (void)fail_item(&batch->items[i], code, "%s", message);
        }
    }
    answer(batch);
}

static void submit(struct hone_feedback_batch *batch)
{
    if (hone_worker_submit(batch->app->worker, HONE_LANE_STORE, HONE_PRIORITY_NORMAL,
                           &batch->job) != 0) {
        fail_rest(batch, HONE_E_AGAIN,
                  "too much is waiting to be stored; try again in a moment");
    }
}

static void start_append(struct hone_feedback_batch *batch)
{
    batch->records = hone_alloc_zeroed(batch->n_items, sizeof(*batch->records));
    batch->results = hone_alloc_zeroed(batch->n_items, sizeof(*batch->results));
    for (size_t i = 0; i < batch->n_items; i++) {
        if (batch->items[i].outcome.status == 0) {
            batch->records[batch->n_records++] = batch->items[i].record;
        }
    }
    if (batch->n_records == 0) {
        answer(batch);
        return;
    }
    batch->job.run = run_append;
    batch->job.done = done_append;
    batch->job.writes = true;
    submit(batch);
}

/* ---- find and check ---- */

static void run_find(struct hone_job *job)
{
    struct hone_feedback_batch *batch =
        HONE_LIST_OWNER(job, struct hone_feedback_batch, job);
    for (size_t i = 0; i < batch->n_items; i++) {
        struct item *item = &batch->items[i];
        struct hone_call_record call;
        if (item->outcome.status != 0 || item->outcome.is_demonstration) {
            continue;
        }
        item->outcome.status =
            hone_store_find_call(batch->app->store, item->record.call_id, &call,
                                 &batch->arena, &item->outcome.error);
        if (item->outcome.status == 0) {
            item->record.skill_id = call.skill_id;
            item->call_input = call.input;
        }
    }
}

static struct hone_skill *skill_by_store_id(struct hone_app *app, int64_t store_id)
{
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        struct hone_skill *skill = hone_registry_at(app->registry, i);
        const struct hone_training *training = skill->owner_data;
        if (training != NULL && training->store_id == store_id) {
            return skill;
        }
    }
    return NULL;
}

static void check_kind(struct item *item)
{
    const struct hone_skill *skill = item->skill;
    const struct hone_kind *kind = skill->package->kind;
    if (!kind->learns) {
        if (item->record.kind != HONE_STORE_FEEDBACK_COMMENT) {
            (void)fail_item(item, HONE_E_INVALID,
                            "%s does not learn from feedback; a comment is kept",
                            skill->package->name);
        }
        return;
    }
    if (item->training->offers == NULL) {
        item->training->offers = hone_label_offers_create();
    }
    struct hone_feedback feedback = {
        .kind = hone_feedback_kind_of(item->record.kind),
        .value = item->record.value,
        .comment = item->record.comment,
        .reward = item->record.reward,
        .weight = item->record.weight,
        .call_input = item->call_input,
        .offers = item->training->offers,
    };
    item->outcome.status = kind->check_feedback(skill->package, item->snapshot->view,
                                                &feedback, &item->outcome.error);
}

static void check_item(struct hone_app *app, struct item *item)
{
    const struct hone_skill *skill = item->skill;
    item->outcome.skill = skill->package->name;
    if (item->skill_name.len > 0 &&
        !hone_span_is(item->skill_name, skill->package->name)) {
        (void)fail_item(
            item, HONE_E_INVALID, "the call was answered by the skill %s, not by %.*s",
            skill->package->name, (int)item->skill_name.len, item->skill_name.data);
        return;
    }
    check_kind(item);
    item->record.feedback_id = hone_uuid_next(&app->uuids, item->record.time_unix_ms);
    if (item->outcome.is_demonstration && item->outcome.status == 0) {
        seal_demonstration(item);
    }
}

static void explain_unknown(const struct hone_app *app, struct item *item)
{
    struct hone_error why;
    int code = hone_recorder_why_unsaved(app->recorder, &why);
    if (code == HONE_E_FULL || code == HONE_E_READ_ONLY) {
        (void)fail_item(item, code, "calls are waiting for the store: %s", why.message);
        (void)hone_error_hint(&item->outcome.error, "%s", why.hint);
        return;
    }
    if (code != 0) {
        (void)fail_item(item, HONE_E_AGAIN,
                        "calls are waiting for the store, perhaps this one");
        (void)hone_error_hint(&item->outcome.error,
                              "send the same feedback again in a moment");
        return;
    }
    (void)fail_item(item, HONE_E_NOT_FOUND, "the call is unknown or no longer kept");
    (void)hone_error_hint(&item->outcome.error,
                          "use the call_id of the result that you judge");
}

static void check(struct hone_feedback_batch *batch)
{
    for (size_t i = 0; i < batch->n_items; i++) {
        struct item *item = &batch->items[i];
        if (item->outcome.status == 0) {
            check_item(batch->app, item);
        }
        hone_snapshot_unref(item->snapshot);
    }
    start_append(batch);
}

static void end_loading(struct hone_feedback_batch *batch)
{
    batch->n_waiting -= 1;
    if (batch->n_waiting == 0) {
        check(batch);
    }
}

static void on_loaded(struct hone_residence_waiter *waiter, int status,
                      const struct hone_error *err)
{
    struct item *item = HONE_LIST_OWNER(waiter, struct item, load);
    if (status == 0) {
        item->snapshot = hone_snapshot_ref(item->skill->snapshot);
    } else {
        item->outcome.status = status;
        item->outcome.error = *err;
    }
    end_loading(item->batch);
}

static void load_skill(struct item *item)
{
    struct hone_app *app = item->batch->app;
    item->skill = skill_by_store_id(app, item->record.skill_id);
    if (item->skill == NULL) {
        (void)fail_item(item, HONE_E_NOT_FOUND,
                        "the skill of this call is not served any more");
        return;
    }
    item->training = item->skill->owner_data;
    if (hone_residence_use(item->training)) {
        item->snapshot = hone_snapshot_ref(item->skill->snapshot);
        return;
    }
    item->load.done = on_loaded;
    item->batch->n_waiting += 1;
    hone_residence_wait(item->training, &item->load);
}

static void done_find(struct hone_job *job)
{
    struct hone_feedback_batch *batch =
        HONE_LIST_OWNER(job, struct hone_feedback_batch, job);
    if (job->status != 0) {
        fail_rest(batch, job->status, "the server is stopping");
        return;
    }
    batch->n_waiting = 1; /* our own, so that the batch lives through this function */
    for (size_t i = 0; i < batch->n_items; i++) {
        struct item *item = &batch->items[i];
        if (item->outcome.status == 0) {
            load_skill(item);
        } else if (item->outcome.status == HONE_E_NOT_FOUND &&
                   !item->outcome.is_demonstration) {
            explain_unknown(batch->app, item);
        }
    }
    end_loading(batch);
}

void hone_feedback_submit(struct hone_app *app, const json_t *const *items,
                          size_t n_items, struct hone_feedback_sender sender,
                          struct hone_span idempotency_key, hone_feedback_cb done,
                          void *user)
{
    struct hone_feedback_batch *batch = hone_alloc_zeroed(1, sizeof(*batch));
    struct hone_span kept_key = {0};
    bool any = false;
    batch->app = app;
    app->n_feedback_batches += 1;
    batch->done = done;
    batch->user = user;
    batch->n_items = n_items;
    batch->items = hone_alloc_zeroed(n_items > 0 ? n_items : 1, sizeof(*batch->items));
    hone_arena_init(&batch->arena, ARENA_BYTES);
    HONE_INVARIANT(hone_arena_span(&batch->arena, sender.source, &sender.source) == 0);
    HONE_INVARIANT(hone_arena_span(&batch->arena, idempotency_key, &kept_key) == 0);
    for (size_t i = 0; i < n_items; i++) {
        batch->items[i].batch = batch;
        parse_item(&batch->items[i], items[i], sender, kept_key);
        any = any || batch->items[i].outcome.status == 0;
    }
    if (!any) {
        answer(batch);
        return;
    }
    hone_recorder_flush(app->recorder);
    batch->job = (struct hone_job){
        .run = run_find, .done = done_find, .size_bytes = batch->arena.total_bytes};
    submit(batch);
}
