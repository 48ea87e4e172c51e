/* The arguments of a score call as the regressor wants them: numbers, booleans and
 * categories are columns, other strings are text. Thread: any. */
#ifndef HONE_SKILLS_SCORE_INPUT_H
#define HONE_SKILLS_SCORE_INPUT_H

#include "optim/regressor.h"
#include "skills/package.h"

#include <jansson.h>

struct hone_score_input {
    struct hone_regressor_input input; /* its fields are the ones below */
    struct hone_dense_field fields[HONE_DENSE_FIELDS_MAX];
    struct hone_dense_value values[HONE_DENSE_FIELDS_MAX];
    struct hone_encoder_field texts[HONE_ENCODER_FIELDS_MAX];
};

/* Takes the declared fields that arguments has with the declared type; others count as
 * absent, for a record may be older than the package. arguments may be NULL when only the
 * fields are wanted. A sole text field `text` gets the empty name, which makes it plain
 * text. Borrows from both for the life of *out, which must not be moved. */
void hone_score_input_fill(struct hone_score_input *out,
                           const struct hone_package *package, const json_t *arguments);

struct hone_regressor_target hone_score_input_target(const struct hone_package *package);

#endif
