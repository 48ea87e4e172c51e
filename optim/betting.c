#include "optim/betting.h"

#include <math.h>

#define PRIOR_RECORDS  1.0
#define PRIOR_VARIANCE 0.25

static const double caps[HONE_BETTING_CAPS] = {0.125, 0.25, 0.5};

/* The stake without a cap, from the records so far. */
static double stake(const struct hone_betting *betting, double m0)
{
    double n = (double)betting->n + PRIOR_RECORDS;
    double mean = betting->sum / n;
    double variance = fmax((PRIOR_VARIANCE + betting->sum_squares) / n - mean * mean,
                           PRIOR_VARIANCE / n);
    double lead = fmax(mean - m0, 0.0);
    return lead / (variance + lead * lead);
}

double hone_betting_log_wealth(const struct hone_betting *betting)
{
    double highest = betting->log_wealth[0], sum = 0.0;
    for (int c = 1; c < HONE_BETTING_CAPS; c++) {
        highest = fmax(highest, betting->log_wealth[c]);
    }
    for (int c = 0; c < HONE_BETTING_CAPS; c++) {
        sum += exp(betting->log_wealth[c] - highest);
    }
    return highest + log(sum / HONE_BETTING_CAPS);
}

void hone_betting_add(struct hone_betting *betting, double value, double m0)
{
    double x = fmin(fmax(value, -HONE_BETTING_BOUND), HONE_BETTING_BOUND);
    double wanted = stake(betting, m0);
    for (int c = 0; c < HONE_BETTING_CAPS; c++) {
        double bet = fmin(wanted, caps[c] / (HONE_BETTING_BOUND + fabs(m0)));
        betting->log_wealth[c] += log1p(bet * (x - m0));
    }
    betting->n += 1;
    betting->sum += x;
    betting->sum_squares += x * x;
    betting->highest = fmax(betting->highest, hone_betting_log_wealth(betting));
}

bool hone_betting_rejects(const struct hone_betting *betting, double alpha)
{
    return betting->highest >= -log(alpha);
}

bool hone_betting_is_valid(const struct hone_betting *betting)
{
    double n = (double)betting->n;
    bool good = fabs(betting->sum) <= HONE_BETTING_BOUND * n && betting->highest >= 0.0 &&
                betting->highest <= n && betting->sum_squares >= 0.0 &&
                betting->sum_squares <= HONE_BETTING_BOUND * HONE_BETTING_BOUND * n;
    for (int c = 0; c < HONE_BETTING_CAPS; c++) {
        good = good && fabs(betting->log_wealth[c]) <= n;
    }
    return good;
}
