/* A server as a child process, spoken to in lines over its stdin and stdout.
 *
 * Does not block but in hone_lines_wait and hone_lines_until. Gives up when the server
 * ends. Thread: any, one at a time. */
#ifndef HONE_BENCH_MCPLOAD_LINES_H
#define HONE_BENCH_MCPLOAD_LINES_H

#include "base/buf.h"
#include "bench/mcpload/options.h"
#include "bench/mcpload/tally.h"

struct hone_lines {
    pid_t pid;
    int in, out; /* of the child */
    struct hone_buf to, from;
    size_t to_used, from_used; /* written; handed out as lines */
    size_t searched;           /* of what follows from_used, without a line's end */
};

void hone_lines_start(struct hone_lines *out, const struct hone_options *options);
/* Closes the child's stdin, then asks it to end, then kills it. */
void hone_lines_stop(struct hone_lines *lines);

/* Writes what the pipe takes of lines->to. */
void hone_lines_write(struct hone_lines *lines);
/* Reads what is there; false when nothing was. */
bool hone_lines_read(struct hone_lines *lines, struct hone_tally *tally);
/* The next whole line that was read, borrowed until the next read. */
bool hone_lines_next(struct hone_span *out, struct hone_lines *lines);
/* Until something can be read or written, or the time (as of hone_tally_now_ns). */
void hone_lines_wait(const struct hone_lines *lines, uint64_t until_ns);
/* Writes, and reads until the answer with this id is there; it must hold a result. */
void hone_lines_until(struct hone_lines *lines, struct hone_tally *tally, int64_t id,
                      double timeout_s);

#endif
