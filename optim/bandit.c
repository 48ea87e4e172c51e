#include "optim/bandit.h"

#include "base/check.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS         256
#define DEVIATIONS    6.0 /* beyond which a normal is taken to end */
#define DEVIATION_MIN 1e-6
#define CHANCE_MIN    1e-300
#define NUMBER_BYTES  32

/* In the order of the enumeration. */
static const struct {
    const char *name, *number;
    double above, max; /* of the number: above < x <= max, or 0 <= x for epsilon */
} policies[] = {
    {"squarecb", "gamma", 0.0, HONE_BANDIT_GAMMA_MAX},
    {"epsilon", "epsilon", -1e-300, 1.0},
    {"greedy", NULL, 0.0, 0.0},
    {"none", NULL, 0.0, 0.0},
    {"thompson", "scale", 0.0, HONE_BANDIT_SCALE_MAX},
    {"uniform", NULL, 0.0, 0.0},
};

#define N_POLICIES (sizeof(policies) / sizeof(policies[0]))

void hone_bandit_config_default(struct hone_bandit_config *config)
{
    *config = (struct hone_bandit_config){
        .policy = HONE_BANDIT_SQUARECB,
        .epsilon = HONE_BANDIT_EPSILON_DEFAULT,
        .gamma = HONE_BANDIT_GAMMA_DEFAULT,
        .scale = HONE_BANDIT_SCALE_DEFAULT,
    };
}

const char *hone_bandit_policy_name(enum hone_bandit_policy policy)
{
    return (size_t)policy < N_POLICIES ? policies[policy].name : "unknown";
}

int hone_bandit_policy_find(enum hone_bandit_policy *out, struct hone_span name)
{
    for (size_t i = 0; i < N_POLICIES; i++) {
        if (hone_span_is(name, policies[i].name)) {
            *out = (enum hone_bandit_policy)i;
            return 0;
        }
    }
    return HONE_E_NOT_FOUND;
}

static double *number_of(struct hone_bandit_config *config)
{
    switch (config->policy) {
    case HONE_BANDIT_SQUARECB:
        return &config->gamma;
    case HONE_BANDIT_EPSILON:
        return &config->epsilon;
    case HONE_BANDIT_THOMPSON:
        return &config->scale;
    case HONE_BANDIT_GREEDY:
    case HONE_BANDIT_NONE:
    case HONE_BANDIT_UNIFORM:
    default:
        return NULL;
    }
}

static int read_number(struct hone_bandit_config *config, struct hone_span text,
                       struct hone_error *err)
{
    char copy[NUMBER_BYTES], *end = NULL;
    double *number = number_of(config);
    if (number == NULL) {
        return hone_error_set(err, HONE_E_INVALID, "the policy %s takes no number",
                              policies[config->policy].name);
    }
    size_t len = text.len < sizeof(copy) ? text.len : 0;
    memcpy(copy, text.data, len);
    copy[len] = '\0';
    double value = strtod(copy, &end);
    if (len == 0 || *end != '\0' || !(value > policies[config->policy].above) ||
        !(value <= policies[config->policy].max)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "%s of the policy %s must be a number %s 0 and at most %g",
                              policies[config->policy].number,
                              policies[config->policy].name,
                              config->policy == HONE_BANDIT_EPSILON ? "from" : "above",
                              policies[config->policy].max);
    }
    *number = value;
    return 0;
}

int hone_bandit_config_parse(struct hone_bandit_config *out, struct hone_span text,
                             struct hone_error *err)
{
    struct hone_bandit_config config;
    hone_bandit_config_default(&config);
    const char *colon = text.len > 0 ? memchr(text.data, ':', text.len) : NULL;
    size_t len = colon != NULL ? (size_t)(colon - text.data) : text.len;
    if (hone_bandit_policy_find(&config.policy, hone_span_of(text.data, len)) != 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "'%.*s' is not a policy; there are squarecb, epsilon, "
                              "greedy, none, thompson and uniform",
                              (int)(len < NUMBER_BYTES ? len : NUMBER_BYTES), text.data);
    }
    if (colon != NULL) {
        int code = read_number(&config, hone_span_of(colon + 1, text.len - len - 1), err);
        if (code != 0) {
            return code;
        }
    }
    *out = config;
    return 0;
}

/* The first of the best, and how many are as good; non-finite ones are below all. */
static size_t find_best(const double *u, size_t n, size_t *n_best)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (isfinite(u[i]) && (!isfinite(u[best]) || u[i] > u[best])) {
            best = i;
        }
    }
    *n_best = 0;
    for (size_t i = 0; i < n; i++) {
        *n_best += !isfinite(u[best]) || u[i] == u[best] ? 1 : 0;
    }
    return best;
}

static void fill_greedy(double *p, const double *u, size_t n, double mass)
{
    size_t n_best = 0;
    size_t best = find_best(u, n, &n_best);
    for (size_t i = 0; i < n; i++) {
        bool is_best = !isfinite(u[best]) || u[i] == u[best];
        p[i] = is_best ? mass / (double)n_best : 0.0;
    }
}

static void fill_epsilon(double *p, const double *u, size_t n, double epsilon)
{
    fill_greedy(p, u, n, 1.0 - epsilon);
    for (size_t i = 0; i < n; i++) {
        p[i] += epsilon / (double)n;
    }
}

