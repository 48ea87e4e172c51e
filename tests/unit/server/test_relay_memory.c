#include "tests/support/support.h"

#include "base/alloc.h"
#include "server/relay_batch.h"
#include "server/relay_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_BYTES_MAX   (16U * 1024 * 1024)
#define ARENA_BYTES_MAX 65536

struct talk {
    struct hone_relay_memory memory;
    struct hone_buf out;
};

static int set_up(void **state)
{
    struct talk *talk = hone_alloc_zeroed(1, sizeof *talk);
    hone_relay_memory_init(&talk->memory);
    hone_buf_init(&talk->out, OUT_BYTES_MAX);
    *state = talk;
    return 0;
}

static int tear_down(void **state)
{
    struct talk *talk = *state;
    hone_relay_memory_finish(&talk->memory);
    hone_buf_finish(&talk->out);
    free(talk);
    return 0;
}

static void client_says(struct talk *talk, const char *text)
{
    struct hone_relay_line line;
    struct hone_arena arena;
    hone_arena_init(&arena, ARENA_BYTES_MAX);
    hone_relay_line_read(&line, hone_span_text(text), &arena);
    hone_relay_memory_note_sent(&talk->memory, &line, hone_span_text(text));
    hone_relay_line_finish(&line);
    hone_arena_finish(&arena);
}

/* Does the owner's line go to the client? */
static bool owner_says(struct talk *talk, const char *text)
{
    struct hone_relay_line line;
    struct hone_arena arena;
    hone_arena_init(&arena, ARENA_BYTES_MAX);
    hone_relay_line_read(&line, hone_span_text(text), &arena);
    bool passes = hone_relay_memory_note_answer(&talk->memory, &line);
    hone_relay_line_finish(&line);
    hone_arena_finish(&arena);
    return passes;
}

static const char *taken(struct talk *talk)
{
    return talk->out.len > 0 ? talk->out.data : "";
}

/* What a lost owner means for the client. */
static const char *lost(struct talk *talk)
{
    hone_buf_clear(&talk->out);
    hone_relay_memory_lose(&talk->memory, &talk->out);
    return taken(talk);
}

static const char *replayed(struct talk *talk)
{
    hone_buf_clear(&talk->out);
    hone_relay_memory_replay(&talk->memory, &talk->out);
    return taken(talk);
}

#define ANSWER(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{}}"
#define CALL(id)                                                                         \
    "{\"jsonrpc\":\"2.0\",\"id\":" id                                                    \
    ",\"method\":\"tools/call\",\"params\":{\"name\":\"mood\",\"arguments\":{}}}"
#define FEEDBACK(id, arguments)                                                          \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/"                             \
    "call\",\"params\":{\"name\":\"feedback\",\"arguments\":{" arguments "}}}"
#define ASK(id, method)                                                                  \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\",\"params\":{}}"
#define LOST(id)                                                                         \
    "{\"jsonrpc\":\"2.0\",\"id\":" id                                                    \
    ",\"error\":{\"code\":-32603,\"message\":\"the process that owns the data folder "   \
    "ended before it answered; send the request "                                        \
    "again\",\"data\":{\"retriable\":true}}}\n"

static void a_call_in_flight_becomes_an_error_that_may_be_retried(void **state)
{
    struct talk *talk = *state;
    client_says(talk, CALL("7"));
    client_says(talk, CALL("\"a\\\"b\""));
    client_says(talk, CALL("8"));
    assert_true(owner_says(talk, ANSWER("8")));
    assert_int_equal(talk->memory.n_waiting, 2);
    assert_string_equal(lost(talk), LOST("7") LOST("\"a\\\"b\""));
    assert_string_equal(lost(talk), "");
    assert_string_equal(replayed(talk), "");
    assert_false(hone_relay_memory_needs_owner(&talk->memory));
}

static void questions_are_asked_again(void **state)
{
    struct talk *talk = *state;
    client_says(talk, ASK("1", "tools/list"));
    client_says(talk, ASK("2", "ping"));
    assert_string_equal(lost(talk), "");
    assert_true(hone_relay_memory_needs_owner(&talk->memory));
    assert_string_equal(replayed(talk),
                        ASK("1", "tools/list") "\n" ASK("2", "ping") "\n");
    assert_true(owner_says(talk, ANSWER("1")));
    assert_true(owner_says(talk, ANSWER("2")));
    assert_int_equal(talk->memory.n_waiting, 0);
    assert_int_equal(talk->memory.kept_bytes, 0);
}

static void a_line_is_sent_three_times_at_most(void **state)
{
    struct talk *talk = *state;
    client_says(talk, ASK("1", "tools/list"));
    for (int i = 1; i < HONE_RELAY_MEMORY_SENT_MAX; i++) {
        assert_string_equal(lost(talk), "");
        assert_string_equal(replayed(talk), ASK("1", "tools/list") "\n");
    }
    assert_string_equal(lost(talk), LOST("1"));
}

