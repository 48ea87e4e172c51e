/* Opens a skill's state at the start, and lets go of it at the end.
 * Thread: the loop's, while no lanes run. */
#ifndef HONE_SERVER_OPENING_H
#define HONE_SERVER_OPENING_H

#include "base/attr.h"
#include "base/error.h"
#include "server/training.h"
#include "skills/registry.h"

/* Inside a transaction of the store, which the caller ends when all skills are open: what
 * is made here is durable then. Registers the skill in the store and makes its first version
 * if it has none; its state is loaded when it is wanted (residence.h). Sets
 * skill->owner_data to its struct hone_training. On failure call hone_opening_undo. */
int hone_opening_run(struct hone_app *app, struct hone_skill *skill,
                     struct hone_error *err) HONE_MUST_USE;
/* Frees what hone_opening_run made; harmless when there is nothing. */
void hone_opening_undo(struct hone_skill *skill);

#endif
