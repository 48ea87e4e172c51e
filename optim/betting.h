/* A paired test that may be looked at after every record: testing by betting.
 *
 * H0: the records' values x_i in [-2, 2] have conditional means of at most m0. Somebody
 * who does not believe it bets on the next value being larger, with stakes fixed before
 * it is seen:
 *   W_0 = 1    W_i = W_{i-1} (1 + l_i (x_i - m0))
 *   l_i = max(mean - m0, 0) / (var + (mean - m0)^2), at most c / (2 + |m0|),
 * mean and var of the records before i (with one record of 0 and a variance of 1/4 put
 * before the first). For three caps c = 1/8, 1/4, 1/2 side by side; the wealth is the mean
 * of the three. Under H0 no wealth is expected to grow, so it ever reaches 1 / alpha with
 * a probability of at most alpha (Ville), however often one looks and whenever one stops.
 * Sources: Waudby-Smith and Ramdas 2023; Shafer 2021; Howard et al. 2021.
 *
 * x = loss of anchor - loss of served, m0 = 0: is the served state better?
 * x = loss of served - loss of anchor, m0 = a margin: does it do harm (the mirror)?
 * Pure; thread: any. */
#ifndef HONE_OPTIM_BETTING_H
#define HONE_OPTIM_BETTING_H

#include <stdbool.h>
#include <stdint.h>

#define HONE_BETTING_CAPS  3
#define HONE_BETTING_BOUND 2.0 /* values are clipped to +- this */

/* The complete state; zeroed memory has seen nothing. */
struct hone_betting {
    uint64_t n;
    double sum, sum_squares;              /* of the values */
    double log_wealth[HONE_BETTING_CAPS]; /* nats */
    double highest; /* the mean wealth's logarithm at its highest; at least 0 */
};

/* value is finite; m0 in [-1, 1] is the same for all records of a state. */
void hone_betting_add(struct hone_betting *betting, double value, double m0);
/* Logarithm of the mean wealth as it is now. */
double hone_betting_log_wealth(const struct hone_betting *betting);
/* Has the wealth ever reached 1 / alpha? */
bool hone_betting_rejects(const struct hone_betting *betting, double alpha);
/* Finite, and such as add could make it? */
bool hone_betting_is_valid(const struct hone_betting *betting);

#endif
