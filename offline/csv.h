/* Records of comma-separated values as RFC 4180 has them, from lines: a cell in quotes may
 * hold the delimiter, line ends and doubled quotes. Stricter than most readers: a quote
 * inside a bare cell, or text behind a closing quote, is an error, for it is a sign that
 * cells are not where they seem.
 *
 * libcsv was weighed: its strict mode cannot go on after a bad record, it knows no lines,
 * and its buffer grows without a limit. Thread: any, one at a time; pure. */
#ifndef HONE_OFFLINE_CSV_H
#define HONE_OFFLINE_CSV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_CSV_CELLS_MAX    1024
#define HONE_CSV_RECORD_BYTES (1024 * 1024)

struct hone_csv {
    char delimiter;
    bool in_quotes;
    bool
        is_skipping; /* the record was given up; the cell that its line ends in goes on */
    size_t n_lines;  /* of the record so far */
    size_t n_cells;
    size_t ends[HONE_CSV_CELLS_MAX]; /* of the cells, in text */
    struct hone_buf text;            /* of the cells, one after the other */
};

void hone_csv_init(struct hone_csv *csv, char delimiter);
void hone_csv_finish(struct hone_csv *csv);

/* Takes a line without its end. 1: the record is complete, until the next line; 0: a
 * cell goes on in the next line. HONE_E_INVALID, HONE_E_LIMIT: the record is given up, and
 * after HONE_E_LIMIT what of it is in later lines is passed over (0). */
int hone_csv_line(struct hone_csv *csv, struct hone_span line,
                  struct hone_error *err) HONE_MUST_USE;
/* Gives up the record of a line that cannot be taken: what of it is in later lines is passed
 * over. False: the record was given up before. */
bool hone_csv_skip(struct hone_csv *csv, struct hone_span line);
/* The same for a line of which nothing is known but whether its quotes are odd in number. */
bool hone_csv_skip_unseen(struct hone_csv *csv, bool has_odd_quotes);
/* A cell of the record that is complete. */
struct hone_span hone_csv_cell(const struct hone_csv *csv, size_t index);

#endif
