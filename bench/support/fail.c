#include "bench/support/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void hone_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("bench: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void hone_fail_on(int code, const struct hone_error *err)
{
    if (code != 0) {
        hone_fail("%s: %s%s%s", hone_error_name(code), err->message,
                  err->hint[0] != '\0' ? "; " : "", err->hint);
    }
}

void hone_fail_unless(bool condition, const char *what)
{
    if (!condition) {
        hone_fail("%s", what);
    }
}
