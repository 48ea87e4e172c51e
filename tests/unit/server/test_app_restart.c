/* What a program makes of a data folder that an earlier one left, when packages or files have
 * changed in between. */
#include "tests/unit/server/app_world.h"

#include <sys/stat.h>

#define SETTLE_MS  30000
#define N_TEXTS    3
#define LABELS     "format: 1\nkind: classify\nlabels: [sun, rain, snow]\n"
#define GUIDE      "---\nname: guide\ndescription: How to write a note.\n---\n"
#define BLOB_BYTES (64U * 1024 * 1024)

static const char *const texts[N_TEXTS] = {"mild haze", "heavy drops", "icy wind"};
static const char *const labels[N_TEXTS] = {"sun", "rain", "snow"};

/* ---- packages that a test may change ---- */

static void write_in(struct world *world, const char *skill, const char *file,
                     const char *content)
{
    char *folder = hone_alloc_format("%s/%s", world->config.skills[0], skill);
    support_ok(hone_file_make_folder(folder, 0700, &world->err), &world->err);
    support_write_file(folder, file, content);
    free(folder);
}

static void reopen(struct world *world)
{
    close_app(world);
    open_app(world);
    support_ok(hone_app_settle(world->app, SETTLE_MS, &world->err), &world->err);
}

static int set_up(void **state)
{
    char *skills = support_make_folder();
    struct world *world = make_world(skills);
    free(skills);
    write_in(world, "weather", "SKILL.md",
             "---\nname: weather\ndescription: Which weather it is.\n---\n");
    write_in(world, "weather", "skill.yaml", LABELS "gate:\n  min_pairs: 20\n");
    write_in(world, "guide", "SKILL.md", GUIDE "One line for each change.\n");
    reopen(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    support_remove_folder(world->config.skills[0]);
    destroy_world(world);
    return 0;
}

static void teach_rounds(struct world *world, int n)
{
    for (int i = 0; i < n; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%s, report %d", texts[i % N_TEXTS], i);
        json_decref(teach(world, text, labels[i % N_TEXTS]));
    }
}

static int64_t status_number(struct world *world, const char *skill, const char *key)
{
    json_t *status = status_of(world, skill);
    int64_t number = integer_of(status, key);
    json_decref(status);
    return number;
}

static json_t *versions_of(struct world *world, const char *skill)
{
    return request(world, "hone/versions", json_pack("{s:s}", "skill", skill));
}

static void assert_answers(struct world *world)
{
    for (size_t i = 0; i < N_TEXTS; i++) {
        assert_label(world, texts[i], labels[i]);
    }
}

/* ---- packages ---- */

static void a_renamed_field_loses_nothing(void **state)
{
    struct world *world = *state;
    static const char before[] = LABELS "gate:\n  min_pairs: 20\n";
    static const char after[] =
        LABELS "gate:\n  min_pairs: 20\ninput:\n  message: {type: string}\n";
    teach_rounds(world, 15); /* the whole log: no version, no event of a package yet */
    write_in(world, "weather", "skill.yaml", after);
    reopen(world);
    assert_int_equal(15, status_number(world, "weather", "labelled"));
    json_t *called =
        call_tool(world, "weather", json_pack("{s:s}", "message", "grey and wet"));
    json_decref(call_tool(world, "feedback",
                          json_pack("{s:s,s:s,s:s}", "call_id",
                                    text_of(structured(called), "call_id"), "label",
                                    "rain", "wait", "learned")));
    json_decref(called);
    reopen(world);
    assert_int_equal(16, status_number(world, "weather", "labelled"));
    write_in(world, "weather", "skill.yaml", before); /* and back: the words are known */
    reopen(world);
    assert_int_equal(16, status_number(world, "weather", "labelled"));
    assert_answers(world);
}

static void a_guide_that_becomes_a_classifier_learns(void **state)
{
    struct world *world = *state;
    json_decref(call_tool(world, "guide", json_object()));
    write_in(world, "guide", "skill.yaml", LABELS);
    for (int i = 0; i < 2; i++) {
        reopen(world);
        json_t *called = call_tool(world, "guide", json_pack("{s:s}", "text", "fog"));
        json_t *given = call_tool(world, "feedback",
                                  json_pack("{s:s,s:s,s:s}", "call_id",
                                            text_of(structured(called), "call_id"),
                                            "label", "snow", "wait", "learned"));
        assert_true(json_is_true(json_object_get(structured(given), "learned")));
        json_decref(called);
        json_decref(given);
        assert_int_equal(i + 1, status_number(world, "guide", "labelled"));
        assert_int_equal(2, status_number(world, "guide", "live_version"));
    }
    json_t *answer = call_tool(world, "guide", json_pack("{s:s}", "text", "fog"));
    assert_string_equal("snow", text_of(structured(answer), "label"));
    json_decref(answer);
}

static void a_guide_whose_text_changed_has_a_new_version(void **state)
{
    struct world *world = *state;
    write_in(world, "guide", "SKILL.md", GUIDE "Two lines for each change.\n");
    for (int i = 0; i < 2; i++) { /* the second start changes nothing more */
        reopen(world);
        json_t *versions = versions_of(world, "guide");
        const json_t *list = json_object_get(versions, "versions");
        assert_int_equal(2, json_array_size(list));
        assert_int_equal(2, integer_of(versions, "live"));
        assert_string_equal("live", text_of(json_array_get(list, 0), "status"));
        assert_string_equal("retired", text_of(json_array_get(list, 1), "status"));
        json_decref(versions);
    }
}

/* ---- damaged files ---- */

static char *blob_path(struct world *world, const char *digest)
{
    return hone_alloc_format("%s/blobs/%.2s/%s.safetensors", world->config.data, digest,
                             digest);
}

/* Puts other bytes in the place of a version's tensors. */
static void damage(struct world *world, const json_t *version, bool cut)
{
    char *path = blob_path(world, text_of(version, "tensors"));
    char *bytes = NULL;
    size_t len = 0;
    support_ok(hone_file_read(&bytes, &len, path, BLOB_BYTES, &world->err), &world->err);
    bytes[len / 3] = (char)(bytes[len / 3] ^ 0x10);
    assert_int_equal(0, unlink(path));
    support_ok(hone_file_write(path, hone_span_of(bytes, cut ? len / 2 : len), 0400,
                               &world->err),
               &world->err);
    free(bytes);
    free(path);
}

static bool has_tensors(const json_t *version)
{
    return json_is_string(json_object_get(version, "tensors"));
}

static const json_t *live_version(const json_t *versions)
{
    const json_t *list = json_object_get(versions, "versions");
    size_t n = json_array_size(list), live = (size_t)integer_of(versions, "live");
    assert_in_range(live, 1, n);
    return json_array_get(list, n - live);
}

/* What answers and status say, but for ids and times; a new reference. */
static json_t *picture_of(struct world *world)
{
    json_t *picture = status_of(world, "weather");
    static const char *const changing[] = {"calls", "memory_bytes", "tensors_bytes"};
    for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++) {
        (void)json_object_del(picture, changing[i]);
    }
    for (size_t i = 0; i < N_TEXTS; i++) {
        json_t *answer = ask_weather(world, texts[i]);
        json_t *copy = json_deep_copy(structured(answer));
        (void)json_object_del(copy, "call_id");
        (void)json_object_set_new(picture, texts[i], copy);
        json_decref(answer);
    }
    return picture;
}

