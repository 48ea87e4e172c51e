/* Labelled texts from files of JSON lines: {"text", "label"} a record, {"label",
 * "description"} a label.
 *
 * A dataset owns all its texts. Gives up (bench/support/fail.h) on files that cannot be
 * read. Thread: any. */
#ifndef HONE_BENCH_SUPPORT_DATASET_H
#define HONE_BENCH_SUPPORT_DATASET_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

/* A text and its label; or a label and its description, which is then the text. */
struct hone_dataset_row {
    char *text;
    char *label;
};

struct hone_dataset {
    struct hone_dataset_row *rows;
    size_t n_rows;
};

/* text_key names the member that becomes the text. At least one row, or it gives up. */
void hone_dataset_read(struct hone_dataset *out, const char *path, const char *text_key);
void hone_dataset_finish(struct hone_dataset *dataset);

/* The numbers 0 to n - 1 in an order that depends on the seed alone (Fisher-Yates, inside
 * out). The caller frees it. */
size_t *hone_dataset_shuffle(size_t n, uint64_t seed) HONE_MUST_USE;

#endif
