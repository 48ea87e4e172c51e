#include "server/status.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/holds.h"
#include "server/recorder.h"
#include "server/retention.h"
#include "server/training.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? json_real((double)part / (double)whole) : json_null();
}

static const char *state_name(const struct hone_training *training)
{
    if (training->failure.code != 0 || training->residence.failure.code != 0) {
        return "error";
    }
    return training->trained < training->log_end ? "learning" : "ok";
}

static json_t *evidence_json(const struct hone_skill *skill,
                             const struct hone_training *training)
{
    const struct hone_gate_evidence *evidence = &training->evidence;
    double n = (double)evidence->n_pairs;
    return json_pack("{s:I,s:i,s:o,s:f,s:f}", "pairs", (json_int_t)evidence->n_pairs,
                     "needed", (int)skill->package->gate_min_pairs, "mean_gain",
                     n > 0 ? json_real(evidence->sum_gain / n) : json_null(), "change",
                     training->change, "max_change", skill->package->gate_max_change);
}

static json_t *drift_json(const struct hone_trainer_progress *progress)
{
    return json_pack(
        "{s:I,s:o}", "alarms", (json_int_t)progress->n_drifts, "last_position",
        progress->n_drifts > 0 ? json_integer((json_int_t)progress->drifted_at)
                               : json_null());
}

static json_t *skill_json(const struct hone_skill *skill)
{
    const struct hone_training *training = skill->owner_data;
    const struct hone_trainer_progress *progress = &training->progress;
    json_t *out = json_pack(
        "{s:s,s:s,s:b,s:i,s:I,s:I,s:I,s:I,s:s}", "name", skill->package->name, "kind",
        skill->package->kind->name, "learns", (int)skill->package->kind->learns,
        "live_version", (int)training->live_version, "learned_through",
        (json_int_t)training->trained, "log_end", (json_int_t)training->log_end, "calls",
        (json_int_t)training->n_calls, "feedback", (json_int_t)training->n_feedback,
        "state", state_name(training));
    (void)json_object_set_new(
        out, "residence",
        json_string(hone_residence_state_name(training->residence.state)));
    if (skill->package->kind->learns) {
        (void)json_object_set_new(out, "labelled",
                                  json_integer((json_int_t)progress->n_labelled));
        (void)json_object_set_new(out, "accuracy",
                                  ratio(progress->n_right, progress->n_labelled));
        (void)json_object_set_new(out, "recent",
                                  json_integer((json_int_t)progress->n_recent));
        (void)json_object_set_new(out, "recent_accuracy",
                                  ratio(progress->n_recent_right, progress->n_recent));
        (void)json_object_set_new(out, "withdrawn",
                                  json_integer((json_int_t)progress->n_withdrawn));
        (void)json_object_set_new(out, "drift", drift_json(progress));
        if (training->measured != NULL) {
            (void)json_object_update(out, training->measured);
        }
        (void)json_object_set_new(out, "evidence", evidence_json(skill, training));
        (void)json_object_set_new(
            out, "publish", json_string(skill->package->is_gated ? "gated" : "eager"));
        (void)json_object_set_new(out, "served_through",
                                  json_integer((json_int_t)training->served));
        (void)json_object_set_new(out, "hold", hone_holds_json(training));
        (void)json_object_set_new(out, "tensors_bytes",
                                  json_integer((json_int_t)training->tensors_bytes));
        (void)json_object_set_new(
            out, "memory_bytes",
            json_integer((json_int_t)training->residence.memory_bytes));
    }
    if (skill->package->kind->describe != NULL && skill->snapshot != NULL) {
        (void)json_object_set_new(
            out, "details",
            skill->package->kind->describe(skill->package, skill->snapshot->view));
    }
    if (training->failure.code != 0) {
        (void)json_object_set_new(out, "error", json_string(training->failure.message));
    } else if (training->residence.failure.code != 0) {
        const struct hone_error *failure = &training->residence.failure;
        (void)json_object_set_new(out, "error", json_string(failure->message));
        (void)json_object_set_new(out, "fix", json_string(failure->hint));
    }
    return out;
}

static json_t *residence_json(const struct hone_app *app)
{
    struct hone_residence_counts counts;
    hone_residence_count(app->residents, &counts);
    return json_pack("{s:I,s:I,s:I,s:I,s:I}", "loaded", (json_int_t)counts.n_loaded,
                     "cold", (json_int_t)counts.n_cold, "memory_bytes",
                     (json_int_t)counts.memory_bytes, "loads", (json_int_t)counts.n_loads,
                     "unloads", (json_int_t)counts.n_unloads);
}

/* A folder's name may be anything; what is not UTF-8 in it becomes '?'. */
static json_t *failure_json(const struct hone_registry_failure *failure)
{
    char *folder = hone_alloc_text(failure->folder);
    hone_text_make_plain(folder, strlen(folder));
    json_t *out =
        json_pack("{s:s,s:s}", "folder", folder, "message", failure->error.message);
    free(folder);
    return out;
}

json_t *hone_status_json(struct hone_app *app, const struct hone_skill *only)
{
    json_t *skills = json_array();
    json_t *failures = json_array();
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        const struct hone_skill *skill = hone_registry_at(app->registry, i);
        if ((only == NULL || only == skill) && skill->owner_data != NULL) {
            (void)json_array_append_new(skills, skill_json(skill));
        }
    }
    for (size_t i = 0; i < hone_registry_n_failures(app->registry); i++) {
        (void)json_array_append_new(
            failures, failure_json(hone_registry_failure(app->registry, i)));
    }
    return json_pack("{s:s,s:i,s:I,s:s,s:s?,s:I,s:o,s:o,s:o,s:o}", "version",
                     HONE_VERSION, "pid", (int)getpid(), "uptime_ms",
                     (json_int_t)(hone_loop_now_ms(&app->loop) - app->started_ms), "data",
                     app->config->data, "http", app->http_url, "calls_dropped",
                     (json_int_t)hone_recorder_n_dropped(app->recorder), "residence",
                     residence_json(app), "store", hone_retention_status(app->retention),
                     "skills", skills, "failures", failures);
}

