#include "skills/choose_gain.h"

#include <math.h>
#include <stdint.h>

#define NORMAL_95 1.959963984540054

void hone_choose_gain_add(struct hone_choose_gain *gain, double value)
{
    if (!isfinite(value)) {
        return;
    }
    if (gain->n >= HONE_CHOOSE_GAIN_WINDOW) {
        gain->n *= 0.5;
        gain->sum *= 0.5;
        gain->sum_squared *= 0.5;
    }
    gain->n += 1.0;
    gain->sum += value;
    gain->sum_squared += value * value;
}

void hone_choose_gain_judge(const struct hone_choose_gain *gain,
                            struct hone_choose_gain_report *out)
{
    *out = (struct hone_choose_gain_report){.n = gain->n, .low = -1.0, .high = 1.0};
    if (gain->n < 2.0) {
        return;
    }
    out->mean = gain->sum / gain->n;
    double spread = fmax(gain->sum_squared / gain->n - out->mean * out->mean, 0.0);
    double half_width = NORMAL_95 * sqrt(spread / (gain->n - 1.0));
    out->low = out->mean - half_width;
    out->high = out->mean + half_width;
    out->is_better = gain->n >= HONE_CHOOSE_GAIN_PAIRS_MIN && out->low > 0.0;
}

json_t *hone_choose_gain_pack(const struct hone_choose_gain *gain)
{
    return json_pack("{s:f,s:f,s:f}", "n", gain->n, "sum", gain->sum, "sum_squared",
                     gain->sum_squared);
}

bool hone_choose_gain_unpack(struct hone_choose_gain *out, const json_t *packed)
{
    struct hone_choose_gain read = {0};
    if (json_unpack((json_t *)(uintptr_t)packed, "{s:F,s:F,s:F}", "n", &read.n, "sum",
                    &read.sum, "sum_squared", &read.sum_squared) != 0 ||
        !isfinite(read.n) || !isfinite(read.sum) || !isfinite(read.sum_squared) ||
        read.n < 0.0) {
        return false;
    }
    *out = read;
    return true;
}
