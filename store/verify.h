/* Checking all that a store holds: the audit chain of each skill row by row, what its
 * rows say beside the rows of versions, skill and log, each tensors file against its
 * digest and size, the log without gaps, the checkpoint, the blocks of recorded calls, and
 * the engine's own tables. A break is noted and checking goes on with the rest.
 *
 * Goes in short steps, so that a server may serve meanwhile: what the next one needs is
 * said by hone_verify_next. A skill whose versions change during its check is checked
 * again. Nothing is written. */
#ifndef HONE_STORE_VERIFY_H
#define HONE_STORE_VERIFY_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "store/store.h"

#include <jansson.h>

struct hone_verify;

enum hone_verify_work {
    HONE_VERIFY_DONE,
    HONE_VERIFY_ROWS,  /* belongs to the thread of the store */
    HONE_VERIFY_BYTES, /* of a tensors file: any thread but the loop */
};

#define HONE_VERIFY_PROBLEMS_MAX 200 /* that are told; more are only counted */

/* skill: the only one to check, copied; empty: all, the calls and the engine's tables. */
struct hone_verify *hone_verify_create(struct hone_store *store,
                                       struct hone_span skill) HONE_MUST_USE;
enum hone_verify_work hone_verify_next(const struct hone_verify *verify);
/* The next step. HONE_E_NOT_FOUND: there is no such skill; HONE_E_BUSY: its versions
 * change too often; other errors: the store cannot be read any more. All end the check. */
int hone_verify_step(struct hone_verify *verify, struct hone_error *err) HONE_MUST_USE;
/* What was found so far, as docs/control.md says. New reference. */
json_t *hone_verify_report(const struct hone_verify *verify) HONE_MUST_USE;
void hone_verify_destroy(struct hone_verify *verify); /* accepts NULL */

#endif
