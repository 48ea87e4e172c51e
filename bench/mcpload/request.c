#include "bench/mcpload/request.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ID_DIGITS 8

void hone_request_give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("mcpload: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static void add_text(struct hone_request *request, struct hone_span line)
{
    struct hone_span text = hone_walk_member(line, "text");
    size_t n = request->n_texts;
    if (text.len < 2 || text.data[0] != '"') {
        hone_request_give_up("line %zu of the texts has no \"text\"", n + 1);
    }
    if ((n & (n - 1)) == 0) { /* the room doubles at each power of two */
        request->texts = hone_alloc_resize(request->texts, n == 0 ? 1 : 2 * n,
                                           sizeof(*request->texts));
    }
    request->texts[request->n_texts++] = hone_alloc_bytes(text.data, text.len);
}

static void read_texts(struct hone_request *request, const char *path)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        hone_request_give_up("%s cannot be opened", path);
    }
    while ((len = getline(&line, &capacity, file)) > 0) {
        add_text(request, hone_span_of(line, (size_t)len));
    }
    (void)fclose(file);
    free(line);
    if (request->n_texts == 0) {
        hone_request_give_up("%s is empty", path);
    }
}

void hone_request_init(struct hone_request *out, const struct hone_options *options)
{
    static const char words[] = "the quick brown fox jumps over the lazy dog ";
    *out = (struct hone_request){.options = options};
    out->filler = hone_alloc_zeroed(options->payload_bytes + 1, 1);
    for (size_t i = 0; i < options->payload_bytes; i++) {
        out->filler[i] = words[i % (sizeof(words) - 1)];
    }
    if (options->texts_path != NULL) {
        read_texts(out, options->texts_path);
    }
}

void hone_request_finish(struct hone_request *request)
{
    for (size_t i = 0; i < request->n_texts; i++) {
        free(request->texts[i]);
    }
    free(request->texts);
    free(request->filler);
}

/* ---- requests ---- */

static void append_call(struct hone_buf *out, uint64_t id, const char *tool)
{
    (void)hone_buf_append_format(
        out,
        "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64
        ",\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":",
        id, tool);
}

static size_t filler_bytes(const struct hone_request *request)
{
    size_t payload_bytes = request->options->payload_bytes;
    return payload_bytes > ID_DIGITS ? payload_bytes - ID_DIGITS : 0;
}

/* A text of its own for each id: from the file, or the id's digits and then filler. */
static void append_text_call(struct hone_buf *out, const struct hone_request *request,
                             uint64_t id, const char *tool)
{
    append_call(out, id, request->options->tool != NULL ? request->options->tool : tool);
    if (request->n_texts > 0) {
        (void)hone_buf_append_format(out, "{\"text\":%s}}}",
                                     request->texts[id % request->n_texts]);
        return;
    }
    (void)hone_buf_append_format(out, "{\"text\":\"%08x", (unsigned)id);
    (void)hone_buf_append(out, request->filler, filler_bytes(request));
    (void)hone_buf_append_text(out, "\"}}}");
}

void hone_request_append(struct hone_buf *out, const struct hone_request *request,
                         uint64_t id)
{
    const struct hone_options *options = request->options;
    switch (options->kind) {
    case HONE_OPTIONS_ECHO:
        append_text_call(out, request, id, "echo");
        break;
    case HONE_OPTIONS_CLASSIFY:
        append_text_call(out, request, id, "classify");
        break;
    case HONE_OPTIONS_CUSTOM:
        append_call(out, id, options->tool);
        (void)hone_buf_append_format(out, "%s}}", options->arguments);
        break;
    case HONE_OPTIONS_LIST:
        (void)hone_buf_append_format(out,
                                     "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64
                                     ",\"method\":\"tools/list\",\"params\":{}}",
                                     id);
        break;
    case HONE_OPTIONS_PING:
    default:
        (void)hone_buf_append_format(
            out, "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"method\":\"ping\"}", id);
        break;
    }
}

void hone_request_append_initialize(struct hone_buf *out,
                                    const struct hone_request *request)
{
    (void)hone_buf_append_format(
        out,
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
        "\"protocolVersion\":\"%s\",\"capabilities\":{},\"clientInfo\":{\"name\":"
        "\"mcpload\",\"version\":\"1\"}}}",
        request->options->protocol);
}

void hone_request_append_initialized(struct hone_buf *out)
{
    (void)hone_buf_append_text(
        out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
}

/* ---- answers ---- */

static bool echoes(const struct hone_request *request, struct hone_span result,
                   uint64_t id)
{
    struct hone_buf wanted;
    if (request->n_texts > 0) {
        return hone_walk_holds(result,
                               hone_span_text(request->texts[id % request->n_texts]));
    }
    hone_buf_init(&wanted, request->options->payload_bytes + 32);
    (void)hone_buf_append_format(&wanted, "\"%08x", (unsigned)id);
    (void)hone_buf_append(&wanted, request->filler, filler_bytes(request));
    (void)hone_buf_append_char(&wanted, '"');
    bool found = hone_walk_holds(result, hone_buf_span(&wanted));
    hone_buf_finish(&wanted);
    return found;
}

/* The structured result names a label, and the text for the model names the same one. */
static bool classifies(struct hone_span result)
{
    struct hone_span structured = hone_walk_member(result, "structuredContent");
    struct hone_span label = hone_walk_member(structured, "label");
    if (label.len < 3 || label.data[0] != '"') {
        return false;
    }
    struct hone_span name = hone_span_of(label.data + 1, label.len - 2);
    return hone_walk_holds(hone_walk_member(result, "content"), name);
}

static bool holds_answer(const struct hone_request *request, struct hone_span result,
                         uint64_t id)
{
    switch (request->options->kind) {
    case HONE_OPTIONS_ECHO:
        return echoes(request, result, id);
    case HONE_OPTIONS_CLASSIFY:
        return classifies(result);
    case HONE_OPTIONS_LIST:
        return hone_walk_holds(result, hone_span_text("\"tools\"")) &&
               hone_walk_holds(result, hone_span_text("\"inputSchema\""));
    case HONE_OPTIONS_PING:
    case HONE_OPTIONS_CUSTOM:
    default:
        return result.data[0] == '{';
    }
}

void hone_request_verify(const struct hone_request *request, struct hone_tally *tally,
                         const struct hone_walk *answer, struct hone_span raw,
                         uint64_t id)
{
    const char *expected = request->options->expected;
    if (!answer->has_id || answer->id != (int64_t)id) {
        hone_tally_wrong(tally, "wrong id", raw);
    } else if (answer->result.len == 0 || answer->has_error) {
        hone_tally_wrong(tally, "error or no result", raw);
    } else if (hone_span_is(hone_walk_member(answer->result, "isError"), "true")) {
        hone_tally_wrong(tally, "isError", raw);
    } else if (!holds_answer(request, answer->result, id)) {
        hone_tally_wrong(tally, "not the answer to the request", raw);
    } else if (expected != NULL &&
               !hone_walk_holds(answer->result, hone_span_text(expected))) {
        hone_tally_wrong(tally, "expected text missing", raw);
    } else {
        tally->n_right++;
    }
}
