/* Skills as resources and prompts:
 *   skill://NAME/PATH               the files of each package, as they were when it was
 *                                   loaded; listed with digests by the skills extension
 *   hone://skills/NAME              what hone_status says of the skill
 *   hone://skills/NAME/versions/N   one version, from the store
 *   prompts                         the instructions of guide skills
 * Thread: loop. */
#ifndef HONE_SERVER_SKILL_RESOURCES_H
#define HONE_SERVER_SKILL_RESOURCES_H

#include "base/attr.h"
#include "base/error.h"
#include "server/exchange.h"
#include "skills/registry.h"

struct hone_skill_resources;

/* Adds them to the app's catalog, which must not outlive them. */
int hone_skill_resources_create(struct hone_skill_resources **out, struct hone_app *app,
                                struct hone_error *err) HONE_MUST_USE;
void hone_skill_resources_destroy(struct hone_skill_resources *resources); /* or NULL */

/* skills/list, skills/get, resources/directory/read: answer and end the exchange. */
void hone_skill_resources_list(struct hone_exchange *exchange);
void hone_skill_resources_get(struct hone_exchange *exchange);
void hone_skill_resources_read_directory(struct hone_exchange *exchange);

/* Another version of the skill is live now, or its state has taken a turn (drift): tells those who subscribed to
 * hone://skills/NAME. */
void hone_skill_resources_updated(struct hone_app *app, const struct hone_skill *skill);

#endif
