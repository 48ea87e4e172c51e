/* How long it takes to read a message and to write an answer: the scan that the server
 * uses, beside the same with values made of everything.
 *
 *     scanner [--seconds S]     default: 0.1 a cell
 *
 * Times are of this process alone (CPU time), the best of five rounds. Prints a table and
 * one line of JSON. */
#include "base/arena.h"
#include "base/buf.h"
#include "bench/support/fail.h"
#include "protocol/jsonrpc.h"
#include "protocol/mcp_write.h"
#include "schema/json.h"
#include "schema/json_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_ROUNDS        5
#define BATCH           64 /* runs between two looks at the clock */
#define MESSAGE_MAX     (1U << 20)
#define LONG_TEXT_BYTES 65536
#define N_TOOLS         100

static const struct hone_mcp_server server = {
    .name = "hone", .title = "hone", .version = "1.0.0", .description = "learns"};

struct bench {
    double seconds;
    struct hone_arena arena;
    struct hone_mcp_writer writer;
    struct hone_buf answer;
    struct hone_span message; /* that is read */
    struct hone_mcp_request request;
    struct hone_jsonrpc_message opened;
};

/* ---- what is measured ---- */

static void run_scan(struct bench *bench)
{
    struct hone_json_scan scan;
    hone_fail_unless(hone_json_scan(&scan, bench->message) == 0, "a message was refused");
}

static void run_parse(struct bench *bench)
{
    struct hone_jsonrpc_message message;
    struct hone_jsonrpc_problem problem;
    hone_fail_unless(
        hone_jsonrpc_parse(&message, bench->message, &bench->arena, &problem) == 0,
        "a message was refused");
    hone_jsonrpc_finish(&message);
    hone_arena_reset(&bench->arena);
}

static void run_values(struct bench *bench)
{
    json_t *value = NULL;
    struct hone_error err;
    hone_fail_on(hone_json_parse(&value, bench->message, &err), &err);
    json_decref(value);
}

static const char answer_text[] =
    "refund (confidence 0.93; next: delivery 0.04, payment 0.02)\nWrong? Say so: "
    "feedback "
    "{\"call_id\":\"01990000-0000-7000-8000-000000000000\",\"label\":\"<right label>\"}";
static const char answer_members[] =
    "{\"label\":\"refund\",\"confidence\":0.9312,\"abstained\":false,\"alternatives\":["
    "{\"label\":\"delivery\",\"confidence\":0.0411},{\"label\":\"payment\","
    "\"confidence\":"
    "0.0207}],\"call_id\":\"01990000-0000-7000-8000-000000000000\",\"version\":3,"
    "\"learned_through\":1021}";

static void run_write(struct bench *bench)
{
    struct hone_mcp_answer answer = {
        .text = hone_span_text(answer_text),
        .structured = hone_span_text(answer_members),
    };
    hone_buf_clear(&bench->answer);
    hone_fail_unless(hone_mcp_write_tool_result(&bench->answer, &bench->writer,
                                                &bench->request, &answer) == 0,
                     "an answer was not written");
}

static void run_write_values(struct bench *bench)
{
    json_t *alternatives =
        json_pack("[{s:s,s:f},{s:s,s:f}]", "label", "delivery", "confidence", 0.0411,
                  "label", "payment", "confidence", 0.0207);
    json_t *object = json_pack(
        "{s:s,s:f,s:b,s:o,s:s,s:i,s:i}", "label", "refund", "confidence", 0.9312,
        "abstained", 0, "alternatives", alternatives, "call_id",
        "01990000-0000-7000-8000-000000000000", "version", 3, "learned_through", 1021);
    json_t *result = hone_mcp_tool_result(bench->request.era, hone_span_text(answer_text),
                                          object, NULL, false, &server);
    hone_buf_clear(&bench->answer);
    hone_fail_unless(
        hone_jsonrpc_write_result(&bench->answer, bench->opened.id, result) == 0,
        "an answer was not written");
    json_decref(result);
    json_decref(object);
}

/* ---- timing ---- */

static double cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Microseconds a run. */
static double measure(struct bench *bench, void (*run)(struct bench *bench))
{
    double best = 0.0;
    for (int round = 0; round < N_ROUNDS; round++) {
        double start = cpu_us(), now = start;
        size_t n = 0;
        while (now - start < bench->seconds * 1e6 / N_ROUNDS) {
            for (size_t i = 0; i < BATCH; i++) {
                run(bench);
            }
            n += BATCH;
            now = cpu_us();
        }
        double us = (now - start) / (double)n;
        best = round == 0 || us < best ? us : best;
    }
    return best;
}

/* ---- messages ---- */

