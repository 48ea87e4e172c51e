/* The tools that clients see: one per skill, then hone's own. The list is made once and
 * is the same bytes before and after any amount of learning. Thread: loop. */
#ifndef HONE_SERVER_TOOLS_H
#define HONE_SERVER_TOOLS_H

#include "base/attr.h"
#include "base/error.h"
#include "server/session.h"

struct hone_app;

#define HONE_TOOLS_OWN_MAX 8

/* Serialises the tools/list results of both eras, compiles the schemas of hone's own tools. */
int hone_tools_prepare(struct hone_app *app, struct hone_error *err) HONE_MUST_USE;
void hone_tools_finish(struct hone_app *app);
/* tools/list and tools/call: answer and end the exchange. */
void hone_tools_list(struct hone_exchange *exchange);
void hone_tools_call(struct hone_exchange *exchange);

#endif
