/* A file of rows as `hone train` gives it to a skill: which rows are taught and which are
 * held out, in which order, in which batches. All of that depends on the file alone, so an
 * interrupted training goes on where it stopped when the same batches are sent again.
 *
 * Held out is a row by a hash of its episode, else of its input's text, keyed by the
 * skill's name: the rows of an episode, and rows of the same text, are on one side. Taught
 * rows come first, in the file's order, and are never evidence. Held-out rows follow: each
 * is scored before anybody learns from it. One whose text was taught, or came before, is
 * no evidence either; of texts in other files or earlier trainings the log knows by the
 * rows' text_key.
 *
 * Thread: any, one at a time; blocks. */
#ifndef HONE_OFFLINE_TRAINING_FILE_H
#define HONE_OFFLINE_TRAINING_FILE_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <jansson.h>
#include <stdint.h>

#define HONE_TRAINING_FILE_ROWS_MAX   (16 * 1024 * 1024)
#define HONE_TRAINING_FILE_BATCH_ROWS 1000
/* Of lines in a batch; one line may be longer. */
#define HONE_TRAINING_FILE_BATCH_BYTES (1024 * 1024)
/* Share that is held out when none is given: so many rows, within these bounds. */
#define HONE_TRAINING_FILE_HELD_ROWS 250
#define HONE_TRAINING_FILE_HELD_MIN  0.1
#define HONE_TRAINING_FILE_HELD_MAX  0.25

struct hone_training_file;

struct hone_training_file_settings {
    struct hone_span skill; /* its name */
    struct hone_span run;   /* tells trainings on the same rows apart; may be empty */
    double held_out;        /* share from 0 to 1, or below 0 for the default */
};

struct hone_training_file_counts {
    uint64_t n_lines, n_rows, n_bad;
    uint64_t n_taught, n_held_out;
    uint64_t n_repeated; /* held-out rows that are no evidence */
};

/* Told of each line that is no row; stops the reading when it does not return 0. */
typedef int (*hone_training_file_bad_cb)(void *user, uint64_t line,
                                         const struct hone_error *err);

/* Reads all of the file once. Lines that are empty are passed over. Errors: those of
 * hone_lines_open, HONE_E_LIMIT, and what on_bad returns. */
int hone_training_file_open(struct hone_training_file **out, const char *path,
                            const struct hone_training_file_settings *settings,
                            hone_training_file_bad_cb on_bad, void *user,
                            struct hone_error *err) HONE_MUST_USE;
void hone_training_file_close(struct hone_training_file *file); /* accepts NULL */
struct hone_training_file_counts
hone_training_file_counts(const struct hone_training_file *file);

/* The next batch: 1 with *rows a new array of rows as hone/train takes them, and where
 * each comes from in lines; 0 at the end. HONE_E_STALE: the file has changed meanwhile. */
int hone_training_file_next(struct hone_training_file *file, json_t **rows,
                            uint64_t lines[HONE_TRAINING_FILE_BATCH_ROWS],
                            struct hone_error *err) HONE_MUST_USE;

#endif
