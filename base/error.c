#include "base/error.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Moves text of unknown origin to a place of out_size bytes, where it is safe to print.
 * text must not overlap out. */
static void put_plain(char *out, size_t out_size, const char *text)
{
    struct hone_span kept = hone_text_prefix(hone_span_text(text), out_size - 1);
    if (kept.len > 0) {
        memcpy(out, kept.data, kept.len);
    }
    out[kept.len] = '\0';
    hone_text_make_plain(out, kept.len);
}

/* Callers give one byte more than the field that they fill, so that put_plain can see
 * whether its cut tears a character. */
static void HONE_PRINTF(3, 0)
    format_into(char *text, size_t text_size, const char *format, va_list args)
{
    if (vsnprintf(text, text_size, format, args) < 0) {
        text[0] = '\0';
    }
}

int hone_error_set(struct hone_error *err, int code, const char *format, ...)
{
    if (err == NULL) {
        return code;
    }
    /* The arguments may point into *err, so it is written last. */
    char text[HONE_ERROR_MESSAGE_MAX + 1];
    va_list args;
    va_start(args, format);
    format_into(text, sizeof(text), format, args);
    va_end(args);
    err->code = code;
    put_plain(err->message, sizeof(err->message), text);
    err->hint[0] = '\0';
    return code;
}

int hone_error_hint(struct hone_error *err, const char *format, ...)
{
    if (err == NULL) {
        return HONE_E_INVALID;
    }
    char text[HONE_ERROR_HINT_MAX + 1];
    va_list args;
    va_start(args, format);
    format_into(text, sizeof(text), format, args);
    va_end(args);
    put_plain(err->hint, sizeof(err->hint), text);
    return err->code;
}

void hone_error_prefix(struct hone_error *err, const char *format, ...)
{
    if (err == NULL) {
        return;
    }
    char prefix[HONE_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    format_into(prefix, sizeof(prefix), format, args);
    va_end(args);
    char text[2 * HONE_ERROR_MESSAGE_MAX + 2];
    (void)snprintf(text, sizeof(text), "%s: %s", prefix, err->message);
    put_plain(err->message, sizeof(err->message), text);
}

static int code_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
        return HONE_E_FULL;
    case EROFS:
        return HONE_E_READ_ONLY;
    case EACCES:
    case EPERM:
        return HONE_E_DENIED;
    case ENOENT:
        return HONE_E_NOT_FOUND;
    case ENOMEM:
        return HONE_E_NOMEM;
    case EEXIST:
        return HONE_E_EXISTS;
    default:
        return HONE_E_IO;
    }
}

int hone_error_set_errno(struct hone_error *err, int errno_value, const char *format, ...)
{
    int code = code_of_errno(errno_value);
    char what[HONE_ERROR_MESSAGE_MAX -
              128]; /* a long path must leave room for the cause */
    va_list args;
    va_start(args, format);
    format_into(what, sizeof(what), format, args);
    va_end(args);
    char scratch[128];
    return hone_error_set(err, code, "%s: %s", what,
                          strerror_r(errno_value, scratch, sizeof(scratch)));
}

const char *hone_error_name(int code)
{
    static const char *const names[] = {
        "ok",      "nomem",   "invalid",   "limit", "not_found",   "exists",
        "corrupt", "version", "io",        "full",  "read_only",   "busy",
        "denied",  "again",   "cancelled", "stale", "unsupported", "closed",
    };
    if (code > 0 || code < HONE_E_CLOSED) {
        return "unknown";
    }
    return names[-code];
}
