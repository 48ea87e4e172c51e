/* fuzz: base - a moment as people write it. What is read is a time that the clock can write
 * and that is read again as the same. */
#include "base/moment.h"

#include "base/check.h"
#include "base/clock.h"

#define NOW INT64_C(1700000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err;
    int64_t unix_ms = 0;
    int64_t again = 0;
    char text[HONE_CLOCK_TEXT_SIZE];
    int status =
        hone_moment_parse(&unix_ms, hone_span_of((const char *)data, size), NOW, &err);
    if (status != 0) {
        HONE_INVARIANT(status == HONE_E_INVALID && err.hint[0] != '\0');
        return 0;
    }
    if (unix_ms < 0 || unix_ms > INT64_C(253402300799999)) {
        return 0; /* an offset has led out of the years that can be written */
    }
    hone_clock_format_unix_ms(text, unix_ms);
    HONE_INVARIANT(hone_moment_parse(&again, hone_span_text(text), NOW, &err) == 0);
    HONE_INVARIANT(again == unix_ms);
    return 0;
}
