/* How far the served state has moved from the anchor: the mean total variation distance
 *
 *   1/2 sum_k |p_k - q_k|
 *
 * of what the two predict, p and q, over the newest 64 records that both were shown before
 * either learnt from them. 0: they say the same; 1: they are sure of different things.
 * Records serve as probes because both sides are scored on each anyway, as evidence.
 *
 * The limit is that of a trust region: within 64 records what is learnt may move the
 * predictions so far, on the mean, and no farther before the gate has spoken. It was
 * chosen on what honest labels do (docs/learning.md).
 *
 * `struct hone_region` is part of a skill's saved state; zeroed memory has seen nothing.
 * Pure; thread: any. */
#ifndef HONE_OPTIM_REGION_H
#define HONE_OPTIM_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_REGION_PROBES 64

struct hone_region {
    uint32_t n;    /* distances held, at most PROBES */
    uint32_t next; /* where the next one goes; below PROBES */
    float distances[HONE_REGION_PROBES];
};

/* p (n_p,) and q (n_q,) are shares that add up to 1. What one of them has not got counts as
 * a share of 0. */
float hone_region_distance(const float *p, size_t n_p, const float *q, size_t n_q);
/* distance in [0, 1] */
void hone_region_add(struct hone_region *region, float distance);
/* 0 when nothing is held. The sum is taken oldest first, so that it has the same bits wherever in
 * memory the distances lie. */
double hone_region_mean(const struct hone_region *region);
/* Is the mean of PROBES distances above the limit? */
bool hone_region_is_left(const struct hone_region *region, double limit);
/* Such as add could make it? */
bool hone_region_is_valid(const struct hone_region *region);

#endif