/* None between two that are both below all. */
static double gap_to(double best, double u)
{
    if (isfinite(u)) {
        return best - u;
    }
    return isfinite(best) ? (double)INFINITY : 0.0;
}

static void fill_squarecb(double *p, const double *u, size_t n, double gamma)
{
    size_t n_best = 0;
    size_t best = find_best(u, n, &n_best);
    double rest = 1.0;
    for (size_t i = 0; i < n; i++) {
        if (i == best) {
            continue;
        }
        double gap = gap_to(u[best], u[i]);
        p[i] = 1.0 / ((double)n + gamma * gap);
        rest -= p[i];
    }
    p[best] = rest;
}

static double normal_cdf(double t, double mean, double deviation)
{
    return 0.5 * erfc((mean - t) / (deviation * sqrt(2.0)));
}

struct normals {
    double mean[HONE_BANDIT_OPTIONS_MAX], deviation[HONE_BANDIT_OPTIONS_MAX];
    double low, high; /* where the largest of all lies */
};

static void make_normals(struct normals *out, const double *u, const double *deviations,
                         size_t n, double scale)
{
    size_t n_best = 0;
    double best = u[find_best(u, n, &n_best)];
    out->low = -(double)INFINITY;
    out->high = -(double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        double s = isfinite(deviations[i]) ? fabs(deviations[i]) * scale : 0.0;
        out->deviation[i] = fmax(s, DEVIATION_MIN);
        out->mean[i] = isfinite(u[i]) ? u[i] : isfinite(best) ? best - 1e9 : 0.0;
        double reach = DEVIATIONS * out->deviation[i];
        out->low = fmax(out->low, out->mean[i] - reach);
        out->high = fmax(out->high, out->mean[i] + reach);
    }
}

/* Adds what one cell of the integral gives to each option. */
static void add_cell(double *p, const struct normals *normals, size_t n, double from,
                     double to)
{
    double below[HONE_BANDIT_OPTIONS_MAX], log_all = 0.0, middle = 0.5 * (from + to);
    for (size_t i = 0; i < n; i++) {
        double chance = normal_cdf(middle, normals->mean[i], normals->deviation[i]);
        below[i] = log(fmax(chance, CHANCE_MIN));
        log_all += below[i];
    }
    for (size_t i = 0; i < n; i++) {
        double mass = normal_cdf(to, normals->mean[i], normals->deviation[i]) -
                      normal_cdf(from, normals->mean[i], normals->deviation[i]);
        p[i] += mass * exp(log_all - below[i]);
    }
}

static void fill_thompson(double *p, const double *u, const double *deviations, size_t n,
                          double scale)
{
    struct normals normals;
    make_normals(&normals, u, deviations, n, scale);
    double width = (normals.high - normals.low) / CELLS, sum = 0.0;
    memset(p, 0, n * sizeof(*p));
    for (size_t c = 0; c < CELLS; c++) {
        double from = normals.low + width * (double)c;
        add_cell(p, &normals, n, from, from + width);
    }
    for (size_t i = 0; i < n; i++) {
        sum += p[i];
    }
    for (size_t i = 0; i < n; i++) {
        p[i] = sum > 0.0 ? p[i] / sum : 1.0 / (double)n;
    }
}

/* Rounds to whole tickets; what rounding leaves over goes to the most probable. */
static void round_to_tickets(double *p, size_t n)
{
    size_t largest = 0;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        largest = p[i] > p[largest] ? i : largest;
        double tickets = floor(p[i] * HONE_BANDIT_TICKETS);
        p[i] = p[i] > 0.0 ? fmax(tickets, 1.0) / HONE_BANDIT_TICKETS : 0.0;
        sum += p[i];
    }
    p[largest] += 1.0 - sum;
    HONE_INVARIANT(p[largest] > 0.0);
}

void hone_bandit_probabilities(double *p, const struct hone_bandit_config *config,
                               const double *utilities, const double *deviations,
                               size_t n, uint64_t n_rewards)
{
    HONE_REQUIRE(n >= 1 && n <= HONE_BANDIT_OPTIONS_MAX);
    size_t n_best = 0;
    switch (config->policy) {
    case HONE_BANDIT_SQUARECB:
        fill_squarecb(p, utilities, n, config->gamma * sqrt((double)n_rewards + 1.0));
        break;
    case HONE_BANDIT_EPSILON:
        fill_epsilon(p, utilities, n, config->epsilon);
        break;
    case HONE_BANDIT_GREEDY:
        fill_greedy(p, utilities, n, 1.0);
        break;
    case HONE_BANDIT_THOMPSON:
        HONE_REQUIRE(deviations != NULL);
        fill_thompson(p, utilities, deviations, n, config->scale);
        break;
    case HONE_BANDIT_UNIFORM:
        fill_epsilon(p, utilities, n, 1.0);
        break;
    case HONE_BANDIT_NONE:
    default:
        memset(p, 0, n * sizeof(*p));
        p[find_best(utilities, n, &n_best)] = 1.0;
        break;
    }
    round_to_tickets(p, n);
}

size_t hone_bandit_draw(const double *p, size_t n, uint64_t key, uint64_t counter)
{
    struct hone_rng rng = hone_rng_at(key, counter);
    double ticket = (double)(hone_rng_next(&rng) >> 40) / HONE_BANDIT_TICKETS;
    double edge = 0.0;
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        edge += p[i];
        if (p[i] > 0.0) {
            last = i;
            if (ticket < edge) {
                return i;
            }
        }
    }
    return last;
}
