/* The two clocks. Learning code never calls them: time is an argument
 * there. Thread: any. */
#ifndef HONE_BASE_CLOCK_H
#define HONE_BASE_CLOCK_H

#include <stdint.h>

uint64_t hone_clock_monotonic_us(void); /* never goes backwards; for durations */
int64_t hone_clock_unix_ms(void);       /* wall clock; for records */

/* "2026-01-31T23:59:59.123Z"; out must hold HONE_CLOCK_TEXT_SIZE bytes. */
#define HONE_CLOCK_TEXT_SIZE 32
void hone_clock_format_unix_ms(char *out, int64_t unix_ms);

#endif
