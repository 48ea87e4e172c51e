/* Error codes and the error value that travels with a failure.
 *
 * Functions that can fail return 0 or one of the negative codes below. When a person
 * should read why, the last argument is a struct hone_error: filled where the failure
 * is found, with the cause and, where there is one, the fix. It owns no memory and
 * may be copied.
 *
 * Thread: any. */
#ifndef HONE_BASE_ERROR_H
#define HONE_BASE_ERROR_H

#include "base/attr.h"

#include <stdarg.h>

enum hone_code {
    HONE_OK = 0,
    HONE_E_NOMEM = -1,      /* memory for data from outside could not be had */
    HONE_E_INVALID = -2,    /* input is not acceptable as it is */
    HONE_E_LIMIT = -3,      /* input is beyond a named limit */
    HONE_E_NOT_FOUND = -4,  /* the thing named does not exist */
    HONE_E_EXISTS = -5,     /* the thing named exists already */
    HONE_E_CORRUPT = -6,    /* a file's content is not what it must be */
    HONE_E_VERSION = -7,    /* a file or peer is newer than this build understands */
    HONE_E_IO = -8,         /* the operating system refused an operation */
    HONE_E_FULL = -9,       /* no space left */
    HONE_E_READ_ONLY = -10, /* the place cannot be written to */
    HONE_E_BUSY = -11,      /* owned by somebody else at the moment */
    HONE_E_DENIED = -12,    /* the caller may not do this */
    HONE_E_AGAIN = -13,     /* a bounded queue is full: the same call may succeed later */
    HONE_E_CANCELLED = -14, /* given up on request, or because of shutdown */
    HONE_E_STALE = -15,     /* based on a state that has been replaced meanwhile */
    HONE_E_UNSUPPORTED = -16, /* understood, but not offered here */
    HONE_E_CLOSED = -17,      /* the peer is gone */
};

#define HONE_ERROR_MESSAGE_MAX 512
#define HONE_ERROR_HINT_MAX    256

struct hone_error {
    int code;
    char message[HONE_ERROR_MESSAGE_MAX]; /* the cause, one sentence, no newline */
    char hint[HONE_ERROR_HINT_MAX];       /* the fix, or "" */
};

/* Fills *err (which may be NULL) and returns code, so that `return hone_error_set(...)`
 * reads well. Truncates long text at a UTF-8 boundary; control characters become spaces
 * and bytes that are not UTF-8 become '?'. The arguments may point into *err. */
int hone_error_set(struct hone_error *err, int code, const char *format, ...)
    HONE_PRINTF(3, 4);

/* Adds the fix to an error that was just set. err may be NULL. Returns err->code, or
 * HONE_E_INVALID when err is NULL. */
int hone_error_hint(struct hone_error *err, const char *format, ...) HONE_PRINTF(2, 3);

/* Puts "prefix: " before the message. err may be NULL. */
void hone_error_prefix(struct hone_error *err, const char *format, ...) HONE_PRINTF(2, 3);

/* Converts an errno value: ENOSPC and EDQUOT to HONE_E_FULL, EROFS to HONE_E_READ_ONLY,
 * EACCES and EPERM to HONE_E_DENIED, ENOENT to HONE_E_NOT_FOUND, ENOMEM to HONE_E_NOMEM,
 * EEXIST to HONE_E_EXISTS; all others to HONE_E_IO. The message is "what: strerror".
 * Returns the code. */
int hone_error_set_errno(struct hone_error *err, int errno_value, const char *format, ...)
    HONE_PRINTF(3, 4);

/* Short stable name, e.g. "not_found"; "ok" for 0; "unknown" for anything else. */
const char *hone_error_name(int code);

#endif
