/* A made-up world for the regressor's tests: two numbers, a flag, a category and a text that
 * tell a target with some noise, the same on every run. */
#ifndef HONE_TESTS_UNIT_OPTIM_REGRESSOR_WORLD_H
#define HONE_TESTS_UNIT_OPTIM_REGRESSOR_WORLD_H

#include "base/rng.h"
#include "optim/regressor.h"

#include <stdio.h>

#define WORLD_N_FIELDS 4

struct world_example {
    struct hone_dense_value values[WORLD_N_FIELDS];
    struct hone_encoder_field text;
    char text_bytes[96], category_bytes[16];
    double y;
};

static const struct hone_dense_field world_fields[WORLD_N_FIELDS] = {
    {{"files", 5}, HONE_DENSE_NUMBER, false},
    {{"lines", 5}, HONE_DENSE_NUMBER, true},
    {{"urgent", 6}, HONE_DENSE_BOOLEAN, false},
    {{"team", 4}, HONE_DENSE_CATEGORY, false},
};

static const struct hone_regressor_target world_target = {
    -HONE_REGRESSOR_TARGET_MAX, HONE_REGRESSOR_TARGET_MAX, 0.9, 0.0};

static inline double world_uniform(struct hone_rng *rng)
{
    return (double)(hone_rng_next(rng) >> 11) * 0x1p-53;
}

/* Of four parts: 3 for each file, 0.01 a line, 10 when urgent, the team's number, and 8
 * for the word "migration"; noise within +-noise. */
static inline void world_make(struct world_example *out, uint64_t number, double noise)
{
    static const char *const words[] = {"rename", "migration", "docs", "login"};
    struct hone_rng rng = hone_rng_at(23, number);
    double files = 1.0 + (double)hone_rng_below(&rng, 20);
    double lines = 100.0 * world_uniform(&rng);
    bool has_lines = hone_rng_below(&rng, 4) != 0, urgent = hone_rng_below(&rng, 3) == 0;
    unsigned team = (unsigned)hone_rng_below(&rng, 5);
    unsigned word = (unsigned)hone_rng_below(&rng, 4);
    (void)snprintf(out->category_bytes, sizeof(out->category_bytes), "team-%u", team);
    (void)snprintf(out->text_bytes, sizeof(out->text_bytes),
                   "please do the %s of part %u", words[word],
                   (unsigned)hone_rng_below(&rng, 30));
    out->values[0] = (struct hone_dense_value){.present = true, .number = files};
    out->values[1] = (struct hone_dense_value){.present = has_lines, .number = lines};
    out->values[2] =
        (struct hone_dense_value){.present = true, .number = urgent ? 1.0 : 0.0};
    out->values[3] = (struct hone_dense_value){
        .present = true, .text = hone_span_text(out->category_bytes)};
    out->text = (struct hone_encoder_field){.text = hone_span_text(out->text_bytes)};
    out->y = 20.0 + 3.0 * files + (has_lines ? 0.01 * lines : 2.0) +
             (urgent ? 10.0 : 0.0) + (double)team + (word == 1 ? 8.0 : 0.0) +
             noise * (2.0 * world_uniform(&rng) - 1.0);
}

static inline struct hone_regressor_input world_input(const struct world_example *example,
                                                      bool with_text)
{
    return (struct hone_regressor_input){world_fields,
                                         example->values,
                                         WORLD_N_FIELDS,
                                         {&example->text, with_text ? 1 : 0}};
}

#endif
