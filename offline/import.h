/* Other programs' training files, line by line, to rows (row.h): VW's text format,
 * fastText's and CSV. docs/offline.md says what becomes of what.
 *
 * Pure: text in, text out. Thread: any, one at a time. */
#ifndef HONE_OFFLINE_IMPORT_H
#define HONE_OFFLINE_IMPORT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_IMPORT_WORD_TIMES_MAX                                                       \
    16 /* a VW feature with a value is said so often at most */

enum hone_import_from {
    HONE_IMPORT_CSV,
    HONE_IMPORT_FASTTEXT,
    HONE_IMPORT_VW,
};

/* What becomes of VW's features. */
enum hone_import_input {
    HONE_IMPORT_TEXT,       /* words of one text */
    HONE_IMPORT_NAMESPACES, /* a text for each namespace */
    HONE_IMPORT_FEATURES,   /* a number for each feature */
};

/* Borrowed for the life of the import. */
struct hone_import_settings {
    enum hone_import_from from;
    enum hone_import_input input;
    bool answer_is_value;     /* a number, not a label */
    bool first_label_only;    /* fastText */
    bool takes_labels;        /* all labels of a record are one answer, a set */
    char labels_separator;    /* CSV, with takes_labels */
    const char *label_column; /* CSV: name or number from 1; NULL: the last */
    const char *text_column;  /* CSV: NULL: all other columns are fields of the input */
    char delimiter;           /* CSV */
    bool has_no_header;       /* CSV: then columns are called column_1, column_2 ... */
    bool only_strings;        /* CSV: a cell stays text also when it is a number */
};

struct hone_import;

/* For the readers of the formats: the member "labels" of a row, names parted by a character
 * with blanks around them or not; none of an empty text. HONE_E_INVALID: a name is
 * missing. */
int hone_import_append_labels(struct hone_buf *out, struct hone_span names,
                              char separator, struct hone_error *err) HONE_MUST_USE;

struct hone_import *hone_import_create(const struct hone_import_settings *settings);
void hone_import_destroy(struct hone_import *import); /* accepts NULL */

/* Takes a line without its end and appends the rows that it completes, each with a line
 * end. HONE_E_INVALID, HONE_E_LIMIT: nothing was appended, the record is passed over, and
 * the next line may be given. HONE_E_NOT_FOUND: a column that is needed is not there, or
 * there twice; nothing more can be read. */
int hone_import_line(struct hone_import *import, struct hone_span line,
                     struct hone_buf *out, struct hone_error *err) HONE_MUST_USE;
/* Instead, for a line that is too long to be had. False: it belongs to a record that was
 * refused before. */
bool hone_import_skip(struct hone_import *import, bool has_odd_quotes);
/* After the last line. */
int hone_import_end(struct hone_import *import, struct hone_error *err) HONE_MUST_USE;
/* How many lines the record has that the last line belongs to, from 1. */
size_t hone_import_n_lines(const struct hone_import *import);

#endif
