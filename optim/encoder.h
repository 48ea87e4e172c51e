/* The frozen base: turns an input into sparse features. Nothing in it is trained.
 *
 * Words are maximal runs of [a-z0-9] and bytes >= 0x80 of the ASCII-lower-cased text; an
 * apostrophe inside a word is dropped. Four groups of features per field:
 *   0 words            1 pairs of neighbours, with a start and an end mark
 *   2 pairs (i-2, i)   3 character n-grams, n = 2, 3, 4, of "<word>"
 * Each is hashed (FNV-1a, then the 64-bit finaliser of MurmurHash3) over the field's
 * name, the group and the text; the low bits are the feature's id, the top bit its sign.
 * Signed counts c of one id and group are summed. With df(id) examples of N so far that
 * had the id, the value is
 *   v = c sqrt(max(0.05, ln((N + 1) / (df + 0.5))))
 * then each group is scaled to length 1 times its weight (1, 1, 0.5, 1), each field to
 * length 1, and the whole vector, summed per id, to length 1. Sources: Weinberger et al.
 * 2009 (signed hashing); Spaerck Jones 1972 (inverse document frequency); Joulin et al.
 * 2017 (word pairs and character n-grams for classification).
 *
 * A struct hone_encoder is working memory that grows to the largest input; one thread
 * at a time. */
#ifndef HONE_OPTIM_ENCODER_H
#define HONE_OPTIM_ENCODER_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

/* One field of an input. A plain text is one field with an empty name. */
struct hone_encoder_field {
    struct hone_span name; /* hashed as the field's namespace */
    struct hone_span text; /* UTF-8; numbers and booleans come as their JSON text */
};

#define HONE_ENCODER_FIELDS_MAX 64
#define HONE_ENCODER_N_GROUPS   4

struct hone_encoder_input {
    const struct hone_encoder_field *fields; /* borrowed */
    size_t n_fields;                         /* at most HONE_ENCODER_FIELDS_MAX */
};

#define HONE_ENCODER_WORDS_MAX      1000 /* of an input, shared evenly by its fields */
#define HONE_ENCODER_WORD_BYTES_MAX 36   /* of a word; further bytes are ignored */
#define HONE_ENCODER_DIM_BITS_MIN   10
#define HONE_ENCODER_DIM_BITS_MAX   20

/* A sparse vector. Ids are distinct, in order of first occurrence. */
struct hone_encoder_vector {
    const uint32_t *ids; // (n,)
    const float *values; // (n,)
    size_t n;
};

struct hone_encoder;

struct hone_encoder *hone_encoder_create(void) HONE_MUST_USE;
void hone_encoder_destroy(struct hone_encoder *encoder); /* accepts NULL */

/* Step 1: finds the features. *ids is (*n,), distinct, valid until the next encode.
 * HONE_E_LIMIT for more than HONE_ENCODER_FIELDS_MAX fields. */
int hone_encoder_encode(struct hone_encoder *encoder,
                        const struct hone_encoder_input *input, uint32_t dim_bits,
                        const uint32_t **ids, size_t *n,
                        struct hone_error *err) HONE_MUST_USE;

/* A feature as step 1 finds it, before any scaling; several may share an id. */
struct hone_encoder_feature {
    uint32_t id;
    int32_t count; /* signed; 0 when occurrences cancelled out */
    uint8_t group, field;
    uint32_t id_index, next; /* the encoder's own */
};

/* Features of the last encode, one for each id, group and field that occurred, in order of
 * first occurrence: (*n,), valid until the next one. */
const struct hone_encoder_feature *
hone_encoder_features(const struct hone_encoder *encoder, size_t *n);
/* Weight of a group. */
float hone_encoder_group_weight(size_t group);

/* The features of an input by name: calls name for each occurrence, in the order in which
 * encode finds them. sign is 1 or -1, as its value has it. text is NUL-terminated and borrowed for the call: a word, "one two" for
 * neighbours with ^ for the start and $ for the end, "one _ two" for pairs with a word
 * between, and letters with < and > at the ends of their word. */
typedef void (*hone_encoder_name_cb)(void *user, uint32_t id, int sign, size_t group,
                                     size_t field, const char *text);
void hone_encoder_name(const struct hone_encoder_input *input, uint32_t dim_bits,
                       hone_encoder_name_cb name, void *user);

/* Step 2: scales them. df is (n,), parallel to the ids of step 1. The vector is valid
 * until the next encode. */
struct hone_encoder_vector hone_encoder_scale(struct hone_encoder *encoder,
                                              const uint32_t *df, uint64_t n_documents);

#endif