static void append_call(struct hone_buf *out, const char *meta, size_t text_bytes)
{
    static const char words[] = "where is my refund, it has been two weeks now; ";
    (void)hone_buf_append_format(
        out,
        "{\"jsonrpc\":\"2.0\",\"id\":12345,\"method\":\"tools/call\",\"params\":{%s"
        "\"name\":\"triage\",\"arguments\":{\"text\":\"",
        meta);
    for (size_t i = 0; i < text_bytes; i++) {
        (void)hone_buf_append_char(out, words[i % (sizeof(words) - 1)]);
    }
    (void)hone_buf_append_text(out, "\"}}}");
}

static void append_list(struct hone_buf *out)
{
    (void)hone_buf_append_text(out,
                               "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[");
    for (int i = 0; i < N_TOOLS; i++) {
        (void)hone_buf_append_format(
            out,
            "%s{\"name\":\"tool_%d\",\"description\":\"Does what tool %d does.\","
            "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":"
            "\"string\"}},\"required\":[\"text\"]}}",
            i > 0 ? "," : "", i, i);
    }
    (void)hone_buf_append_text(out, "]}}");
}

enum case_number { PING, CALL, CALL_MODERN, CALL_LONG, LIST, N_CASES };

static const char *const case_names[N_CASES] = {"ping", "call", "call_modern", "call_64k",
                                                "list_100"};

static void make_message(struct hone_buf *out, enum case_number number)
{
    switch (number) {
    case PING:
        (void)hone_buf_append_text(out,
                                   "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}");
        break;
    case CALL:
        append_call(out, "\"_meta\":{\"progressToken\":7},", 64);
        break;
    case CALL_MODERN:
        append_call(
            out,
            "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\""
            ",\"io.modelcontextprotocol/clientCapabilities\":{},"
            "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"bench\",\"version\""
            ":\"1\"}},",
            64);
        break;
    case CALL_LONG:
        append_call(out, "", LONG_TEXT_BYTES);
        break;
    case LIST:
    case N_CASES:
    default:
        append_list(out);
        break;
    }
}

/* ---- report ---- */

struct row {
    size_t bytes;
    double scan_us, parse_us, values_us;
};

static struct row measure_case(struct bench *bench, enum case_number number)
{
    struct hone_buf text;
    hone_buf_init(&text, MESSAGE_MAX);
    make_message(&text, number);
    hone_fail_unless(text.error == 0, "a message is too long");
    bench->message = hone_buf_span(&text);
    struct row row = {
        .bytes = text.len,
        .scan_us = measure(bench, run_scan),
        .parse_us = measure(bench, run_parse),
        .values_us = measure(bench, run_values),
    };
    hone_buf_finish(&text);
    return row;
}

static void print_rows(const struct row *rows)
{
    printf("%-12s %7s %9s %9s %9s %9s %7s\n", "message", "bytes", "scan us", "parse us",
           "values us", "scan MB/s", "ratio");
    for (size_t i = 0; i < N_CASES; i++) {
        const struct row *row = &rows[i];
        printf("%-12s %7zu %9.3f %9.3f %9.3f %9.0f %6.1fx\n", case_names[i], row->bytes,
               row->scan_us, row->parse_us, row->values_us,
               (double)row->bytes / row->scan_us, row->values_us / row->parse_us);
    }
}

int main(int argc, char **argv)
{
    struct bench bench = {.seconds = 0.1};
    struct row rows[N_CASES];
    hone_fail_unless(argc == 1 || (argc == 3 && strcmp(argv[1], "--seconds") == 0),
                     "usage: scanner [--seconds S]");
    if (argc == 3) {
        bench.seconds = strtod(argv[2], NULL);
    }
    hone_arena_init(&bench.arena, MESSAGE_MAX);
    hone_buf_init(&bench.answer, MESSAGE_MAX);
    hone_mcp_write_init(&bench.writer, &server);
    bench.opened.id = hone_span_text("12345");
    bench.request.message = &bench.opened;
    for (size_t i = 0; i < N_CASES; i++) {
        rows[i] = measure_case(&bench, (enum case_number)i);
    }
    double write_us = measure(&bench, run_write);
    double write_values_us = measure(&bench, run_write_values);
    print_rows(rows);
    printf("%-12s %7zu written in %.3f us, of values in %.3f us: %.1fx\n", "answer",
           bench.answer.len, write_us, write_values_us, write_values_us / write_us);
    printf("{");
    for (size_t i = 0; i < N_CASES; i++) {
        printf("\"%s_scan_us\":%.3f,\"%s_parse_us\":%.3f,\"%s_ratio\":%.1f,",
               case_names[i], rows[i].scan_us, case_names[i], rows[i].parse_us,
               case_names[i], rows[i].values_us / rows[i].parse_us);
    }
    printf("\"text_gb_per_s\":%.2f,\"answer_us\":%.3f,\"answer_ratio\":%.1f}\n",
           (double)rows[CALL_LONG].bytes / rows[CALL_LONG].scan_us / 1e3, write_us,
           write_values_us / write_us);
    hone_mcp_write_finish(&bench.writer);
    hone_buf_finish(&bench.answer);
    hone_arena_finish(&bench.arena);
    return 0;
}
