#include "optim/region.h"

#include <math.h>

float hone_region_distance(const float *p, size_t n_p, const float *q, size_t n_q)
{
    size_t n = n_p > n_q ? n_p : n_q;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += fabs((k < n_p ? (double)p[k] : 0.0) - (k < n_q ? (double)q[k] : 0.0));
    }
    return (float)fmin(0.5 * sum, 1.0);
}

void hone_region_add(struct hone_region *region, float distance)
{
    region->distances[region->next] = distance;
    region->next = (region->next + 1) % HONE_REGION_PROBES;
    region->n += region->n < HONE_REGION_PROBES ? 1 : 0;
}

double hone_region_mean(const struct hone_region *region)
{
    double sum = 0.0;
    uint32_t oldest = region->n < HONE_REGION_PROBES ? 0 : region->next;
    for (uint32_t i = 0; i < region->n; i++) {
        sum += (double)region->distances[(oldest + i) % HONE_REGION_PROBES];
    }
    return region->n > 0 ? sum / (double)region->n : 0.0;
}

bool hone_region_is_left(const struct hone_region *region, double limit)
{
    return region->n == HONE_REGION_PROBES && hone_region_mean(region) > limit;
}

bool hone_region_is_valid(const struct hone_region *region)
{
    bool good = region->n <= HONE_REGION_PROBES && region->next < HONE_REGION_PROBES &&
                (region->n == HONE_REGION_PROBES || region->next == region->n);
    for (uint32_t i = 0; i < region->n && good; i++) {
        good = region->distances[i] >= 0.0F && region->distances[i] <= 1.0F;
    }
    return good;
}
