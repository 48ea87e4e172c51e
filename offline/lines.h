/* A text file line by line, in memory that does not grow with the file.
 *
 * A line ends with LF or CR LF; the last one may end with the file. A byte order mark at
 * the beginning is passed over. Thread: any, one at a time; blocks. */
#ifndef HONE_OFFLINE_LINES_H
#define HONE_OFFLINE_LINES_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define HONE_LINES_BYTES_MAX (1024 * 1024)

struct hone_lines;

/* path "-" is stdin. HONE_E_NOT_FOUND, HONE_E_DENIED, HONE_E_IO. */
int hone_lines_open(struct hone_lines **out, const char *path,
                    struct hone_error *err) HONE_MUST_USE;
void hone_lines_close(struct hone_lines *lines); /* accepts NULL */

/* The next line without its end, borrowed until the next call: 1; at the end 0.
 * HONE_E_LIMIT: the line is longer than HONE_LINES_BYTES_MAX and was passed over; reading
 * may go on. HONE_E_IO. */
int hone_lines_next(struct hone_lines *lines, struct hone_span *out,
                    struct hone_error *err) HONE_MUST_USE;
/* Number of the line that was read last, from 1. */
uint64_t hone_lines_number(const struct hone_lines *lines);
/* Did the line that was read last have an end of its own? The last one of a file that is
 * still being written has not. */
bool hone_lines_was_ended(const struct hone_lines *lines);
/* Are the quotes (") of the line that was read last odd in number? Known of one that is too
 * long, too. */
bool hone_lines_has_odd_quotes(const struct hone_lines *lines);
/* Back to the first line. HONE_E_IO for what cannot be read twice, such as a pipe. */
int hone_lines_rewind(struct hone_lines *lines, struct hone_error *err) HONE_MUST_USE;
/* Bytes read so far, and in all (0: not known). */
uint64_t hone_lines_bytes(const struct hone_lines *lines);
uint64_t hone_lines_bytes_total(const struct hone_lines *lines);

#endif
