/* What the store's tests share: a store in a folder of its own with one skill in it, and
 * short ways to make calls, feedback, files and transitions. */
#ifndef HONE_TESTS_UNIT_STORE_STORE_SUPPORT_H
#define HONE_TESTS_UNIT_STORE_STORE_SUPPORT_H

#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "store/sqlite_engine.h"
#include "store/store.h"
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define START_MS INT64_C(1700000000000)

struct world {
    const struct hone_store_engine *engine;
    char *folder;
    struct hone_store *store;
    struct hone_store_skill skill;
    struct hone_uuid_source ids;
    int64_t now_ms;
    uint64_t token;
    struct hone_arena arena;
    struct hone_error err;
};

#define world_ok(world, code) support_ok((code), &(world)->err)

static inline struct hone_digest digest_of(const char *text)
{
    return hone_digest_of(hone_span_text(text));
}

static inline void world_begin(struct world *world)
{
    world_ok(world, hone_store_begin(world->store, &world->err));
}

static inline void world_commit(struct world *world)
{
    world_ok(world, hone_store_commit(world->store, &world->err));
}

static inline void world_open(struct world *world)
{
    world_ok(world, hone_store_open_engine(&world->store, world->engine, world->folder,
                                           world->now_ms, &world->err));
}

static inline void world_close(struct world *world)
{
    hone_store_close(world->store);
    world->store = NULL;
}

static inline int64_t world_add_skill(struct world *world, const char *name)
{
    struct hone_store_skill skill;
    world_begin(world);
    world_ok(world, hone_store_open_skill(world->store, hone_span_text(name),
                                          digest_of("package"), digest_of("interface"),
                                          world->now_ms, &skill, &world->err));
    world_commit(world);
    return skill.id;
}

static inline void world_take_lease(struct world *world)
{
    world_begin(world);
    world_ok(world, hone_store_take_lease(world->store, world->skill.id,
                                          hone_span_text("trainer"), world->now_ms, 10000,
                                          &world->token, &world->err));
    world_commit(world);
}

/* Brings world->skill up to date. */
static inline void world_refresh(struct world *world)
{
    world_ok(world, hone_store_read_skill(world->store, world->skill.id, &world->skill,
                                          &world->err));
}

static inline struct world *world_make(const struct hone_store_engine *engine)
{
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    world->engine = engine;
    world->folder = support_make_folder();
    world->now_ms = START_MS;
    hone_arena_init(&world->arena, (size_t)64 * 1024 * 1024);
    world_open(world);
    world->skill.id = world_add_skill(world, "triage");
    world_take_lease(world);
    world_refresh(world);
    return world;
}

static inline void world_destroy(struct world *world)
{
    world_close(world);
    hone_arena_finish(&world->arena);
    support_remove_folder(world->folder);
    free(world->folder);
    free(world);
}

static inline struct hone_call_record make_call(struct world *world, int64_t skill_id)
{
    world->now_ms += 1;
    return (struct hone_call_record){
        .call_id = hone_uuid_next(&world->ids, world->now_ms),
        .skill_id = skill_id,
        .version = 1,
        .learned_through = 7,
        .time_unix_ms = world->now_ms,
        .latency_us = 42,
        .outcome = HONE_CALL_OK,
        .propensity = 0.5F,
        .confidence = 0.25F,
        .episode = hone_span_text("task-1"),
        .source = hone_span_text("client"),
        .input = hone_span_text("{\"text\":\"hello\"}"),
        .output = hone_span_text("greeting"),
    };
}

static inline int append_records(struct world *world,
                                 const struct hone_call_record *records, size_t n_records)
{
    struct hone_buf block;
    hone_buf_init(&block, (size_t)16 * 1024 * 1024);
    for (size_t i = 0; i < n_records; i++) {
        assert_int_equal(0, hone_call_block_append(&block, &records[i]));
    }
    int rc = hone_store_append_calls(world->store, hone_buf_span(&block), &world->err);
    hone_buf_finish(&block);
    return rc;
}

/* One durable call of the world's skill. */
static inline struct hone_uuid add_call(struct world *world)
{
    struct hone_call_record record = make_call(world, world->skill.id);
    world_begin(world);
    world_ok(world, append_records(world, &record, 1));
    world_commit(world);
    return record.call_id;
}

static inline struct hone_store_feedback make_feedback(struct world *world,
                                                       struct hone_uuid call_id,
                                                       const char *label, const char *key)
{
    return (struct hone_store_feedback){
        .feedback_id = hone_uuid_next(&world->ids, world->now_ms),
        .call_id = call_id,
        .skill_id = world->skill.id,
        .kind = HONE_STORE_FEEDBACK_LABEL,
        .value = hone_span_text(label),
        .weight = 1,
        .source = hone_span_text("user"),
        .idempotency_key = hone_span_text(key),
        .time_unix_ms = world->now_ms,
    };
}

static inline struct hone_store_feedback_result
add_feedback(struct world *world, const struct hone_store_feedback *feedback)
{
    struct hone_store_feedback_result result = {0};
    world_begin(world);
    world_ok(world,
             hone_store_append_feedback(world->store, feedback, 1, &result, &world->err));
    world_commit(world);
    return result;
}

/* A tensors file with this content, kept. */
static inline struct hone_digest add_blob(struct world *world, const char *content)
{
    struct hone_digest digest = digest_of(content);
    char *temp = hone_store_temp_path(world->store);
    world_ok(world, hone_file_write(temp, hone_span_text(content), 0644, &world->err));
    world_ok(world, hone_store_keep_blob(world->store, temp, digest, &world->err));
    free(temp);
    return digest;
}

static inline bool has_blob(struct world *world, struct hone_digest digest)
{
    char *path = hone_store_blob_path(world->store, digest);
    bool exists = hone_file_exists(path);
    free(path);
    return exists;
}

static inline struct hone_store_transition make_transition(struct world *world,
                                                           const char *action)
{
    return (struct hone_store_transition){
        .skill_id = world->skill.id,
        .lease_token = world->token,
        .expected_live = world->skill.live_version,
        .live = world->skill.live_version,
        .former_live = HONE_STORE_RETIRED,
        .time_unix_ms = world->now_ms,
        .actor = hone_span_text("gate"),
        .action = hone_span_text(action),
        .reason = hone_span_text("better on 40 examples"),
    };
}

/* Promotes a new version with these tensors, and brings world->skill up to date. */
static inline uint32_t promote(struct world *world, const char *tensors)
{
    struct hone_store_version version = {
        .parent = world->skill.live_version,
        .status = HONE_STORE_LIVE,
        .package = digest_of("package"),
        .tensors = add_blob(world, tensors),
        .tensors_bytes = strlen(tensors),
        .position = world->skill.log_end,
        .created_unix_ms = world->now_ms,
        .evidence = hone_span_text("{\"wins\":40}"),
    };
    struct hone_store_transition transition = make_transition(world, "promote");
    transition.new_version = &version;
    transition.live = world->skill.last_version + 1;
    transition.position = world->skill.log_end;
    transition.event = HONE_STORE_EVENT_GATE;
    transition.event_body = hone_span_text("{\"verdict\":\"promoted\"}");
    uint32_t number = 0;
    world_begin(world);
    world_ok(world, hone_store_apply_transition(world->store, &transition, &number, NULL,
                                                &world->err));
    world_commit(world);
    world_refresh(world);
    return number;
}

#endif