/* An apprentice's comparison with the answers that its caller had it give. */
static void gain_text(const json_t *gain, struct hone_buf *out)
{
    if (gain == NULL) {
        return;
    }
    bool is_better = json_is_true(json_object_get(gain, "is_better"));
    (void)hone_buf_append_format(
        out, "; apprentice: %s, gain %.4g [%.4g, %.4g] on %.0f rewards",
        is_better ? "it would do better" : "not known to do better",
        json_number_value(json_object_get(gain, "mean")),
        json_number_value(json_object_get(gain, "low")),
        json_number_value(json_object_get(gain, "high")),
        json_number_value(json_object_get(gain, "records")));
}

static void hold_text(const json_t *hold, struct hone_buf *out)
{
    const json_t *frozen = json_object_get(hold, "frozen");
    const json_t *pinned = json_object_get(hold, "pinned");
    if (json_is_object(frozen)) {
        (void)hone_buf_append_format(
            out, "; frozen by %s: %s",
            json_string_value(json_object_get(frozen, "actor")),
            json_string_value(json_object_get(frozen, "reason")));
    }
    if (json_is_object(pinned)) {
        (void)hone_buf_append_format(
            out, "; pinned to version %lld by %s: %s",
            (long long)json_integer_value(json_object_get(pinned, "version")),
            json_string_value(json_object_get(pinned, "actor")),
            json_string_value(json_object_get(pinned, "reason")));
    }
}

static void skill_text(const json_t *skill, struct hone_buf *out)
{
    const json_t *recent = json_object_get(skill, "recent_accuracy");
    const json_t *all = json_object_get(skill, "accuracy");
    (void)hone_buf_append_format(
        out, "%s: version %lld, %lld calls, %lld feedback",
        json_string_value(json_object_get(skill, "name")),
        (long long)json_integer_value(json_object_get(skill, "live_version")),
        (long long)json_integer_value(json_object_get(skill, "calls")),
        (long long)json_integer_value(json_object_get(skill, "feedback")));
    if (json_is_number(all)) {
        (void)hone_buf_append_format(
            out, ", accuracy %.3f since the start, %.3f over the last %lld",
            json_number_value(all), json_number_value(recent),
            (long long)json_integer_value(json_object_get(skill, "recent")));
    }
    const json_t *drift = json_object_get(skill, "drift");
    json_int_t n_alarms = json_integer_value(json_object_get(drift, "alarms"));
    if (n_alarms > 0) {
        (void)hone_buf_append_format(
            out, ", %lld drift alarm%s, the last at log position %lld",
            (long long)n_alarms, n_alarms == 1 ? "" : "s",
            (long long)json_integer_value(json_object_get(drift, "last_position")));
    }
    gain_text(json_object_get(json_object_get(skill, "details"), "gain"), out);
    hold_text(json_object_get(skill, "hold"), out);
    if (strcmp(json_string_value(json_object_get(skill, "residence")), "cold") == 0) {
        (void)hone_buf_append_text(out, "; not in memory until it is called");
    }
    const json_t *error = json_object_get(skill, "error");
    if (error != NULL) {
        (void)hone_buf_append_format(out, "; error: %s", json_string_value(error));
    }
    (void)hone_buf_append_char(out, '\n');
}

void hone_status_text(const json_t *status, struct hone_buf *out)
{
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(status, "skills"), index, item)
    {
        skill_text(item, out);
    }
    json_array_foreach(json_object_get(status, "failures"), index, item)
    {
        (void)hone_buf_append_format(out, "not loaded: %s\n",
                                     json_string_value(json_object_get(item, "message")));
    }
    if (out->len > 0) {
        out->len -= 1; /* the last newline */
        out->data[out->len] = '\0';
    }
}

json_t *hone_status_version_json(const struct hone_store_version *version)
{
    static const struct hone_digest none;
    char created[HONE_CLOCK_TEXT_SIZE], digest[HONE_DIGEST_TEXT_LEN + 1];
    bool kept = !hone_digest_equal(version->tensors, none);
    json_t *evidence = NULL;
    struct hone_error err;
    hone_clock_format_unix_ms(created, version->created_unix_ms);
    hone_digest_format(version->tensors, digest);
    if (version->evidence.len == 0 ||
        hone_json_parse(&evidence, version->evidence, &err) != 0) {
        evidence = json_null();
    }
    return json_pack("{s:i,s:i,s:s,s:I,s:s,s:s?,s:I,s:o}", "number", (int)version->number,
                     "parent", (int)version->parent, "status",
                     hone_store_status_name(version->status), "position",
                     (json_int_t)version->position, "created", created, "tensors",
                     kept ? digest : NULL, "bytes", (json_int_t)version->tensors_bytes,
                     "evidence", evidence);
}

const char *hone_status_input_schema(void)
{
    return "{\"type\":\"object\",\"properties\":{\"skill\":{\"type\":\"string\","
           "\"description\":\"only this skill\"}},\"additionalProperties\":false}";
}

const char *hone_status_output_schema(void)
{
    return "{\"type\":\"object\",\"properties\":{\"version\":{\"type\":\"string\"},"
           "\"skills\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
           "\"failures\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}},"
           "\"required\":[\"version\",\"skills\",\"failures\"]}";
}
