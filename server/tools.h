/* The tools that hone itself gives to the catalog: one per skill, then its own: feedback,
 * hone_status and, where there are more skills than a model should see at once
 * (tools_list_max), find_skill and run_skill in their stead; a skill can then still be
 * called by its name. Which of the two is decided at the start. The list is the same
 * bytes before and after any amount of learning. Thread: loop. */
#ifndef HONE_SERVER_TOOLS_H
#define HONE_SERVER_TOOLS_H

#include "base/attr.h"
#include "base/error.h"

struct hone_app;
struct hone_tools;

/* Adds the tools to the app's catalog, which must not outlive them. */
int hone_tools_create(struct hone_tools **out, struct hone_app *app,
                      struct hone_error *err) HONE_MUST_USE;
void hone_tools_destroy(struct hone_tools *tools); /* accepts NULL */

#endif
