/* The same skill as a server's, beside it in this process: through the library alone, it
 * learns what the server learnt in the same order, and must answer the same to the last
 * digit.
 *
 * The server says where in the skill's log each feedback stands. What stands between them
 * are verdicts of the gate, which the twin comes to by itself.
 *
 * Gives up (bench/support/fail.h) on a log that it cannot follow. Thread: any, one at a
 * time. */
#ifndef HONE_BENCH_SUPPORT_TWIN_H
#define HONE_BENCH_SUPPORT_TWIN_H

#include "base/attr.h"
#include "skills/event.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_twin;

/* From the package that the server began with; position 0 of the log. */
struct hone_twin *hone_twin_create(const char *package_folder) HONE_MUST_USE;
void hone_twin_destroy(struct hone_twin *twin); /* accepts NULL */

/* A call and the structured result that the server gave. When the twin's differs, in
 * anything but what names call and version, both go to stderr. */
void hone_twin_compare(struct hone_twin *twin, const json_t *arguments,
                       const json_t *structured);
uint64_t hone_twin_n_compared(const struct hone_twin *twin);
uint64_t hone_twin_n_different(const struct hone_twin *twin);

/* Feedback on the call compared last; value as in struct hone_feedback. */
void hone_twin_learn(struct hone_twin *twin, const struct hone_feedback *feedback,
                     uint64_t position);

/* Are the newest version's tensors in the result of hone/versions, byte for byte, those
 * that the twin had when it promoted it? The twin must have been told to keep them, before
 * it learnt. Gives up unless there is a version that was learnt. */
void hone_twin_keep_tensors(struct hone_twin *twin, const char *folder);
bool hone_twin_has_tensors(const struct hone_twin *twin, const json_t *versions);

#endif
