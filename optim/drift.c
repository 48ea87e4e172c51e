#include "optim/drift.h"
#include "optim/drift_internal.h"

#include <math.h>

#define ALARM_Z      4.0
#define VARIANCE_MIN 0.02

static unsigned place_of(uint64_t outcome)
{
    return (unsigned)(outcome % HONE_DRIFT_OUTCOMES);
}

static bool is_error_at(const struct hone_drift *drift, unsigned place)
{
    return (drift->errors[place / 64] >> (place % 64) & 1) != 0;
}

void hone_drift_reset(struct hone_drift *drift)
{
    *drift = (struct hone_drift){0};
}

/* Errors among outcomes first to first + n - 1. */
static unsigned count_errors(const struct hone_drift *drift, uint64_t first, unsigned n)
{
    unsigned count = 0;
    for (unsigned i = 0; i < n; i++) {
        count += is_error_at(drift, place_of(first + i)) ? 1 : 0;
    }
    return count;
}

/* z of the outcomes before `end`, which is at most EVERY before the newest. */
static double z_before(const struct hone_drift *drift, uint64_t end)
{
    uint64_t first = end - HONE_DRIFT_COMPARED;
    double reference =
        count_errors(drift, first, HONE_DRIFT_REFERENCE) / (double)HONE_DRIFT_REFERENCE;
    double current =
        count_errors(drift, first + HONE_DRIFT_REFERENCE, HONE_DRIFT_CURRENT) /
        (double)HONE_DRIFT_CURRENT;
    double variance = fmax(reference * (1.0 - reference), VARIANCE_MIN);
    return (current - reference) /
           sqrt(variance * (1.0 / HONE_DRIFT_CURRENT + 1.0 / HONE_DRIFT_REFERENCE));
}

double hone_drift_z(const struct hone_drift *drift)
{
    return drift->n >= HONE_DRIFT_COMPARED ? z_before(drift, drift->n) : 0.0;
}

static bool is_alarm(const struct hone_drift *drift)
{
    return drift->n >= HONE_DRIFT_OUTCOMES && drift->n % HONE_DRIFT_EVERY == 0 &&
           z_before(drift, drift->n) > ALARM_Z &&
           z_before(drift, drift->n - HONE_DRIFT_EVERY) > ALARM_Z;
}

bool hone_drift_add(struct hone_drift *drift, bool is_error)
{
    unsigned place = place_of(drift->n);
    uint64_t bit = UINT64_C(1) << (place % 64), *word = &drift->errors[place / 64];
    *word = is_error ? *word | bit : *word & ~bit;
    drift->n += 1;
    return is_alarm(drift);
}

bool hone_drift_is_valid(const struct hone_drift *drift)
{
    bool good = true;
    uint64_t n_places = drift->n < HONE_DRIFT_OUTCOMES ? drift->n : HONE_DRIFT_OUTCOMES;
    for (unsigned place = (unsigned)n_places; place < 64 * HONE_DRIFT_WORDS; place++) {
        good = good && !is_error_at(drift, place);
    }
    return good;
}
