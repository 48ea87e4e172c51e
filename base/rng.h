/* Counter-based random numbers: the value depends only on (key, counter, draw), so a
 * replayed log draws the same numbers. The mix is SplitMix64's finaliser (Steele, Lea,
 * Flood 2014) applied to key, counter and draw in turn. Not for secrets.
 *
 * Thread: any (a struct hone_rng belongs to one thread). */
#ifndef HONE_BASE_RNG_H
#define HONE_BASE_RNG_H

#include <stdint.h>

struct hone_rng {
    uint64_t key;     /* the skill's seed */
    uint64_t counter; /* the log position */
    uint64_t draw;    /* how many were drawn at this position */
};

uint64_t hone_rng_mix(uint64_t value); /* SplitMix64 finaliser */
struct hone_rng hone_rng_at(uint64_t key, uint64_t counter);
uint64_t hone_rng_next(struct hone_rng *rng);
/* Uniform in [0, n); n >= 1. No modulo bias. */
uint64_t hone_rng_below(struct hone_rng *rng, uint64_t n);

#endif
