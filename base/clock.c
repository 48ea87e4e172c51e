#include "base/clock.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The years 0000 to 9999, the only ones that the text form can write. */
#define UNIX_MS_MIN (-62167219200000)
#define UNIX_MS_MAX 253402300799999

uint64_t hone_clock_monotonic_us(void)
{
    struct timespec now;
    HONE_INVARIANT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

int64_t hone_clock_unix_ms(void)
{
    struct timespec now;
    HONE_INVARIANT(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + (int64_t)now.tv_nsec / 1000000;
}

void hone_clock_format_unix_ms(char *out, int64_t unix_ms)
{
    if (unix_ms < UNIX_MS_MIN) {
        unix_ms = UNIX_MS_MIN;
    } else if (unix_ms > UNIX_MS_MAX) {
        unix_ms = UNIX_MS_MAX;
    }
    int64_t ms = unix_ms % 1000;
    if (ms < 0) {
        ms += 1000;
    }
    time_t seconds = (time_t)((unix_ms - ms) / 1000);
    struct tm tm;
    HONE_INVARIANT(gmtime_r(&seconds, &tm) != NULL);
    char text[96]; /* what seven ints of any value could need */
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                   tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                   tm.tm_sec, (int)ms);
    HONE_INVARIANT(strlen(text) < HONE_CLOCK_TEXT_SIZE);
    memcpy(out, text, strlen(text) + 1);
}
