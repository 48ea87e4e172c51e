#include "optim/encoder.h"

#include "base/alloc.h"
#include "base/check.h"
#include "tensor/kernels.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_GROUPS    HONE_ENCODER_N_GROUPS
#define NONE        UINT32_MAX
#define NGRAM_MAX   4
#define SLOTS_FIRST 2048
#define WAITING_MAX 256
/* A word, two pairs with those before it, its n-grams, and the pair with the end. */
#define WORD_FEATURES_MAX (4 + (NGRAM_MAX - 1) * (HONE_ENCODER_WORD_BYTES_MAX + 2))
#define FNV_BASIS         UINT64_C(14695981039346656037)
#define FNV_PRIME         UINT64_C(1099511628211)
/* Marks around the words of a field; bytes that no word has. */
#define START_MARK 0x02
#define END_MARK   0x03
#define SEPARATOR  ' '

enum group { GROUP_WORD, GROUP_PAIR, GROUP_SKIP, GROUP_NGRAM };

static const float group_weights[N_GROUPS] = {1.0F, 1.0F, 0.5F, 1.0F};

struct word {
    char bytes[HONE_ENCODER_WORD_BYTES_MAX + 2]; /* '<', the word, '>' */
    size_t len;                                  /* of the word alone */
};

/* Hashes of features of one field that are still to be finalised and counted. */
struct waiting {
    uint64_t hashes[WAITING_MAX + WORD_FEATURES_MAX]; // (n,)
    uint8_t groups[WAITING_MAX + WORD_FEATURES_MAX];  // (n,)
    size_t n;
};

/* Of the table that finds an id's features. */
struct slot {
    uint32_t id;
    uint32_t head; /* newest raw feature of the id, or NONE: the slot is free */
};

struct hone_encoder {
    uint64_t id_mask;
    struct hone_encoder_feature *raw; // (n_raw,) those of one id linked by next
    size_t n_raw, raw_capacity;
    uint32_t *ids;    // (n_ids,)
    uint32_t *places; // (n_ids,) slot of each
    float *values;    // (n_ids,)
    float *idf;       // (n_ids,)
    size_t n_ids, id_capacity;
    struct slot *slots; // (n_slots,) open addressing by id
    size_t n_slots;
    size_t n_fields;
    struct waiting waiting;
};

static struct slot *make_slots(size_t n)
{
    struct slot *slots = hone_alloc_zeroed(n, sizeof(*slots));
    for (size_t i = 0; i < n; i++) {
        slots[i].head = NONE;
    }
    return slots;
}

struct hone_encoder *hone_encoder_create(void)
{
    struct hone_encoder *encoder = hone_alloc_zeroed(1, sizeof(*encoder));
    encoder->n_slots = SLOTS_FIRST;
    encoder->slots = make_slots(encoder->n_slots);
    return encoder;
}

void hone_encoder_destroy(struct hone_encoder *encoder)
{
    if (encoder == NULL) {
        return;
    }
    free(encoder->raw);
    free(encoder->ids);
    free(encoder->places);
    free(encoder->values);
    free(encoder->idf);
    free(encoder->slots);
    free(encoder);
}

static uint64_t absorb(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * FNV_PRIME;
}

static uint64_t absorb_bytes(uint64_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        hash = absorb(hash, (unsigned char)bytes[i]);
    }
    return hash;
}

/* MurmurHash3's 64-bit finaliser: FNV-1a alone mixes its top bits poorly. */
static uint64_t finalise(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    hash ^= hash >> 33;
    return hash;
}

static size_t slot_of(const struct hone_encoder *encoder, uint32_t id)
{
    size_t slot = id & (encoder->n_slots - 1);
    while (encoder->slots[slot].head != NONE && encoder->slots[slot].id != id) {
        slot = (slot + 1) & (encoder->n_slots - 1);
    }
    return slot;
}

