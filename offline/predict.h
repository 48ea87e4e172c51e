/* What a state of a skill answers to rows, and how far that is from what they say. Nothing
 * is learnt.
 *
 * The rows of a batch are shared out among threads in contiguous parts; a prediction
 * depends on its row and the view alone, so that the number of threads changes nothing.
 * Thread: one that owns it; others only inside hone_predict_rows. */
#ifndef HONE_OFFLINE_PREDICT_H
#define HONE_OFFLINE_PREDICT_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "offline/row.h"
#include "skills/kind.h"
#include "skills/package.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_PREDICT_JOBS_MAX 64

struct hone_predict;

/* A label that an answer names. */
struct hone_prediction_label {
    struct hone_span name;
    double confidence;
};

struct hone_prediction {
    int status;              /* 0, or why the skill cannot answer this row */
    struct hone_error error; /* when it cannot */
    /* The row's, borrowed from it; of an order the first; of labels all, each with a line end,
     * or one of them without */
    struct hone_span truth;
    struct hone_span output; /* the answer; until the next batch */
    double confidence;
    bool abstained;
    bool is_scored; /* the skill knows the right answer: loss and right are there */
    bool right;
    double loss; /* nats */
    /* of sets of labels: those that were given, then the next ones; until the next batch */
    bool is_whole;                        /* truth is all that are right */
    struct hone_prediction_label *labels; // (n_labels,)
    size_t n_labels, n_given;
    /* of values: */
    double true_value, value, low, high;
    bool has_interval;
    uint32_t place; /* of an order: of the right candidate, from 1; 0: further behind */
};

/* package and view are borrowed until the end. */
int hone_predict_create(struct hone_predict **out, const struct hone_package *package,
                        void *view, unsigned n_jobs,
                        struct hone_error *err) HONE_MUST_USE;
void hone_predict_destroy(struct hone_predict *predict); /* accepts NULL */

/* first: number of the first row, which decides what chance decides of an answer. */
void hone_predict_rows(struct hone_predict *predict, const struct hone_row *rows,
                       size_t n_rows, uint64_t first, struct hone_prediction *out);

/* The event that a row is, for scoring and learning. */
struct hone_event hone_predict_event(const struct hone_row *row, uint64_t position);

#endif
