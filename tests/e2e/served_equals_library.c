/* What a real client hears of a real server is what the library says, to the last digit: the
 * same stream of calls and feedback goes to `hone serve`, in a process of its own, and through
 * the library here (bench/support/twin.h). Answers, probabilities, propensities and intervals
 * are compared before each feedback, at the end the tensors of the newest version. One skill
 * of each kind that learns, on the data of the examples.
 *
 *   served-equals-library HONE EXAMPLES */
#include "base/alloc.h"
#include "base/file.h"
#include "bench/support/fail.h"
#include "bench/support/peer.h"
#include "bench/support/served.h"
#include "bench/support/twin.h"
#include "cli/scratch.h"
#include "schema/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (4U << 20)
#define N_CALLS        260 /* of each skill: enough for a verdict, and some behind it */
#define REWARD_BEST    9.0

/* A call to come: arguments, and what is to be said of its result. */
struct turn {
    json_t *arguments;
    json_t *feedback;           /* as the tool `feedback` takes it */
    struct hone_feedback meant; /* the same as the log has it; value in `text` */
    char *text;
};

/* Fills turn->arguments from a row of the example's data. */
typedef void (*make_call)(struct turn *turn, const json_t *row);
/* Fills the rest when the result is known. */
typedef void (*make_feedback)(struct turn *turn, const json_t *row,
                              const json_t *structured);

static void mean(struct turn *turn, enum hone_feedback_kind kind, const char *key,
                 json_t *value)
{
    turn->feedback = json_pack("{s:o}", key, value);
    turn->text = json_is_string(value) ? hone_alloc_text(json_string_value(value))
                                       : json_dumps(value, JSON_ENCODE_ANY);
    turn->meant = (struct hone_feedback){
        .kind = kind, .value = hone_span_text(turn->text), .weight = 1.0};
}

static void call_with_text(struct turn *turn, const json_t *row)
{
    turn->arguments = json_pack("{s:O}", "text", json_object_get(row, "text"));
}

static void tell_label(struct turn *turn, const json_t *row, const json_t *structured)
{
    (void)structured;
    mean(turn, HONE_FEEDBACK_LABEL, "label", json_incref(json_object_get(row, "label")));
}

static void tell_choice(struct turn *turn, const json_t *row, const json_t *structured)
{
    (void)structured;
    mean(turn, HONE_FEEDBACK_CHOICE, "choice",
         json_incref(json_object_get(row, "label")));
}

static void call_with_input(struct turn *turn, const json_t *row)
{
    turn->arguments = json_incref(json_object_get(row, "input"));
}

static void tell_value(struct turn *turn, const json_t *row, const json_t *structured)
{
    (void)structured;
    mean(turn, HONE_FEEDBACK_VALUE, "value", json_incref(json_object_get(row, "value")));
}

static const char *length_of(const json_t *row)
{
    return strlen(json_string_value(json_object_get(row, "text"))) < 60 ? "short"
                                                                        : "long";
}

static void call_for_prompt(struct turn *turn, const json_t *row)
{
    turn->arguments = json_pack("{s:O, s:s}", "task", json_object_get(row, "text"),
                                "length", length_of(row));
}

/* Short tasks want few words, long ones steps; a little for any other. */
static void tell_reward(struct turn *turn, const json_t *row, const json_t *structured)
{
    const char *best = strcmp(length_of(row), "short") == 0 ? "brief" : "steps";
    bool right = hone_span_is(hone_json_text(structured, "option"), best);
    double reward = right ? REWARD_BEST : 2.0;
    turn->feedback = json_pack("{s:f}", "reward", reward);
    turn->meant = (struct hone_feedback){
        .kind = HONE_FEEDBACK_REWARD, .reward = reward, .weight = 1.0};
}

static const struct stream {
    const char *skill, *data; /* below the examples */
    make_call make_call;
    make_feedback make_feedback;
} streams[] = {
    {"effort", "effort/data/items.jsonl", call_with_input, tell_value},
    {"prompts", "triage/data/messages.jsonl", call_for_prompt, tell_reward},
    {"runbooks", "runbooks/data/messages.jsonl", call_with_text, tell_choice},
    {"triage", "triage/data/messages.jsonl", call_with_text, tell_label},
};