/* Heads are found in the former slots, which are kept until all have moved. */
static void grow_slots(struct hone_encoder *encoder)
{
    struct slot *former = encoder->slots;
    encoder->n_slots *= 2;
    encoder->slots = make_slots(encoder->n_slots);
    for (size_t i = 0; i < encoder->n_ids; i++) {
        size_t slot = slot_of(encoder, encoder->ids[i]);
        encoder->slots[slot] = former[encoder->places[i]];
        encoder->places[i] = (uint32_t)slot;
    }
    free(former);
}

static void grow_ids(struct hone_encoder *encoder)
{
    encoder->id_capacity = encoder->id_capacity == 0 ? 512 : encoder->id_capacity * 2;
    size_t n = encoder->id_capacity;
    encoder->ids = hone_alloc_resize(encoder->ids, n, sizeof(*encoder->ids));
    encoder->places = hone_alloc_resize(encoder->places, n, sizeof(*encoder->places));
    encoder->values = hone_alloc_resize(encoder->values, n, sizeof(*encoder->values));
    encoder->idf = hone_alloc_resize(encoder->idf, n, sizeof(*encoder->idf));
}

static void grow_raw(struct hone_encoder *encoder)
{
    encoder->raw_capacity = encoder->raw_capacity == 0 ? 512 : encoder->raw_capacity * 2;
    encoder->raw =
        hone_alloc_resize(encoder->raw, encoder->raw_capacity, sizeof(*encoder->raw));
}

/* Counts one occurrence of the feature with this hash. */
static inline void count_feature(struct hone_encoder *encoder, uint64_t hash,
                                 uint8_t field, uint8_t group)
{
    int32_t sign = hash >> 63 != 0 ? -1 : 1;
    uint32_t id = (uint32_t)(hash & encoder->id_mask);
    size_t place = slot_of(encoder, id);
    uint32_t head = encoder->slots[place].head, index = (uint32_t)encoder->n_ids;
    for (uint32_t i = head; i != NONE; i = encoder->raw[i].next) {
        if (encoder->raw[i].group == group && encoder->raw[i].field == field) {
            encoder->raw[i].count += sign;
            return;
        }
        index = encoder->raw[i].id_index;
    }
    if (encoder->n_raw == encoder->raw_capacity) {
        grow_raw(encoder);
    }
    encoder->slots[place] = (struct slot){id, (uint32_t)encoder->n_raw};
    encoder->raw[encoder->n_raw++] =
        (struct hone_encoder_feature){id, sign, group, field, index, head};
    if (head == NONE) {
        if (encoder->n_ids == encoder->id_capacity) {
            grow_ids(encoder);
        }
        encoder->ids[encoder->n_ids] = id;
        encoder->places[encoder->n_ids++] = (uint32_t)place;
        if (encoder->n_ids * 2 > encoder->n_slots) {
            grow_slots(encoder);
        }
    }
}

/* Counts what waits. Hashes are finalised first, all of them in one loop that waits for
 * nothing; looking them up then guesses wrong at every few, and would hold it up. */
static void count_waiting(struct hone_encoder *encoder, uint8_t field)
{
    struct waiting *waiting = &encoder->waiting;
    for (size_t i = 0; i < waiting->n; i++) {
        waiting->hashes[i] = finalise(waiting->hashes[i]);
    }
    for (size_t i = 0; i < waiting->n; i++) {
        count_feature(encoder, waiting->hashes[i], field, waiting->groups[i]);
    }
    waiting->n = 0;
}

static inline void add_waiting(struct waiting *waiting, uint64_t hash, enum group group)
{
    waiting->hashes[waiting->n] = hash;
    waiting->groups[waiting->n++] = (uint8_t)group;
}

/* Lower case of a byte that belongs to a word, else 0. */
static const unsigned char word_bytes[256] = {
    /* clang-format off */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 0, 0, 0, 0, 0, 0,
    0, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 0, 0, 0, 0, 0,
    0, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 0, 0, 0, 0, 0,
    128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143,
    144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159,
    160, 161, 162, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175,
    176, 177, 178, 179, 180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191,
    192, 193, 194, 195, 196, 197, 198, 199, 200, 201, 202, 203, 204, 205, 206, 207,
    208, 209, 210, 211, 212, 213, 214, 215, 216, 217, 218, 219, 220, 221, 222, 223,
    224, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 235, 236, 237, 238, 239,
    240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255,
    /* clang-format on */
};

