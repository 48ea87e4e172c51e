/* fuzz: server - a relay's memory over any conversation. A line's first character says whose
 * it is: '<' the client's, '>' the owner's, '!' the owner is lost and another one comes,
 * anything else: there is none any more. */
#include "base/check.h"
#include "server/relay_memory.h"

#include <stdint.h>

#define OUT_BYTES_MAX (1U << 26)
#define ARENA_BYTES   65536U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the relay writes is a message. */
static void check_lines(struct hone_span text)
{
    while (text.len > 0) {
        struct hone_relay_line line;
        struct hone_arena arena;
        const char *newline = memchr(text.data, '\n', text.len);
        HONE_INVARIANT(newline != NULL);
        size_t len = (size_t)(newline - text.data);
        hone_arena_init(&arena, ARENA_BYTES);
        hone_relay_line_read(&line, hone_span_of(text.data, len), &arena);
        HONE_INVARIANT(line.readable);
        hone_relay_line_finish(&line);
        hone_arena_finish(&arena);
        text = hone_span_of(newline + 1, text.len - len - 1);
    }
}

static void pass(struct hone_relay_memory *memory, bool is_clients,
                 struct hone_span bytes)
{
    struct hone_relay_line line;
    struct hone_arena arena;
    hone_arena_init(&arena, ARENA_BYTES);
    hone_relay_line_read(&line, bytes, &arena);
    if (is_clients) {
        hone_relay_memory_note_sent(memory, &line, bytes);
    } else {
        (void)hone_relay_memory_note_answer(memory, &line);
    }
    hone_relay_line_finish(&line);
    hone_arena_finish(&arena);
}

static void step(struct hone_relay_memory *memory, char what, struct hone_span bytes)
{
    struct hone_buf out;
    hone_buf_init(&out, OUT_BYTES_MAX);
    if (what == '<' || what == '>') {
        pass(memory, what == '<', bytes);
    } else if (what == '!') {
        hone_relay_memory_lose(memory, &out);
        hone_relay_memory_replay(memory, &out);
    } else {
        hone_relay_memory_give_up(memory, &out);
        HONE_INVARIANT(memory->n_waiting == 0 && memory->n_listens == 0);
        HONE_INVARIANT(memory->kept_bytes == 0);
    }
    HONE_INVARIANT(memory->kept_bytes <= HONE_RELAY_MEMORY_KEPT_BYTES_MAX);
    HONE_INVARIANT(memory->n_listens <= HONE_RELAY_MEMORY_LISTENS_MAX);
    check_lines(hone_buf_span(&out));
    hone_buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_relay_memory memory;
    struct hone_span rest = hone_span_of((const char *)data, size);
    hone_relay_memory_init(&memory);
    while (rest.len > 0) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t len = newline != NULL ? (size_t)(newline - rest.data) : rest.len;
        if (len > 0) {
            step(&memory, rest.data[0], hone_span_of(rest.data + 1, len - 1));
        }
        size_t used = newline != NULL ? len + 1 : len;
        rest = hone_span_of(rest.data + used, rest.len - used);
    }
    hone_relay_memory_finish(&memory);
    return 0;
}
