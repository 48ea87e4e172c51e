/* What the tests of whole programs share: one in this process, with a data folder of its own, and
 * short ways to ask it through the code that sockets use. */
#ifndef HONE_TESTS_UNIT_SERVER_APP_WORLD_H
#define HONE_TESTS_UNIT_SERVER_APP_WORLD_H

#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "schema/json.h"
#include "server/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS_MAX 40

struct world {
    char *folder;
    struct hone_config config;
    struct hone_app *app;
    struct hone_error err;
};

static inline void set_option(struct world *world, const char *name, const char *value)
{
    const struct hone_option *option = hone_config_find(name, strlen(name));
    support_ok(hone_config_set(&world->config, option, value, &world->err), &world->err);
}

static inline void open_app(struct world *world)
{
    support_ok(hone_app_create(&world->app, &world->config, true, &world->err),
               &world->err);
}

static inline void close_app(struct world *world)
{
    hone_app_destroy(world->app);
    world->app = NULL;
}

/* A world that serves this folder of skills; not yet open. */
static inline struct world *make_world(const char *skills)
{
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    world->folder = support_make_folder();
    char *data = hone_alloc_format("%s/data", world->folder);
    hone_config_init(&world->config);
    set_option(world, "skills", skills);
    set_option(world, "data", data);
    support_ok(hone_config_finalize(&world->config, &world->err), &world->err);
    free(data);
    return world;
}

static inline void destroy_world(struct world *world)
{
    close_app(world);
    hone_config_finish(&world->config);
    support_remove_folder(world->folder);
    free(world->folder);
    free(world);
}

/* ---- requests ---- */

/* Takes params. */
static inline json_t *request(struct world *world, const char *method, json_t *params)
{
    json_t *result = NULL;
    support_ok(hone_app_request(world->app, method, params, &result, &world->err),
               &world->err);
    assert_non_null(result);
    json_decref(params);
    return result;
}

/* Takes arguments. */
static inline json_t *call_tool(struct world *world, const char *name, json_t *arguments)
{
    return request(world, "tools/call",
                   json_pack("{s:s,s:o}", "name", name, "arguments", arguments));
}

static const json_t *structured(const json_t *result)
{
    const json_t *value = json_object_get(result, "structuredContent");
    assert_non_null(value);
    return value;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static inline int64_t integer_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static inline json_t *ask_weather(struct world *world, const char *text)
{
    return call_tool(world, "weather", json_pack("{s:s}", "text", text));
}

static inline void assert_label(struct world *world, const char *text, const char *label)
{
    json_t *result = ask_weather(world, text);
    assert_string_equal(label, text_of(structured(result), "label"));
    json_decref(result);
}

/* Calls and gives the label; returns the feedback's result. */
static inline json_t *teach(struct world *world, const char *text, const char *label)
{
    json_t *called = ask_weather(world, text);
    json_t *result = call_tool(world, "feedback",
                               json_pack("{s:s,s:s,s:s}", "call_id",
                                         text_of(structured(called), "call_id"), "label",
                                         label, "wait", "learned"));
    json_decref(called);
    return result;
}

/* Teaches the text until its answer is the label. */
static inline void teach_until_learnt(struct world *world, const char *text,
                                      const char *label)
{
    for (int i = 0; i < ROUNDS_MAX; i++) {
        json_t *before = ask_weather(world, text);
        bool right = strcmp(label, text_of(structured(before), "label")) == 0;
        json_decref(before);
        if (right) {
            return;
        }
        json_t *result = teach(world, text, label);
        assert_true(json_is_true(json_object_get(structured(result), "learned")));
        json_decref(result);
    }
    fail_msg("\"%s\" is not %s after %d labels", text, label, ROUNDS_MAX);
}

/* The skill's entry in the status; a new reference. */
static inline json_t *status_of(struct world *world, const char *skill)
{
    json_t *status = request(world, "hone/status", json_pack("{s:s}", "skill", skill));
    json_t *entry = json_incref(json_array_get(json_object_get(status, "skills"), 0));
    json_decref(status);
    return entry;
}

#endif