/* Takes the next word off the text's front; false at its end. */
static bool next_word(struct word *word, struct hone_span *text)
{
    size_t i = 0;
    while (i < text->len && word_bytes[(unsigned char)text->data[i]] == 0) {
        i += 1;
    }
    word->len = 0;
    word->bytes[0] = '<';
    for (; i < text->len; i++) {
        unsigned char byte = word_bytes[(unsigned char)text->data[i]];
        if (byte == 0 && text->data[i] != '\'') {
            break;
        }
        if (byte != 0 && word->len < HONE_ENCODER_WORD_BYTES_MAX) {
            word->bytes[1 + word->len++] = (char)byte;
        }
    }
    word->bytes[1 + word->len] = '>';
    *text = hone_span_of(i < text->len ? text->data + i : NULL, text->len - i);
    return word->len > 0;
}

static void add_ngrams(struct waiting *waiting, uint64_t seed, const struct word *word)
{
    size_t len = word->len + 2;
    for (size_t start = 0; start + 1 < len; start++) {
        uint64_t hash = absorb(seed, (unsigned char)word->bytes[start]);
        for (size_t n = 2; n <= NGRAM_MAX && start + n <= len; n++) {
            hash = absorb(hash, (unsigned char)word->bytes[start + n - 1]);
            add_waiting(waiting, hash, GROUP_NGRAM);
        }
    }
}

/* Hash of two words of a group, given the seed with the first word absorbed. */
static uint64_t absorb_second(uint64_t hash, const struct word *word)
{
    return absorb_bytes(absorb(hash, SEPARATOR), word->bytes + 1, word->len);
}

/* What the hashes of a field's groups begin with. */
static void seed_groups(uint64_t seeds[N_GROUPS], struct hone_span name)
{
    for (size_t g = 0; g < N_GROUPS; g++) {
        uint64_t hash = absorb_bytes(FNV_BASIS, name.data, name.len);
        seeds[g] = absorb(absorb(hash, 0), (unsigned char)('0' + g));
    }
}

static void encode_field(struct hone_encoder *encoder,
                         const struct hone_encoder_field *field, uint8_t field_index,
                         size_t n_words_max)
{
    uint64_t seeds[N_GROUPS];
    seed_groups(seeds, field->name);
    struct waiting *waiting = &encoder->waiting;
    struct hone_span text = field->text;
    struct word word;
    /* Hashes with the word before, and the one before that, absorbed. */
    uint64_t pair = absorb(seeds[GROUP_PAIR], START_MARK), skip = 0, next_skip = 0;
    size_t n_words = 0;
    while (n_words < n_words_max && next_word(&word, &text)) {
        const char *bytes = word.bytes + 1;
        add_waiting(waiting, absorb_bytes(seeds[GROUP_WORD], bytes, word.len),
                    GROUP_WORD);
        add_waiting(waiting, absorb_second(pair, &word), GROUP_PAIR);
        if (n_words >= 2) {
            add_waiting(waiting, absorb_second(skip, &word), GROUP_SKIP);
        }
        add_ngrams(waiting, seeds[GROUP_NGRAM], &word);
        if (waiting->n >= WAITING_MAX) {
            count_waiting(encoder, field_index);
        }
        pair = absorb_bytes(seeds[GROUP_PAIR], bytes, word.len);
        skip = next_skip;
        next_skip = absorb_bytes(seeds[GROUP_SKIP], bytes, word.len);
        n_words += 1;
    }
    if (n_words > 0) {
        uint64_t end = absorb(absorb(pair, SEPARATOR), END_MARK);
        add_waiting(waiting, end, GROUP_PAIR);
    }
    count_waiting(encoder, field_index);
}

