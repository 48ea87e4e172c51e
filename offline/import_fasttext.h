/* fastText's training format: words parted by white space, those that begin with
 * __label__ are labels, wherever they stand. Thread: any; pure. */
#ifndef HONE_OFFLINE_IMPORT_FASTTEXT_H
#define HONE_OFFLINE_IMPORT_FASTTEXT_H

#include "offline/import.h"

#define HONE_IMPORT_FASTTEXT_LABELS_MAX 64 /* of a line */

/* As hone_import_line. A line with several labels becomes a row for each, with a weight
 * of one over their number, or with takes_labels every line one with all its labels. */
int hone_import_fasttext_line(const struct hone_import_settings *settings,
                              struct hone_span line, struct hone_buf *out,
                              struct hone_error *err) HONE_MUST_USE;

#endif
