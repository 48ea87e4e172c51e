#include "optim/nb_head.h"

#include "optim/row_sum.h"
#include "tensor/kernels.h"

#include <math.h>
#include <string.h>

#define VOCABULARY 20000.0F

/* Features that are taken in one go. */
#define BATCH 64

static float log_of(float x)
{
    hone_log(&x, &x, 1);
    return x;
}

float hone_nb_head_log(float count)
{
    return log_of(count + HONE_NB_HEAD_ALPHA);
}

void hone_nb_head_logs(float *restrict logs, const float *restrict counts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        logs[i] = counts[i] + HONE_NB_HEAD_ALPHA;
    }
    hone_log(logs, logs, n);
}

float hone_nb_head_log_total(float total)
{
    return log_of(total + HONE_NB_HEAD_ALPHA * VOCABULARY);
}

void hone_nb_head_score(float *scores, const float *log_totals,
                        const struct hone_row *const *rows, struct hone_encoder_vector x,
                        size_t n_labels)
{
    float sum = 0.0F, missing = 0.0F, sizes[BATCH];
    memset(scores, 0, n_labels * sizeof(*scores));
    for (size_t first = 0; first < x.n; first += BATCH) {
        size_t n = x.n - first < BATCH ? x.n - first : BATCH;
        for (size_t i = 0; i < n; i++) {
            sizes[i] = fabsf(x.values[first + i]);
            sum += sizes[i];
            missing += rows[first + i] == NULL ? sizes[i] : 0.0F;
        }
        hone_row_sum_logs(scores, rows + first, sizes, n, n_labels);
    }
    hone_axpy(scores, -sum, log_totals, n_labels);
    float shift = missing * hone_nb_head_log(0.0F);
    for (size_t k = 0; k < n_labels; k++) {
        scores[k] += shift;
    }
}

float hone_nb_head_learn(struct hone_row *const *rows, uint32_t capacity,
                         struct hone_encoder_vector x, uint32_t label, float weight)
{
    float sum = 0.0F, counts[BATCH], logs[BATCH];
    for (size_t first = 0; first < x.n; first += BATCH) {
        size_t n = x.n - first < BATCH ? x.n - first : BATCH;
        for (size_t i = 0; i < n; i++) {
            float *count = rows[first + i]->counts->values + capacity + label;
            float v = weight * fabsf(x.values[first + i]);
            *count += v;
            sum += v;
            counts[i] = *count;
        }
        hone_nb_head_logs(logs, counts, n);
        for (size_t i = 0; i < n; i++) {
            rows[first + i]->counts->values[label] = logs[i];
        }
    }
    return sum;
}
