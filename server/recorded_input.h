/* The form in which an input is kept for learning: the arguments as they came, or cut to
 * the size that the configuration allows (record_input_bytes). Thread: any; pure. */
#ifndef HONE_SERVER_RECORDED_INPUT_H
#define HONE_SERVER_RECORDED_INPUT_H

#include "base/buf.h"
#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* arguments is an object, sent its text as it came (empty: there is none), recorded what
 * the kind would have instead of a text that is too long (may be empty). The arguments as
 * JSON text: as they were sent, or cut when that is longer than max_bytes even without the
 * white space. Borrowed from sent, recorded or *out. */
struct hone_span hone_recorded_input_write(struct hone_buf *out, const json_t *arguments,
                                           struct hone_span sent,
                                           struct hone_span recorded, size_t max_bytes,
                                           bool *was_cut);

#endif
