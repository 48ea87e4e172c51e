/* A drift alarm as clients see it: in the status, and as a notification. */
#include "tests/unit/server/app_world.h"

#include "server/channel.h"
#include "server/session.h"

#define N_BEFORE 400
#define N_AFTER  75

struct place {
    char *skills;
    struct world *world;
};

static void keep_pushed(struct hone_channel *channel, struct hone_exchange *exchange,
                        struct hone_span body)
{
    json_t *pushed = channel->owner;
    assert_null(exchange);
    (void)json_array_append_new(pushed, json_loadb(body.data, body.len, 0, NULL));
}

static void drop_reply(struct hone_channel *channel, struct hone_exchange *exchange,
                       int http_status, struct hone_span body)
{
    (void)channel;
    (void)exchange;
    (void)http_status;
    (void)body;
}

/* Teaches what the words mean; from `shift` on they mean the next label. */
static void teach_many(struct world *world, unsigned n, unsigned shift)
{
    static const char *const words[] = {"bright blue warm", "wet grey puddle",
                                        "white ice flakes"};
    static const char *const labels[] = {"sun", "rain", "snow"};
    for (unsigned i = 0; i < n; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%s report %u", words[i % 3], i);
        json_decref(teach(world, text, labels[(i + shift) % 3]));
    }
}

static int64_t n_alarms(struct world *world)
{
    json_t *entry = status_of(world, "weather");
    int64_t n = integer_of(json_object_get(entry, "drift"), "alarms");
    json_decref(entry);
    return n;
}

static size_t n_updates(const json_t *pushed)
{
    size_t index = 0, n = 0;
    json_t *message = NULL;
    json_array_foreach(pushed, index, message)
    {
        assert_string_equal(text_of(message, "method"),
                            "notifications/resources/updated");
        assert_string_equal(text_of(json_object_get(message, "params"), "uri"),
                            "hone://skills/weather");
        n++;
    }
    return n;
}

static void check_texts(struct world *world)
{
    json_t *entry = status_of(world, "weather");
    const json_t *calibration = json_object_get(entry, "calibration");
    assert_true(integer_of(calibration, "outputs") < N_AFTER); /* begun anew */
    assert_true(json_is_array(json_object_get(calibration, "table")));
    int64_t position = integer_of(json_object_get(entry, "drift"), "last_position");
    assert_true(position > N_BEFORE);
    json_t *result = call_tool(world, "hone_status", json_object());
    const json_t *content = json_array_get(json_object_get(result, "content"), 0);
    char *expected = hone_alloc_format(", 1 drift alarm, the last at log position %lld",
                                       (long long)position);
    assert_non_null(strstr(text_of(content, "text"), expected));
    free(expected);
    json_decref(result);
    json_decref(entry);
}

static void an_alarm_is_in_the_status_and_told_to_subscribers(void **state)
{
    struct world *world = ((struct place *)*state)->world;
    static const struct hone_channel_carrier carrier = {
        .name = "test", .reply = drop_reply, .send = keep_pushed};
    json_t *pushed = json_array();
    struct hone_session *session =
        hone_session_create(world->app, carrier.name, true, false);
    struct hone_channel *channel = hone_channel_create(&carrier, pushed, false);
    teach_many(world, N_BEFORE, 0);
    assert_int_equal(n_alarms(world), 0);
    session->push = channel;
    assert_int_equal(
        hone_session_subscribe(session, hone_span_text("hone://skills/weather")), 0);
    teach_many(world, N_AFTER, 1);
    assert_int_equal(n_alarms(world), 1);
    assert_true(n_updates(pushed) == 1);
    check_texts(world);
    hone_session_close(session);
    hone_channel_close(channel);
    close_app(world);
    json_decref(pushed);
    /* The count outlives the process; a label more waits until its log is learnt. */
    open_app(world);
    teach_many(world, 1, 1);
    assert_int_equal(n_alarms(world), 1);
}

/* No verdict comes in between: a promotion would be told of as well. */
static void write_skill(const char *skills)
{
    char *folder = hone_alloc_format("%s/weather", skills);
    support_ok(hone_file_make_folder(folder, 0755, NULL), NULL);
    support_write_file(folder, "SKILL.md",
                       "---\nname: weather\ndescription: Weather.\n---\nText.\n");
    support_write_file(folder, "skill.yaml",
                       "format: 1\nkind: classify\nlabels: [sun, rain, snow]\n"
                       "gate: {min_pairs: 100000}\n");
    free(folder);
}

static int set_up(void **state)
{
    struct place *place = hone_alloc_zeroed(1, sizeof(*place));
    place->skills = support_make_folder();
    write_skill(place->skills);
    place->world = make_world(place->skills);
    open_app(place->world);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    destroy_world(place->world);
    support_remove_folder(place->skills);
    free(place->skills);
    free(place);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_alarm_is_in_the_status_and_told_to_subscribers,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests_name("drift_alarm", tests, NULL, NULL);
}
