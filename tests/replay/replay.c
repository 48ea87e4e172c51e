/* Plays a transcript through each transport that it is for, and holds every answer against
 * the transcript and every structured result against the schema that its tool declares.
 *
 * usage: replay FILE */
#include "base/alloc.h"
#include "base/file.h"
#include "schema/schema.h"
#include "tests/replay/match.h"
#include "tests/replay/transport.h"
#include "tests/support/support.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char list_message[] =
    "{\"jsonrpc\":\"2.0\",\"id\":\"schemas\",\"method\":\"tools/list\"}";

struct play {
    const struct transcript *transcript;
    const struct transport_kind *kind;
    struct transport *transport;
    json_t *captured; /* name -> value */
    json_t *kept;     /* name -> text of a result */
    json_t *schemas;  /* tool -> output schema */
    unsigned n_checked_schemas;
    bool failed;
};

void transport_fail(const char *what)
{
    (void)fprintf(stderr, "replay: %s\n", what);
    exit(1);
}

char *transport_skills(void)
{
    return support_source_path("tests/data/skills");
}

static void complain(struct play *play, int line, const char *what, const char *message)
{
    play->failed = true;
    (void)printf("%s:%d over %s: %s\n", play->transcript->path, line, play->kind->name,
                 what);
    if (message != NULL) {
        (void)printf("  came: %.2000s\n", message);
    }
}

/* ---- schemas ---- */

static void learn_schemas(struct play *play)
{
    static const struct transcript_step step = {.answer = (char *)(uintptr_t) ""};
    int http_status = 0;
    size_t index = 0;
    json_t *tool = NULL;
    char *text = play->kind->exchange(play->transport, &step, list_message, &http_status);
    json_t *answer = json_loads(text != NULL ? text : "", 0, NULL);
    const json_t *tools = json_object_get(json_object_get(answer, "result"), "tools");
    json_array_foreach(tools, index, tool)
    {
        (void)json_object_set(play->schemas,
                              json_string_value(json_object_get(tool, "name")),
                              json_object_get(tool, "outputSchema"));
    }
    if (json_array_size(tools) == 0) {
        complain(play, 0, "tools/list has no tools", text);
    }
    json_decref(answer);
    free(text);
}

/* The structured result of a call must be what its tool declares. */
static void check_schema(struct play *play, const struct transcript_step *step,
                         const char *message, const json_t *answer)
{
    const json_t *structured =
        json_object_get(json_object_get(answer, "result"), "structuredContent");
    struct hone_schema *schema = NULL;
    struct hone_error err;
    json_t *request = json_loads(message, 0, NULL);
    const char *name =
        json_string_value(json_object_get(json_object_get(request, "params"), "name"));
    if (structured != NULL) {
        const json_t *declared =
            name != NULL ? json_object_get(play->schemas, name) : NULL;
        if (declared == NULL) {
            complain(play, step->line, "structuredContent of a tool without a schema",
                     name);
        } else if (hone_schema_compile(&schema, declared, &err) != 0 ||
                   hone_schema_check(schema, structured, NULL, &err) != 0) {
            complain(play, step->line, err.message, name);
        } else {
            play->n_checked_schemas += 1;
        }
    }
    hone_schema_destroy(schema);
    json_decref(request);
}

/* ---- answers ---- */

static void check_kept(struct play *play, const struct transcript_step *step,
                       const char *text)
{
    const char *result = strstr(text, "\"result\":");
    if ((step->keep != NULL || step->same != NULL) && result == NULL) {
        complain(play, step->answer_line, "there is no result to keep", text);
        return;
    }
    if (step->keep != NULL) {
        (void)json_object_set_new(play->kept, step->keep, json_string(result));
    }
    if (step->same != NULL) {
        const char *before = json_string_value(json_object_get(play->kept, step->same));
        if (before == NULL || strcmp(before, result) != 0) {
            complain(play, step->answer_line, "the result's bytes have changed", text);
        }
    }
}

static void check_answer(struct play *play, const struct transcript_step *step,
                         const char *message, const char *text)
{
    char place[MATCH_PLACE_MAX];
    char *expected = match_substitute(step->answer, play->captured);
    json_t *wanted = json_loads(expected, 0, NULL);
    json_t *got = json_loads(text, 0, NULL);
    if (wanted == NULL) {
        complain(play, step->answer_line, "the transcript's answer is not JSON", NULL);
    } else if (got == NULL) {
        complain(play, step->answer_line, "the answer is not JSON", text);
    } else if (!match(wanted, got, play->captured, place)) {
        complain(play, step->answer_line, place, text);
    } else {
        check_schema(play, step, message, got);
        check_kept(play, step, text);
    }
    json_decref(wanted);
    json_decref(got);
    free(expected);
}

static void check_status(struct play *play, const struct transcript_step *step,
                         int http_status)
{
    int standard = step->answer == NULL ? 202 : 200;
    int wanted = step->http_status != 0 ? step->http_status : standard;
    if (http_status != 0 && http_status != wanted) {
        char what[64];
        (void)snprintf(what, sizeof(what), "HTTP status %d, wanted %d", http_status,
                       wanted);
        complain(play, step->line, what, NULL);
    }
}

static void play_step(struct play *play, const struct transcript_step *step)
{
    int http_status = 0;
    char *message = match_substitute(step->message, play->captured);
    char *text = play->kind->exchange(play->transport, step, message, &http_status);
    check_status(play, step, http_status);
    if (step->answer == NULL && text != NULL) {
        complain(play, step->line, "this must not be answered", text);
    } else if (step->answer != NULL && text == NULL) {
        complain(play, step->line, "there is no answer", NULL);
    } else if (step->answer != NULL) {
        check_answer(play, step, message, text);
    }
    free(message);
    free(text);
}

/* Plays all; true when all was as the transcript says. */
static bool play_over(const struct transcript *transcript,
                      const struct transport_kind *kind)
{
    struct play play = {.transcript = transcript,
                        .kind = kind,
                        .captured = json_object(),
                        .kept = json_object(),
                        .schemas = json_object()};
    char *data = support_make_folder();
    play.transport = kind->start(transcript, data);
    learn_schemas(&play);
    for (size_t i = 0; i < transcript->n_steps && !play.failed; i++) {
        play_step(&play, &transcript->steps[i]);
    }
    if (!kind->stop(play.transport)) {
        complain(&play, 0, "the server did not end well", NULL);
    }
    support_remove_folder(data);
    (void)printf("%s over %s: %zu messages, %u results held against their schema\n",
                 play.failed ? "FAILED" : "ok", kind->name, transcript->n_steps,
                 play.n_checked_schemas);
    json_decref(play.captured);
    json_decref(play.kept);
    json_decref(play.schemas);
    free(data);
    return !play.failed;
}

int main(int n_args, char **args)
{
    struct transcript transcript;
    bool well = true;
    if (n_args != 2) {
        (void)fprintf(stderr, "usage: replay FILE\n");
        return 2;
    }
    transcript_read(&transcript, args[1]);
    if (transcript.loopback) {
        well = play_over(&transcript, &transport_loopback) && well;
    }
    if (transcript.stdio) {
        well = play_over(&transcript, &transport_stdio) && well;
        well = play_over(&transcript, &transport_relay) && well;
    }
    if (transcript.http) {
        well = play_over(&transcript, &transport_http) && well;
    }
    transcript_finish(&transcript);
    return well ? 0 : 1;
}
