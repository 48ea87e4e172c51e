/* The arguments of a classify call as the encoder wants them. Thread: any. */
#ifndef HONE_SKILLS_CLASSIFY_INPUT_H
#define HONE_SKILLS_CLASSIFY_INPUT_H

#include "optim/encoder.h"
#include "skills/call_input.h"
#include "skills/package.h"

#include <jansson.h>

#define HONE_CLASSIFY_INPUT_NUMBER_BYTES 32

struct hone_classify_input {
    struct hone_encoder_input input; /* its fields are the ones below */
    struct hone_encoder_field fields[HONE_ENCODER_FIELDS_MAX];
    char numbers[HONE_ENCODER_FIELDS_MAX][HONE_CLASSIFY_INPUT_NUMBER_BYTES];
};

/* Takes the declared fields that arguments has with the declared type, in the order of
 * declaration; passes over others, for a record may be older than the package. A sole
 * field `text` gets the empty name, which makes it plain text. Borrows from both for the
 * life of *out, which must not be moved. */
void hone_classify_input_fill(struct hone_classify_input *out,
                              const struct hone_package *package,
                              const json_t *arguments);

/* The same of arguments in either form; the texts may be in the arena. HONE_E_NOMEM when
 * that, or memory, is full. */
int hone_classify_input_read(struct hone_classify_input *out,
                             const struct hone_package *package,
                             const struct hone_call_input *arguments,
                             struct hone_arena *arena) HONE_MUST_USE;

#endif