static void forget(struct hone_encoder *encoder)
{
    for (size_t i = 0; i < encoder->n_ids; i++) {
        encoder->slots[encoder->places[i]].head = NONE;
    }
    encoder->n_ids = 0;
    encoder->n_raw = 0;
}

int hone_encoder_encode(struct hone_encoder *encoder,
                        const struct hone_encoder_input *input, uint32_t dim_bits,
                        const uint32_t **ids, size_t *n, struct hone_error *err)
{
    HONE_REQUIRE(dim_bits >= HONE_ENCODER_DIM_BITS_MIN &&
                 dim_bits <= HONE_ENCODER_DIM_BITS_MAX);
    if (input->n_fields > HONE_ENCODER_FIELDS_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "the input has %zu fields, the limit is %d",
                              input->n_fields, HONE_ENCODER_FIELDS_MAX);
    }
    forget(encoder);
    encoder->id_mask = (UINT64_C(1) << dim_bits) - 1;
    encoder->n_fields = input->n_fields;
    for (size_t i = 0; i < input->n_fields; i++) {
        encode_field(encoder, &input->fields[i], (uint8_t)i,
                     HONE_ENCODER_WORDS_MAX / input->n_fields);
    }
    *ids = encoder->ids;
    *n = encoder->n_ids;
    return 0;
}

/* ---- names ---- */

#define NAME_BYTES (2 * HONE_ENCODER_WORD_BYTES_MAX + 8)

struct naming {
    uint64_t id_mask;
    uint64_t seeds[N_GROUPS];
    size_t field;
    hone_encoder_name_cb name;
    void *user;
};

static void tell(const struct naming *naming, uint64_t hash, enum group group,
                 const char *text)
{
    hash = finalise(hash);
    naming->name(naming->user, (uint32_t)(hash & naming->id_mask),
                 hash >> 63 != 0 ? -1 : 1, (size_t)group, naming->field, text);
}

/* before: the first of the two; NULL for the start mark. second: NULL for the end mark. */
static void tell_pair(const struct naming *naming, enum group group,
                      const struct word *before, const struct word *second)
{
    char text[NAME_BYTES];
    uint64_t hash = naming->seeds[group];
    hash = before != NULL ? absorb_bytes(hash, before->bytes + 1, before->len)
                          : absorb(hash, START_MARK);
    hash = second != NULL ? absorb_second(hash, second)
                          : absorb(absorb(hash, SEPARATOR), END_MARK);
    (void)snprintf(
        text, sizeof(text), "%.*s %s%.*s", before != NULL ? (int)before->len : 1,
        before != NULL ? before->bytes + 1 : "^", group == GROUP_SKIP ? "_ " : "",
        second != NULL ? (int)second->len : 1, second != NULL ? second->bytes + 1 : "$");
    tell(naming, hash, group, text);
}

static void tell_ngrams(const struct naming *naming, const struct word *word)
{
    char text[NGRAM_MAX + 1];
    size_t len = word->len + 2;
    for (size_t start = 0; start + 1 < len; start++) {
        for (size_t n = 2; n <= NGRAM_MAX && start + n <= len; n++) {
            (void)snprintf(text, sizeof(text), "%.*s", (int)n, word->bytes + start);
            tell(naming, absorb_bytes(naming->seeds[GROUP_NGRAM], word->bytes + start, n),
                 GROUP_NGRAM, text);
        }
    }
}

static void name_field(const struct naming *naming, struct hone_span text,
                       size_t n_words_max)
{
    struct word words[3]; /* the latest ones */
    size_t n = 0;
    while (n < n_words_max && next_word(&words[n % 3], &text)) {
        const struct word *word = &words[n % 3];
        const struct word *before = n >= 1 ? &words[(n - 1) % 3] : NULL;
        char plain[NAME_BYTES];
        (void)snprintf(plain, sizeof(plain), "%.*s", (int)word->len, word->bytes + 1);
        tell(naming, absorb_bytes(naming->seeds[GROUP_WORD], word->bytes + 1, word->len),
             GROUP_WORD, plain);
        tell_pair(naming, GROUP_PAIR, before, word);
        if (n >= 2) {
            tell_pair(naming, GROUP_SKIP, &words[(n - 2) % 3], word);
        }
        tell_ngrams(naming, word);
        n += 1;
    }
    if (n > 0) {
        tell_pair(naming, GROUP_PAIR, &words[(n - 1) % 3], NULL);
    }
}

