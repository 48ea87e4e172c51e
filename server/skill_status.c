#include "server/skill_status.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "protocol/uri.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/catalog.h"
#include "server/status.h"
#include "server/training.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES_MAX  (16U * 1024 * 1024)
#define ARENA_BYTES_MAX (16U * 1024 * 1024)
#define NAME_BYTES_MAX  (3 * HONE_PACKAGE_NAME_MAX)
#define DIGITS_MAX      10

#define URI_PREFIX   "hone://skills/"
#define URI_VERSIONS URI_PREFIX "{name}/versions/{number}"
#define MIME_JSON    "application/json"

char *hone_skill_status_uri(const char *skill)
{
    return hone_alloc_format(URI_PREFIX "%s", skill);
}

json_t *hone_skill_status_annotations(const struct hone_skill *skill)
{
    const struct hone_training *training = skill->owner_data;
    char created[HONE_CLOCK_TEXT_SIZE];
    hone_clock_format_unix_ms(created, training->live_created_unix_ms);
    json_t *annotations = json_pack("{s:[s,s], s:s}", "audience", "user", "assistant",
                                    "lastModified", created);
    HONE_INVARIANT(annotations != NULL);
    return annotations;
}

static void reply_json_take(struct hone_exchange *exchange, struct hone_span uri,
                            json_t *value)
{
    struct hone_buf text;
    hone_buf_init(&text, TEXT_BYTES_MAX);
    int status = hone_json_append(&text, value);
    json_decref(value);
    if (status != 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL, "no memory for the resource");
    } else {
        hone_catalog_reply_text(exchange, uri, MIME_JSON, hone_buf_span(&text));
    }
    hone_buf_finish(&text);
}

void hone_skill_status_read(struct hone_exchange *exchange, struct hone_span uri,
                            void *owner)
{
    json_t *status = hone_status_json(exchange->app, owner);
    json_t *skill = json_incref(json_array_get(json_object_get(status, "skills"), 0));
    json_decref(status);
    reply_json_take(exchange, uri, skill);
}

/* ---- one version ---- */

struct version_job {
    struct hone_job job;
    struct hone_exchange *exchange;
    const struct hone_training *training;
    uint32_t number;
    char *uri;
    struct hone_arena arena;
    struct hone_store_version version;
};

static void run_version(struct hone_job *job)
{
    struct version_job *read = (struct version_job *)(void *)job;
    job->status =
        hone_store_read_version(read->training->app->store, read->training->store_id,
                                read->number, &read->arena, &read->version, &job->error);
}

static void done_version(struct hone_job *job)
{
    struct version_job *read = (struct version_job *)(void *)job;
    struct hone_span uri = hone_span_text(read->uri);
    if (job->status == 0) {
        reply_json_take(read->exchange, uri, hone_status_version_json(&read->version));
    } else if (job->status == HONE_E_NOT_FOUND) {
        hone_catalog_refuse_resource(read->exchange, uri);
    } else {
        hone_exchange_refuse(read->exchange, HONE_RPC_INTERNAL, "%s", job->error.message);
    }
    hone_arena_finish(&read->arena);
    free(read->uri);
    free(read);
}

static void start_reading(struct hone_exchange *exchange, struct hone_span uri,
                          const struct hone_training *training, uint32_t number)
{
    struct version_job *read = hone_alloc_zeroed(1, sizeof(*read));
    read->exchange = exchange;
    read->training = training;
    read->number = number;
    read->uri = hone_alloc_bytes(uri.data, uri.len);
    hone_arena_init(&read->arena, ARENA_BYTES_MAX);
    read->job = (struct hone_job){.run = run_version, .done = done_version};
    if (hone_worker_submit(exchange->app->worker, HONE_LANE_STORE, HONE_PRIORITY_NORMAL,
                           &read->job) != 0) {
        read->job.status =
            hone_error_set(&read->job.error, HONE_E_AGAIN, "the store's queue is full");
        done_version(&read->job);
    }
}

/* 0 for what is not the number of a version. */
static uint32_t parse_number(struct hone_span text)
{
    uint64_t number = 0;
    if (text.len > DIGITS_MAX || text.data[0] == '0') {
        return 0;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static const struct hone_skill *find_skill(const struct hone_app *app,
                                           struct hone_span encoded)
{
    struct hone_buf name;
    struct hone_skill *skill = NULL;
    hone_buf_init(&name, NAME_BYTES_MAX);
    if (hone_uri_decode(&name, encoded) == 0) {
        skill = hone_registry_find(app->registry, hone_buf_span(&name));
    }
    hone_buf_finish(&name);
    return skill != NULL && skill->owner_data != NULL ? skill : NULL;
}

static void read_version(struct hone_exchange *exchange, struct hone_span uri,
                         void *owner)
{
    struct hone_uri_variable variables[HONE_URI_VARIABLES_MAX];
    const struct hone_skill *skill = NULL;
    uint32_t number = 0;
    (void)owner;
    if (hone_uri_match(hone_span_text(URI_VERSIONS), uri, variables) == 2) {
        skill = find_skill(exchange->app, variables[0].value);
        number = parse_number(variables[1].value);
    }
    if (skill == NULL || number == 0) {
        hone_catalog_refuse_resource(exchange, uri);
        return;
    }
    start_reading(exchange, uri, skill->owner_data, number);
}

/* ---- completion ---- */

static bool begins_with(const char *text, struct hone_span prefix)
{
    return strncmp(text, prefix.len > 0 ? prefix.data : "", prefix.len) == 0;
}

static void complete_name(const struct hone_app *app, struct hone_span typed,
                          json_t *values)
{
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        const struct hone_skill *skill = hone_registry_at(app->registry, i);
        if (skill->owner_data != NULL && begins_with(skill->package->name, typed)) {
            (void)json_array_append_new(values, json_string(skill->package->name));
        }
    }
}

/* Newest first. */
static void complete_number(const struct hone_training *training, struct hone_span typed,
                            json_t *values)
{
    char text[DIGITS_MAX + 1];
    for (uint32_t number = training->last_version; number > 0; number--) {
        (void)snprintf(text, sizeof(text), "%u", (unsigned)number);
        if (begins_with(text, typed)) {
            (void)json_array_append_new(values, json_string(text));
        }
    }
}

static void complete_version(struct hone_exchange *exchange, struct hone_span variable,
                             struct hone_span typed, json_t *values, void *owner)
{
    (void)owner;
    if (hone_span_is(variable, "name")) {
        complete_name(exchange->app, typed, values);
        return;
    }
    const json_t *context =
        json_object_get(hone_jsonrpc_params(&exchange->message), "context");
    const json_t *known = json_object_get(context, "arguments");
    const struct hone_skill *skill =
        find_skill(exchange->app, hone_json_text(known, "name"));
    if (skill != NULL && hone_span_is(variable, "number")) {
        complete_number(skill->owner_data, typed, values);
    }
}

int hone_skill_status_add_versions(struct hone_app *app, struct hone_error *err)
{
    const struct hone_resource_template pattern = {
        .shown = {.uri_template = URI_VERSIONS,
                  .name = "version",
                  .title = "A version of a skill",
                  .description = "Where a version of a skill comes from, what it was "
                                 "measured by and what became of it.",
                  .mime_type = MIME_JSON},
        .read = read_version,
        .complete = complete_version,
    };
    return hone_catalog_add_template(app->catalog, &pattern, err);
}
