#include "optim/off_policy.h"

#include <math.h>

#define NORMAL_95     1.959963984540054
#define BERNSTEIN_LOG 4.0943445622221004 /* ln(3 / 0.05) */

static bool is_share(double value)
{
    return value >= 0.0 && value <= 1.0;
}

bool hone_off_policy_add(struct hone_off_policy *sums,
                         const struct hone_off_policy_record *record)
{
    if (!(record->propensity > 0.0 && record->propensity <= 1.0) ||
        !is_share(record->reward) || !is_share(record->target) ||
        !is_share(record->model) || !is_share(record->model_value)) {
        sums->n_passed_over += 1;
        return false;
    }
    double r = record->reward, w = record->target / record->propensity;
    if (w > HONE_OFF_POLICY_CLIP) {
        w = HONE_OFF_POLICY_CLIP;
        sums->n_clipped += 1;
    }
    double dr = record->model_value + w * (r - record->model);
    sums->n += 1;
    sums->sum_w += w;
    sums->sum_w2 += w * w;
    sums->sum_wr += w * r;
    sums->sum_w2r += w * w * r;
    sums->sum_w2r2 += w * w * r * r;
    sums->sum_dr += dr;
    sums->sum_dr2 += dr * dr;
    sums->sum_r += r;
    sums->sum_r2 += r * r;
    return true;
}

static struct hone_off_policy_value around(double value, double half_width)
{
    return (struct hone_off_policy_value){value, value - half_width, value + half_width};
}

/* Mean of n terms with an interval; range is that of a term. */
static struct hone_off_policy_value mean_of(double sum, double sum_squared, double n,
                                            enum hone_off_policy_interval interval,
                                            double range)
{
    double mean = sum / n;
    double spread = fmax(sum_squared / n - mean * mean, 0.0);
    if (interval == HONE_OFF_POLICY_BERNSTEIN) {
        return around(mean, sqrt(2.0 * spread * BERNSTEIN_LOG / n) +
                                3.0 * range * BERNSTEIN_LOG / n);
    }
    return around(mean, NORMAL_95 * sqrt(spread / (n - 1.0)));
}

static struct hone_off_policy_value snips_of(const struct hone_off_policy *sums)
{
    if (sums->sum_w <= 0.0) {
        return (struct hone_off_policy_value){0.0, 0.0, 1.0};
    }
    double value = sums->sum_wr / sums->sum_w;
    double squares =
        sums->sum_w2r2 - 2.0 * value * sums->sum_w2r + value * value * sums->sum_w2;
    return around(value, NORMAL_95 * sqrt(fmax(squares, 0.0)) / sums->sum_w);
}

void hone_off_policy_judge(const struct hone_off_policy *sums,
                           enum hone_off_policy_interval interval,
                           struct hone_off_policy_report *out)
{
    const struct hone_off_policy_value unknown = {0.0, 0.0, 1.0};
    double n = (double)sums->n;
    *out = (struct hone_off_policy_report){
        .n = sums->n,
        .n_passed_over = sums->n_passed_over,
        .n_clipped = sums->n_clipped,
        .logged = unknown,
        .ips = unknown,
        .snips = unknown,
        .dr = unknown,
    };
    if (sums->n == 0) {
        return;
    }
    out->n_effective = sums->sum_w2 > 0.0 ? sums->sum_w * sums->sum_w / sums->sum_w2 : 0;
    out->logged = mean_of(sums->sum_r, sums->sum_r2, n, interval, 1.0);
    out->ips = mean_of(sums->sum_wr, sums->sum_w2r2, n, interval, HONE_OFF_POLICY_CLIP);
    out->snips = snips_of(sums);
    out->dr = mean_of(sums->sum_dr, sums->sum_dr2, n, interval,
                      1.0 + 2.0 * HONE_OFF_POLICY_CLIP);
    if (sums->n == 1) {
        struct hone_off_policy_value *values[] = {&out->logged, &out->ips, &out->snips,
                                                  &out->dr};
        for (int i = 0; i < 4; i++) {
            values[i]->low = 0.0;
            values[i]->high = 1.0;
        }
    }
}