void hone_encoder_name(const struct hone_encoder_input *input, uint32_t dim_bits,
                       hone_encoder_name_cb name, void *user)
{
    struct naming naming = {
        .id_mask = (UINT64_C(1) << dim_bits) - 1, .name = name, .user = user};
    for (size_t i = 0; i < input->n_fields && i < HONE_ENCODER_FIELDS_MAX; i++) {
        seed_groups(naming.seeds, input->fields[i].name);
        naming.field = i;
        name_field(&naming, input->fields[i].text,
                   HONE_ENCODER_WORDS_MAX / input->n_fields);
    }
}

/* ---- what was found ---- */

const struct hone_encoder_feature *
hone_encoder_features(const struct hone_encoder *encoder, size_t *n)
{
    *n = encoder->n_raw;
    return encoder->raw;
}

float hone_encoder_group_weight(size_t group)
{
    HONE_REQUIRE(group < N_GROUPS);
    return group_weights[group];
}

/* factors[field][group] = what makes each group and each field as long as it
 * has to be. */
static void find_factors(const struct hone_encoder *encoder,
                         float factors[HONE_ENCODER_FIELDS_MAX][N_GROUPS])
{
    memset(factors, 0, encoder->n_fields * sizeof(factors[0]));
    for (size_t i = 0; i < encoder->n_raw; i++) {
        const struct hone_encoder_feature *raw = &encoder->raw[i];
        float value = (float)raw->count * encoder->idf[raw->id_index];
        factors[raw->field][raw->group] += value * value;
    }
    for (size_t f = 0; f < encoder->n_fields; f++) {
        float sum = 0.0F;
        for (size_t g = 0; g < N_GROUPS; g++) {
            float norm = sqrtf(factors[f][g]);
            factors[f][g] = norm > 0.0F ? group_weights[g] / norm : 0.0F;
            sum += norm > 0.0F ? group_weights[g] * group_weights[g] : 0.0F;
        }
        for (size_t g = 0; g < N_GROUPS && sum > 0.0F; g++) {
            factors[f][g] /= sqrtf(sum);
        }
    }
}

struct hone_encoder_vector hone_encoder_scale(struct hone_encoder *encoder,
                                              const uint32_t *df, uint64_t n_documents)
{
    float factors[HONE_ENCODER_FIELDS_MAX][N_GROUPS];
    float log_n = (float)n_documents + 1.0F;
    hone_log(&log_n, &log_n, 1);
    for (size_t i = 0; i < encoder->n_ids; i++) {
        encoder->idf[i] = (float)df[i] + 0.5F;
    }
    hone_log(encoder->idf, encoder->idf, encoder->n_ids);
    for (size_t i = 0; i < encoder->n_ids; i++) {
        float idf = log_n - encoder->idf[i];
        encoder->idf[i] = sqrtf(idf > 0.05F ? idf : 0.05F);
        encoder->values[i] = 0.0F;
    }
    find_factors(encoder, factors);
    for (size_t i = 0; i < encoder->n_raw; i++) {
        const struct hone_encoder_feature *raw = &encoder->raw[i];
        encoder->values[raw->id_index] += (float)raw->count *
                                          encoder->idf[raw->id_index] *
                                          factors[raw->field][raw->group];
    }
    float norm = sqrtf(encoder->n_ids > 0
                           ? hone_dot(encoder->values, encoder->values, encoder->n_ids)
                           : 0.0F);
    if (norm > 0.0F) {
        hone_scale(encoder->values, 1.0F / norm, encoder->n_ids);
    }
    return (struct hone_encoder_vector){encoder->ids, encoder->values, encoder->n_ids};
}