static void assert_same_picture(const json_t *wanted, const json_t *got)
{
    char *a = json_dumps(wanted, JSON_SORT_KEYS), *b = json_dumps(got, JSON_SORT_KEYS);
    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void damaged_live_tensors_are_learnt_again(void **state)
{
    struct world *world = *state;
    teach_rounds(world, 60);
    assert_answers(world);
    json_t *versions = versions_of(world, "weather");
    assert_true(integer_of(versions, "live") > 1);
    json_t *before = picture_of(world);
    for (int cut = 0; cut < 2; cut++) {
        damage(world, live_version(versions), cut == 1);
        reopen(world);
        json_t *after = picture_of(world);
        assert_same_picture(before, after);
        json_decref(after);
    }
    json_decref(teach(world, texts[0], labels[0])); /* and it goes on */
    assert_int_equal(61, status_number(world, "weather", "labelled"));
    json_decref(before);
    json_decref(versions);
}

/* The bytes of a blob, and where they belong. */
struct kept {
    char *path, *bytes;
    size_t len;
};

static struct kept keep(struct world *world, const json_t *version)
{
    struct kept kept = {.path = blob_path(world, text_of(version, "tensors"))};
    support_ok(hone_file_read(&kept.bytes, &kept.len, kept.path, BLOB_BYTES, &world->err),
               &world->err);
    return kept;
}

static void put_back(struct world *world, struct kept *kept)
{
    assert_int_equal(0, unlink(kept->path));
    support_ok(hone_file_write(kept->path, hone_span_of(kept->bytes, kept->len), 0400,
                               &world->err),
               &world->err);
    free(kept->path);
    free(kept->bytes);
}

static void assert_cannot_be_called(struct world *world)
{
    json_t *refused = ask_weather(world, texts[0]);
    assert_true(json_is_true(json_object_get(refused, "isError")));
    const json_t *error =
        json_object_get(json_object_get(refused, "_meta"), "io.github.hone/error");
    assert_string_equal("corrupt", text_of(error, "code"));
    assert_non_null(strstr(text_of(error, "hint"), "copy of the data folder"));
    const json_t *content = json_array_get(json_object_get(refused, "content"), 0);
    assert_non_null(strstr(text_of(content, "text"), ".safetensors"));
    json_decref(refused);
    json_t *status = status_of(world, "weather");
    assert_string_equal("error", text_of(status, "state"));
    assert_string_equal("cold", text_of(status, "residence"));
    assert_non_null(strstr(text_of(status, "error"), ".safetensors"));
    json_decref(status);
}

static void without_any_whole_file_only_that_skill_fails(void **state)
{
    struct world *world = *state;
    teach_rounds(world, 60);
    json_t *versions = versions_of(world, "weather");
    struct kept live = keep(world, live_version(versions));
    size_t i = 0;
    json_t *version = NULL;
    json_array_foreach(json_object_get(versions, "versions"), i, version)
    {
        if (has_tensors(version)) {
            damage(world, version, i % 2 == 0);
        }
    }
    reopen(world);
    assert_cannot_be_called(world);
    assert_cannot_be_called(world); /* each call tries anew */
    json_decref(call_tool(world, "guide", json_object()));
    put_back(world, &live);
    assert_answers(world);
    json_t *status = status_of(world, "weather");
    assert_string_equal("loaded", text_of(status, "residence"));
    assert_null(json_object_get(status, "error"));
    json_decref(status);
    json_decref(versions);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_renamed_field_loses_nothing),
        TEST(a_guide_that_becomes_a_classifier_learns),
        TEST(a_guide_whose_text_changed_has_a_new_version),
        TEST(damaged_live_tensors_are_learnt_again),
        TEST(without_any_whole_file_only_that_skill_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
