/* Intervals that keep their coverage online: adaptive conformal inference.
 *
 * A score is how far a prediction was from the truth, |y - prediction| / spread, where
 * spread is the caller's guess of how uncertain this prediction is (1 for none). The
 * interval is prediction +- q spread, with q the ceil((1 - a) (n + 1))-th smallest of the
 * last n scores, n <= HONE_CONFORMAL_WINDOW. After each truth the level moves,
 *   a += HONE_CONFORMAL_RATE ((1 - coverage) - [score > q])
 * so that the realised coverage tends to the wanted one whatever the data do: Gibbs and
 * Candes 2021, "Adaptive conformal inference under distribution shift", eq. 2. Where the
 * rank is above n the method asks for an infinite interval; q is then
 * HONE_CONFORMAL_BEYOND times the largest score, and a goes on falling until that is
 * enough or the window has larger scores.
 *
 * Plain values; one thread at a time may change them, any may read. */
#ifndef HONE_OPTIM_CONFORMAL_H
#define HONE_OPTIM_CONFORMAL_H

#include <stdbool.h>
#include <stdint.h>

#define HONE_CONFORMAL_WINDOW 400
#define HONE_CONFORMAL_RATE   0.02
#define HONE_CONFORMAL_BEYOND 2.0

struct hone_conformal {
    double coverage;  /* wanted, in (0, 1) */
    double level;     /* a; may leave [0, 1] for a while */
    uint32_t n, head; /* scores, and the place that is overwritten next once full */
    uint64_t n_judged, n_covered; /* truths that met an interval */
    double scores[HONE_CONFORMAL_WINDOW];
    /* These follow from the above: */
    double quantile; /* q; meaningless while n is 0 */
    double mean;     /* of the scores */
};

void hone_conformal_init(struct hone_conformal *conformal, double coverage);
/* Is there an interval yet? */
bool hone_conformal_is_ready(const struct hone_conformal *conformal);
/* One truth: a finite score of at least 0. */
void hone_conformal_add(struct hone_conformal *conformal, double score);
/* Another wanted coverage: the level moves with it, the scores stay. */
void hone_conformal_set_coverage(struct hone_conformal *conformal, double coverage);
/* Computes quantile and mean; add and set_coverage do it by themselves. */
void hone_conformal_refresh(struct hone_conformal *conformal);

#endif
