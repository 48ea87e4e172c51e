#include "server/relay_batch.h"

#include "base/arena.h"
#include "base/buf.h"
#include "schema/json.h"
#include "server/batch.h"

#include <string.h>

#define MESSAGE_BYTES_MAX (64U * 1024 * 1024)

bool hone_relay_batch_is(struct hone_span line)
{
    size_t at = 0;
    while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t')) {
        at++;
    }
    return at < line.len && line.data[at] == '[';
}

static void note_one(struct hone_relay_memory *memory, const json_t *message, bool sent)
{
    struct hone_relay_line line;
    struct hone_arena arena;
    struct hone_buf text;
    hone_arena_init(&arena, MESSAGE_BYTES_MAX);
    hone_buf_init(&text, MESSAGE_BYTES_MAX);
    (void)hone_json_append(&text, message);
    hone_relay_line_read(&line, hone_buf_span(&text), &arena);
    if (sent) {
        if (line.readable && line.message.kind == HONE_JSONRPC_REQUEST) {
            line.role = HONE_RELAY_LINE_OTHER;
        }
        hone_relay_memory_note_sent(memory, &line, hone_buf_span(&text));
    } else {
        (void)hone_relay_memory_note_answer(memory, &line);
    }
    hone_relay_line_finish(&line);
    hone_buf_finish(&text);
    hone_arena_finish(&arena);
}

static void note_all(struct hone_relay_memory *memory, const json_t *messages, bool sent)
{
    for (size_t i = 0; i < json_array_size(messages); i++) {
        note_one(memory, json_array_get(messages, i), sent);
    }
}

/* A batch that the owner will refuse has one answer, under no id. */
static bool is_taken(const struct hone_relay_memory *memory, const json_t *messages)
{
    const char *version = hone_relay_memory_version(memory);
    return version != NULL && strcmp(version, HONE_BATCH_VERSION) == 0 &&
           hone_batch_fault(messages) == NULL;
}

void hone_relay_batch_note_sent(struct hone_relay_memory *memory, struct hone_span line)
{
    struct hone_error err;
    json_t *messages = NULL;
    if (hone_json_parse(&messages, line, &err) == 0 && is_taken(memory, messages)) {
        note_all(memory, messages, true);
    }
    json_decref(messages);
}

void hone_relay_batch_note_answer(struct hone_relay_memory *memory, struct hone_span line)
{
    struct hone_error err;
    json_t *messages = NULL;
    if (hone_json_parse(&messages, line, &err) == 0) {
        note_all(memory, messages, false);
    }
    json_decref(messages);
}
