/* Counts how the answers of two versions to the same calls differ. Thread: any, one at a
 * time. */
#ifndef HONE_SERVER_DIFFERENCE_TALLY_H
#define HONE_SERVER_DIFFERENCE_TALLY_H

#include "base/attr.h"
#include "base/span.h"
#include "base/uuid.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_difference_tally;

/* Of the earlier version and of the later one. */
enum { HONE_DIFFERENCE_A, HONE_DIFFERENCE_B, HONE_DIFFERENCE_N };

struct hone_difference_answer {
    struct hone_span output;
    double confidence;
    bool is_right; /* when what is right is known */
};

struct hone_difference_call {
    struct hone_uuid call_id;
    struct hone_span input; /* JSON text as recorded */
    struct hone_difference_answer answers[HONE_DIFFERENCE_N];
    bool is_labelled;
    struct hone_span right; /* what feedback says; of an order all of it */
    bool names_class;       /* right is a label or a candidate */
};

/* n_flips_max: of the calls with different answers that are told one by one. */
struct hone_difference_tally *
hone_difference_tally_create(size_t n_flips_max) HONE_MUST_USE;
void hone_difference_tally_destroy(
    struct hone_difference_tally *tally); /* accepts NULL */
void hone_difference_tally_add(struct hone_difference_tally *tally,
                               const struct hone_difference_call *call);
/* Feedback has said so often that this is right. */
void hone_difference_tally_add_examples(struct hone_difference_tally *tally,
                                        struct hone_span label, uint64_t n);
/* Sets calls, labelled, right_a, right_b, flips, mean_change, classes and flipped of an
 * object. features: of each label, as the kind compares them; may be NULL. */
void hone_difference_tally_report(const struct hone_difference_tally *tally,
                                  const json_t *features, json_t *out);

#endif
