/* What the files of the conformance fixtures share. Thread: loop. */
#ifndef HONE_SERVER_CONFORMANCE_INTERNAL_H
#define HONE_SERVER_CONFORMANCE_INTERNAL_H

#include "base/attr.h"
#include "base/list.h"
#include "server/catalog.h"
#include "server/conformance.h"
#include "server/exchange.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_conformance {
    struct hone_app *app;
    json_t *schemas;        /* of the tools; the catalog borrows them */
    struct hone_list timed; /* calls that wait for a timer */
    bool has_changing_tool, has_changing_prompt;
    unsigned n_changes; /* of the watched resource */
};

/* A pixel and a click, as base64. */
extern const char hone_conformance_png[];
extern const char hone_conformance_wav[];

/* One row of a table of tools. */
struct hone_conformance_tool {
    const char *name, *description;
    const char *input_schema; /* JSON text; NULL: no arguments */
    enum hone_tool_tasks tasks;
    void (*call)(struct hone_exchange *exchange,
                 const struct hone_mcp_tool_call *tool_call, void *owner);
};
int hone_conformance_add_tools(struct hone_conformance *conformance,
                               const struct hone_conformance_tool *tools, size_t n_tools,
                               struct hone_error *err) HONE_MUST_USE;

/* JSON of this program's own. New reference. */
json_t *hone_conformance_json(const char *text);
/* {"type":"text","text":...}. New reference. */
json_t *hone_conformance_text_block(const char *text);

/* Each ends the exchange with a tool's result. */
void hone_conformance_reply_content_take(struct hone_exchange *exchange, json_t *content);
void hone_conformance_reply_text(struct hone_exchange *exchange, const char *format, ...)
    HONE_PRINTF(2, 3);
void hone_conformance_reply_error(struct hone_exchange *exchange, const char *text);

/* Calls that take their time: steps at a distance of step_ms, the first one at once. The
 * last one must end the exchange. A cancelled call takes no further step. */
struct hone_conformance_plan {
    unsigned n_steps;
    void (*step)(struct hone_exchange *exchange, unsigned index);
};
void hone_conformance_timed_run(struct hone_conformance *conformance,
                                struct hone_exchange *exchange,
                                const struct hone_conformance_plan *plan,
                                uint64_t step_ms);

/* Ends what waits. */
void hone_conformance_timed_stop(struct hone_conformance *conformance);

/* The tables, one a file. */
int hone_conformance_content_add(struct hone_conformance *conformance,
                                 struct hone_error *err) HONE_MUST_USE;
int hone_conformance_timed_add(struct hone_conformance *conformance,
                               struct hone_error *err) HONE_MUST_USE;
int hone_conformance_inputs_add(struct hone_conformance *conformance,
                                struct hone_error *err) HONE_MUST_USE;
int hone_conformance_changes_add(struct hone_conformance *conformance,
                                 struct hone_error *err) HONE_MUST_USE;
int hone_conformance_prompts_add(struct hone_conformance *conformance,
                                 struct hone_error *err) HONE_MUST_USE;
int hone_conformance_resources_add(struct hone_conformance *conformance,
                                   struct hone_error *err) HONE_MUST_USE;
int hone_conformance_urls_add(struct hone_conformance *conformance,
                              struct hone_error *err) HONE_MUST_USE;

/* Has the client answered all inputs of this JSON text {key: {method, params}}? If not,
 * asks for them and returns false: the handler then returns. state: JSON text or NULL. */
bool hone_conformance_inputs_gather(struct hone_exchange *exchange, const char *requests,
                                    const char *state) HONE_MUST_USE;
/* A string that the user gave in a form; "" for none. Lives as long as the exchange. */
const char *hone_conformance_inputs_text(const struct hone_exchange *exchange,
                                         const char *key, const char *field);

#endif
