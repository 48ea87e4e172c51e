/* hone/verify on the control socket: checks what the data folder holds (store/verify.h)
 * while the server serves. Rows are read on the STORE lane, tensors files on the CALL lane,
 * a short idle step at a time; one check at a time. Thread: loop. */
#ifndef HONE_SERVER_VERIFICATION_H
#define HONE_SERVER_VERIFICATION_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <jansson.h>

struct hone_app;

/* report: borrowed for the call, NULL when status is not 0. Called once, perhaps after the
 * server began to stop. */
typedef void (*hone_verification_cb)(void *user, int status, const json_t *report,
                                     const struct hone_error *err);

/* skill: empty for all. HONE_E_BUSY: one is under way. done is called only when this gives
 * 0. */
int hone_verification_start(struct hone_app *app, struct hone_span skill,
                            hone_verification_cb done, void *user,
                            struct hone_error *err) HONE_MUST_USE;

#endif
