#include "optim/conformal.h"

#include "base/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A long run of one outcome, as of a target that is always the same, must not take as
 * long to be forgotten. */
#define LEVEL_MIN (-1.0)
#define LEVEL_MAX 1.0

void hone_conformal_init(struct hone_conformal *conformal, double coverage)
{
    HONE_REQUIRE(coverage > 0.0 && coverage < 1.0);
    *conformal = (struct hone_conformal){.coverage = coverage, .level = 1.0 - coverage};
}

bool hone_conformal_is_ready(const struct hone_conformal *conformal)
{
    return conformal->n > 0;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

void hone_conformal_refresh(struct hone_conformal *conformal)
{
    double sorted[HONE_CONFORMAL_WINDOW], sum = 0.0;
    size_t n = conformal->n;
    conformal->quantile = conformal->mean = 0.0;
    if (n == 0) {
        return;
    }
    memcpy(sorted, conformal->scores, n * sizeof(double));
    qsort(sorted, n, sizeof(double), compare);
    for (size_t i = 0; i < n; i++) {
        sum += sorted[i];
    }
    conformal->mean = sum / (double)n;
    double rank = ceil((1.0 - conformal->level) * (double)(n + 1));
    if (rank > (double)n) {
        conformal->quantile = HONE_CONFORMAL_BEYOND * sorted[n - 1];
    } else {
        conformal->quantile = rank < 1.0 ? 0.0 : sorted[(size_t)rank - 1];
    }
}

void hone_conformal_add(struct hone_conformal *conformal, double score)
{
    HONE_REQUIRE(isfinite(score) && score >= 0.0);
    if (conformal->n > 0) {
        bool covered = score <= conformal->quantile;
        conformal->n_judged += 1;
        conformal->n_covered += covered ? 1 : 0;
        double missed = covered ? 0.0 : 1.0;
        conformal->level += HONE_CONFORMAL_RATE * ((1.0 - conformal->coverage) - missed);
        conformal->level = fmin(fmax(conformal->level, LEVEL_MIN), LEVEL_MAX);
    }
    if (conformal->n < HONE_CONFORMAL_WINDOW) {
        conformal->scores[conformal->n++] = score;
    } else {
        conformal->scores[conformal->head] = score;
        conformal->head = (conformal->head + 1) % HONE_CONFORMAL_WINDOW;
    }
    hone_conformal_refresh(conformal);
}

void hone_conformal_set_coverage(struct hone_conformal *conformal, double coverage)
{
    HONE_REQUIRE(coverage > 0.0 && coverage < 1.0);
    conformal->level += conformal->coverage - coverage;
    conformal->coverage = coverage;
    hone_conformal_refresh(conformal);
}
