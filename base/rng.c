#include "base/rng.h"

#include "base/check.h"

/* The odd number nearest to 2^64 divided by the golden ratio, as in SplitMix64. */
#define GAMMA UINT64_C(0x9e3779b97f4a7c15)

uint64_t hone_rng_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

struct hone_rng hone_rng_at(uint64_t key, uint64_t counter)
{
    return (struct hone_rng){.key = key, .counter = counter, .draw = 0};
}

/* For one key and counter this is the SplitMix64 stream whose seed is mixed from both. */
uint64_t hone_rng_next(struct hone_rng *rng)
{
    uint64_t seed = hone_rng_mix(rng->key + GAMMA);
    seed = hone_rng_mix(seed + (rng->counter + 1) * GAMMA);
    rng->draw += 1;
    return hone_rng_mix(seed + rng->draw * GAMMA);
}

uint64_t hone_rng_below(struct hone_rng *rng, uint64_t n)
{
    HONE_REQUIRE(n >= 1);
    /* 2^64 mod n values too many at the low end: drawing again makes the rest even. */
    uint64_t excess = (0 - n) % n;
    uint64_t value = hone_rng_next(rng);
    while (value < excess) {
        value = hone_rng_next(rng);
    }
    return value % n;
}
