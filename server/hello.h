/* The greeting between a relay (`hone serve --stdio`) and the process that owns the data
 * folder: who they are and whether the one may stand for the other (docs/control.md).
 *
 * Bytes in, messages out; no I/O. Thread: any. */
#ifndef HONE_SERVER_HELLO_H
#define HONE_SERVER_HELLO_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "server/build.h"
#include "server/config.h"

#include <jansson.h>

#define HONE_HELLO_METHOD    "hone/hello"
#define HONE_HELLO_LEAVE     "hone/leave"
#define HONE_HELLO_BYTES_MAX (512U * 1024) /* of one greeting: 64 paths as JSON */

enum hone_hello_verdict {
    HONE_HELLO_ACCEPTED,
    HONE_HELLO_REFUSED,  /* another configuration */
    HONE_HELLO_OUTDATED, /* the owner would make room: the relay's build is newer, or the
                            skills have been edited since the owner loaded them */
};

/* What the owner is, for its answer and its judgement. */
struct hone_hello_owner {
    const struct hone_config *config;
    char build[HONE_BUILD_TEXT_MAX];
    struct hone_digest packages; /* hone_package_stamp_read before they were loaded */
    bool may_leave;              /* it was started by a relay and may be replaced */
};

/* One line without its newline. Returns out->error. */
int hone_hello_write(struct hone_buf *out, const struct hone_config *config,
                     const char *build);
int hone_hello_write_leave(struct hone_buf *out);

/* The owner's judgement. A relay that names no skills takes what is served. REFUSED fills
 * err with the reason and the fix. */
enum hone_hello_verdict hone_hello_judge(const struct hone_hello_owner *owner,
                                         const json_t *params, struct hone_error *err);
/* The owner's answer; err is looked at when refusing. id: of the request, JSON text. */
int hone_hello_write_answer(struct hone_buf *out, struct hone_span id,
                            const struct hone_hello_owner *owner,
                            enum hone_hello_verdict verdict,
                            const struct hone_error *err);

/* The relay's reading of it; *pid is the owner's. REFUSED fills err. HONE_E_CORRUPT when
 * it is no answer to a greeting. */
int hone_hello_read_answer(enum hone_hello_verdict *verdict, long *pid,
                           struct hone_span line, struct hone_error *err) HONE_MUST_USE;

#endif