static void only_feedback_with_a_key_is_sent_again(void **state)
{
    struct talk *talk = *state;
    client_says(talk, FEEDBACK("1", "\"call_id\":\"x\",\"label\":\"sad\""));
    client_says(talk, FEEDBACK("2", "\"call_id\":\"x\",\"idempotency_key\":\"k\""));
    client_says(talk, FEEDBACK("3", "\"call_id\":\"x\",\"idempotency_key\":\"\""));
    assert_string_equal(lost(talk), LOST("1") LOST("3"));
    assert_string_equal(
        replayed(talk),
        FEEDBACK("2", "\"call_id\":\"x\",\"idempotency_key\":\"k\"") "\n");
}

static void the_handshake_is_repeated_and_its_answer_swallowed(void **state)
{
    struct talk *talk = *state;
    client_says(talk,
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                "\"protocolVersion\":\"2025-11-25\"}}");
    assert_true(owner_says(talk, ANSWER("0")));
    client_says(talk, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    assert_string_equal(lost(talk), "");
    assert_string_equal(
        replayed(talk),
        "{\"jsonrpc\":\"2.0\",\"id\":\"hone-relay-1\",\"method\":\"initialize\","
        "\"params\":{\"protocolVersion\":\"2025-11-25\"}}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n");
    assert_false(owner_says(talk, ANSWER("\"hone-relay-1\"")));
    assert_true(owner_says(talk, ANSWER("\"hone-relay-2\""))); /* never asked */
    assert_non_null(strstr(replayed(talk), "hone-relay-2"));
}

static void a_refused_handshake_is_not_repeated(void **state)
{
    struct talk *talk = *state;
    client_says(talk, ASK("0", "initialize"));
    assert_true(owner_says(talk,
                           "{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{\"code\":-32602,"
                           "\"message\":\"no\"}}"));
    assert_string_equal(replayed(talk), "");
}

static void a_client_may_use_the_ids_of_the_relay(void **state)
{
    struct talk *talk = *state;
    client_says(talk, ASK("0", "initialize"));
    assert_true(owner_says(talk, ANSWER("0")));
    (void)replayed(talk);
    client_says(talk, CALL("\"hone-relay-1\""));
    assert_true(owner_says(talk, ANSWER("\"hone-relay-1\"")));
    assert_false(owner_says(talk, ANSWER("\"hone-relay-1\"")));
}

#define SUBSCRIBE(id, method, uri)                                                       \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"resources/" method                  \
    "\",\"params\":{\"uri\":\"" uri "\"}}"

static void subscriptions_in_force_are_repeated(void **state)
{
    struct talk *talk = *state;
    client_says(talk, SUBSCRIBE("1", "subscribe", "skill://a"));
    client_says(talk, SUBSCRIBE("2", "subscribe", "skill://b"));
    client_says(talk, SUBSCRIBE("3", "subscribe", "skill://a"));
    assert_true(owner_says(talk, ANSWER("1")));
    assert_true(owner_says(talk, ANSWER("2")));
    assert_true(owner_says(talk, ANSWER("3")));
    client_says(talk, SUBSCRIBE("4", "unsubscribe", "skill://b"));
    assert_true(owner_says(talk, ANSWER("4")));
    assert_true(hone_relay_memory_needs_owner(&talk->memory));
    assert_string_equal(lost(talk), "");
    assert_string_equal(replayed(talk),
                        SUBSCRIBE("\"hone-relay-1\"", "subscribe", "skill://a") "\n");
    assert_false(owner_says(talk, ANSWER("\"hone-relay-1\"")));
}

static void an_open_listen_is_sent_again_and_nobody_waits_for_it(void **state)
{
    struct talk *talk = *state;
    client_says(talk, ASK("\"listen:0\"", "subscriptions/listen"));
    assert_int_equal(talk->memory.n_waiting, 0);
    for (int i = 0; i < 2 * HONE_RELAY_MEMORY_SENT_MAX; i++) {
        assert_string_equal(lost(talk), "");
        assert_string_equal(replayed(talk),
                            ASK("\"listen:0\"", "subscriptions/listen") "\n");
    }
    client_says(talk, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                      "\"params\":{\"requestId\":\"listen:0\"}}");
    assert_string_equal(replayed(talk), "");
    assert_int_equal(talk->memory.n_listens, 0);
}

#define STOPPING(id)                                                                     \
    "{\"jsonrpc\":\"2.0\",\"id\":" id                                                    \
    ",\"error\":{\"code\":-32603,\"message\":\"x\",\"data\":{\"stopping\":true}}}"

static void what_a_stopping_owner_refuses_is_asked_of_the_next_one(void **state)
{
    struct talk *talk = *state;
    client_says(talk, ASK("1", "tools/list"));
    client_says(talk, CALL("2"));
    assert_false(owner_says(talk, STOPPING("1")));
    assert_true(owner_says(talk, STOPPING("2")));
    assert_string_equal(lost(talk), "");
    assert_string_equal(replayed(talk), ASK("1", "tools/list") "\n");
}

static void a_cancelled_request_gets_no_error(void **state)
{
    struct talk *talk = *state;
    client_says(talk, CALL("5"));
    client_says(talk, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                      "\"params\":{\"requestId\":5}}");
    assert_int_equal(talk->memory.n_waiting, 0);
    assert_string_equal(lost(talk), "");
    assert_true(owner_says(talk, ANSWER("5"))); /* it comes all the same */
}

static void giving_up_answers_everything(void **state)
{
    struct talk *talk = *state;
    client_says(talk, ASK("1", "tools/list"));
    client_says(talk, ASK("2", "subscriptions/listen"));
    hone_relay_memory_give_up(&talk->memory, &talk->out);
    assert_string_equal(taken(talk), LOST("1") LOST("2"));
    assert_int_equal(talk->memory.n_waiting + talk->memory.n_listens, 0);
}

static void lines_beyond_the_limit_are_not_kept(void **state)
{
    struct talk *talk = *state;
    struct hone_buf line;
    hone_buf_init(&line, OUT_BYTES_MAX);
    (void)hone_buf_append_text(&line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\","
                                      "\"params\":{\"x\":\"");
    for (size_t i = 0; i < HONE_RELAY_MEMORY_KEPT_BYTES_MAX; i++) {
        (void)hone_buf_append_char(&line, 'x');
    }
    (void)hone_buf_append_text(&line, "\"}}");
    client_says(talk, line.data);
    assert_int_equal(talk->memory.kept_bytes, 0);
    assert_string_equal(lost(talk), LOST("1"));
    hone_buf_finish(&line);
}

static void what_is_no_message_is_not_remembered(void **state)
{
    struct talk *talk = *state;
    client_says(talk, "nonsense");
    client_says(talk, "[]");
    client_says(talk, ANSWER("9")); /* to something that the owner asked */
    assert_true(owner_says(talk, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}"));
    assert_string_equal(lost(talk), "");
}

static void listens_beyond_the_limit_end_with_their_owner(void **state)
{
    struct talk *talk = *state;
    for (int i = 0; i <= HONE_RELAY_MEMORY_LISTENS_MAX; i++) {
        char *listen = hone_alloc_format(
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"subscriptions/listen\"}",
            1000 + i);
        client_says(talk, listen);
        free(listen);
    }
    const char *errors = lost(talk);
    assert_null(strstr(errors, "\"id\":1000"));
    assert_non_null(strstr(errors, "\"id\":1064"));
    assert_int_equal(talk->memory.n_listens, HONE_RELAY_MEMORY_LISTENS_MAX);
    assert_non_null(strstr(replayed(talk), "\"id\":1000"));
}

static void batches_are_remembered_where_they_are_taken(void **state)
{
    static const char batch[] = "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"
                                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}]";
    static const char modern[] =
        "[{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
        "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}]";
    struct talk *talk = *state;
    hone_relay_batch_note_sent(&talk->memory, hone_span_text(batch));
    assert_int_equal(talk->memory.n_waiting, 0); /* nobody has said initialize */
    client_says(talk,
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                "\"protocolVersion\":\"2025-03-26\"}}");
    hone_relay_batch_note_sent(&talk->memory, hone_span_text(modern));
    assert_int_equal(talk->memory.n_waiting, 1); /* the initialize */
    hone_relay_batch_note_sent(&talk->memory, hone_span_text(batch));
    assert_int_equal(talk->memory.n_waiting, 3);
    assert_true(owner_says(talk, ANSWER("0")));
    hone_relay_batch_note_answer(&talk->memory,
                                 hone_span_text("[" ANSWER("1") "," ANSWER("2") "]"));
    assert_int_equal(talk->memory.n_waiting, 0);
    hone_relay_batch_note_sent(&talk->memory, hone_span_text(batch));
    assert_int_equal(talk->memory.n_waiting, 2);
    assert_non_null(strstr(lost(talk), "\"id\":2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_call_in_flight_becomes_an_error_that_may_be_retried, set_up, tear_down),
        cmocka_unit_test_setup_teardown(questions_are_asked_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_is_sent_three_times_at_most, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_feedback_with_a_key_is_sent_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            the_handshake_is_repeated_and_its_answer_swallowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_handshake_is_not_repeated, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_client_may_use_the_ids_of_the_relay, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(subscriptions_in_force_are_repeated, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            an_open_listen_is_sent_again_and_nobody_waits_for_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_a_stopping_owner_refuses_is_asked_of_the_next_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_request_gets_no_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(giving_up_answers_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_beyond_the_limit_are_not_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_message_is_not_remembered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(listens_beyond_the_limit_end_with_their_owner,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(batches_are_remembered_where_they_are_taken,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
