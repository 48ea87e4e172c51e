/* The fixtures that the official conformance suite of MCP wants a server to have: tools,
 * resources, prompts of fixed names and texts. `hone serve --conformance` adds them to the
 * catalog as one more provider; they are answered by the same code as everything else.
 * Thread: loop. */
#ifndef HONE_SERVER_CONFORMANCE_H
#define HONE_SERVER_CONFORMANCE_H

#include "base/attr.h"
#include "base/error.h"

struct hone_app;
struct hone_conformance;

/* Adds the built-in skill `echo` to the registry, before the skills are opened. */
int hone_conformance_add_skill(struct hone_app *app,
                               struct hone_error *err) HONE_MUST_USE;
/* Adds the rest to app->catalog. */
int hone_conformance_create(struct hone_conformance **out, struct hone_app *app,
                            struct hone_error *err) HONE_MUST_USE;
/* Ends the calls that still wait for a timer. The loop has to run once more before
 * hone_conformance_destroy. Accepts NULL. */
void hone_conformance_stop(struct hone_conformance *conformance);
void hone_conformance_destroy(struct hone_conformance *conformance); /* accepts NULL */

#endif
