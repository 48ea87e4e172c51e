/* The messages of a demo: a file of JSON lines {"text", "label"}, cut in two by a hash of
 * the text, so that the same message always falls on the same side.
 *
 * Thread: any. */
#ifndef HONE_CLI_DEMO_DATA_H
#define HONE_CLI_DEMO_DATA_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_DEMO_DATA_FILE_BYTES_MAX (16u * 1024 * 1024)
#define HONE_DEMO_DATA_ROWS_MAX       100000u

struct hone_demo_data_row {
    char *text;
    char *label;
};

struct hone_demo_data {
    struct hone_demo_data_row *stream; /* labels are sent, in the file's order */
    size_t n_stream;
    struct hone_demo_data_row *test; /* labels are never sent */
    size_t n_test;
};

/* Reads at most limit rows of the stream (0: all) and all of the test part.
 * HONE_E_NOT_FOUND, HONE_E_INVALID with the line, HONE_E_LIMIT. */
int hone_demo_data_read(struct hone_demo_data *out, const char *path, size_t limit,
                        struct hone_error *err) HONE_MUST_USE;
void hone_demo_data_finish(struct hone_demo_data *data); /* accepts zeroed memory */

/* About one text in six. */
bool hone_demo_data_is_test(struct hone_span text);

#endif
