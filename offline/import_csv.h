/* CSV to rows: a header names the columns; one is the answer, one may be the text, and
 * the others are fields of the input. Thread: any, one at a time; pure. */
#ifndef HONE_OFFLINE_IMPORT_CSV_H
#define HONE_OFFLINE_IMPORT_CSV_H

#include "offline/import.h"

struct hone_import_csv;

struct hone_import_csv *
hone_import_csv_create(const struct hone_import_settings *settings);
void hone_import_csv_destroy(struct hone_import_csv *csv); /* accepts NULL */
/* As hone_import_line. */
int hone_import_csv_line(struct hone_import_csv *csv, struct hone_span line,
                         struct hone_buf *out, struct hone_error *err) HONE_MUST_USE;
/* As hone_csv_skip. */
bool hone_import_csv_skip(struct hone_import_csv *csv, struct hone_span line);
bool hone_import_csv_skip_unseen(struct hone_import_csv *csv, bool has_odd_quotes);
int hone_import_csv_end(struct hone_import_csv *csv,
                        struct hone_error *err) HONE_MUST_USE;
size_t hone_import_csv_n_lines(const struct hone_import_csv *csv);

#endif