static json_t *read_rows(const char *examples, const char *name)
{
    struct hone_error err;
    char *path = hone_alloc_format("%s/%s", examples, name), *text = NULL, *rest = NULL;
    json_t *rows = json_array();
    hone_fail_on(hone_file_read(&text, NULL, path, FILE_BYTES_MAX, &err), &err);
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        json_t *row = json_loads(line, 0, NULL);
        hone_fail_unless(row != NULL, "a line of the data is not JSON");
        (void)json_array_append_new(rows, row);
    }
    hone_fail_unless(json_array_size(rows) > 0, "there is no data");
    free(text);
    free(path);
    return rows;
}

/* A row of the data. Those of a second pass say so in their text: what was learnt before is no
 * evidence. New reference. */
static json_t *row_at(const json_t *rows, size_t i)
{
    size_t n = json_array_size(rows);
    json_t *row = json_deep_copy(json_array_get(rows, i % n));
    const char *text = json_string_value(json_object_get(row, "text"));
    if (i >= n && text != NULL) {
        (void)json_object_set_new(row, "text", json_sprintf("%s, pass %zu", text, i / n));
    }
    return row;
}

static void take_turn(const struct stream *stream, struct hone_client *mcp,
                      struct hone_twin *twin, const json_t *row)
{
    struct turn turn = {0};
    stream->make_call(&turn, row);
    json_t *structured =
        hone_peer_tool_take(mcp, stream->skill, json_deep_copy(turn.arguments));
    hone_twin_compare(twin, turn.arguments, structured);
    stream->make_feedback(&turn, row, structured);
    const char *call_id = json_string_value(json_object_get(structured, "call_id"));
    uint64_t position = hone_peer_feed(mcp, call_id, turn.feedback);
    hone_twin_learn(twin, &turn.meant, position);
    json_decref(structured);
    json_decref(turn.arguments);
    json_decref(turn.feedback);
    free(turn.text);
}

static bool has_same_tensors(struct hone_client *control, const struct stream *stream,
                             const struct hone_twin *twin)
{
    json_t *params = json_pack("{s:s}", "skill", stream->skill);
    json_t *versions = hone_peer_request(control, "hone/versions", params);
    bool same = hone_twin_has_tensors(twin, versions);
    json_decref(versions);
    json_decref(params);
    return same;
}

/* 0 when all was the same. */
static int run_stream(const struct stream *stream, const char *examples,
                      const struct hone_served *served, const char *scratch)
{
    json_t *rows = read_rows(examples, stream->data);
    char *package = hone_alloc_format("%s/%s", examples, stream->skill);
    struct hone_twin *twin = hone_twin_create(package);
    struct hone_client *mcp = hone_peer_connect(served->mcp_path);
    struct hone_client *control = hone_peer_connect(served->control_path);
    hone_peer_initialize(mcp);
    hone_twin_keep_tensors(twin, scratch);
    for (size_t i = 0; i < N_CALLS; i++) {
        json_t *row = row_at(rows, i);
        take_turn(stream, mcp, twin, row);
        json_decref(row);
    }
    uint64_t n_different = hone_twin_n_different(twin);
    bool same = has_same_tensors(control, stream, twin);
    printf(
        "%-8s %3llu answers compared, %llu different; tensors of the live version %s\n",
        stream->skill, (unsigned long long)hone_twin_n_compared(twin),
        (unsigned long long)n_different, same ? "are the same" : "differ");
    hone_client_destroy(control);
    hone_client_destroy(mcp);
    hone_twin_destroy(twin);
    free(package);
    json_decref(rows);
    return n_different == 0 && same ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct hone_error err;
    struct hone_served served;
    char *scratch = NULL;
    int failed = 0;
    if (argc != 3) {
        hone_fail("usage: served-equals-library HONE EXAMPLES");
    }
    hone_fail_on(hone_scratch_create(&scratch, &err), &err);
    hone_served_start(&served, argv[1], scratch, argv[2]);
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        failed |= run_stream(&streams[i], argv[2], &served, scratch);
    }
    hone_served_stop(&served);
    hone_scratch_remove(scratch);
    free(scratch);
    return failed;
}
