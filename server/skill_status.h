/* What is known of a skill, as resources: hone://skills/NAME and its versions.
 * Thread: loop. */
#ifndef HONE_SERVER_SKILL_STATUS_H
#define HONE_SERVER_SKILL_STATUS_H

#include "base/attr.h"
#include "base/error.h"
#include "server/exchange.h"
#include "skills/registry.h"

#include <jansson.h>

/* Adds the template of versions to the app's catalog. */
int hone_skill_status_add_versions(struct hone_app *app,
                                   struct hone_error *err) HONE_MUST_USE;
/* "hone://skills/NAME"; free() it. */
char *hone_skill_status_uri(const char *skill);
/* Annotations of hone://skills/NAME: for whom, and since when the live version is what it is.
 * New reference. */
json_t *hone_skill_status_annotations(const struct hone_skill *skill) HONE_MUST_USE;
/* Reads hone://skills/NAME; owner is the struct hone_skill. Answers and ends the
 * exchange. */
void hone_skill_status_read(struct hone_exchange *exchange, struct hone_span uri,
                            void *owner);

#endif
