/* What the server knows of itself, as JSON and as text: for `hone status`, the
 * hone_status tool, the HTTP API and the control socket. Thread: loop. */
#ifndef HONE_SERVER_STATUS_H
#define HONE_SERVER_STATUS_H

#include "base/buf.h"
#include "skills/registry.h"
#include "store/store.h"

#include <jansson.h>

struct hone_app;

/* Of all skills, or of one. New reference; see docs/control.md. */
json_t *hone_status_json(struct hone_app *app, const struct hone_skill *only);
/* A few lines for a model or a person. */
void hone_status_text(const json_t *status, struct hone_buf *out);
/* One version as docs/control.md says. New reference. */
json_t *hone_status_version_json(const struct hone_store_version *version);

/* Schemas of the hone_status tool, as JSON text. Static. */
const char *hone_status_input_schema(void);
const char *hone_status_output_schema(void);

#endif
