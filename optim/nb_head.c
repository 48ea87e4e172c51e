#include "optim/nb_head.h"

#include "tensor/kernels.h"

#include <math.h>
#include <string.h>

#define VOCABULARY 20000.0F

float hone_nb_head_log(float count)
{
    return logf(count + HONE_NB_HEAD_ALPHA);
}

float hone_nb_head_log_total(float total)
{
    return logf(total + HONE_NB_HEAD_ALPHA * VOCABULARY);
}

void hone_nb_head_score(float *scores, const float *log_totals,
                        const struct hone_row *const *rows, uint32_t capacity,
                        struct hone_encoder_vector x, size_t n_labels)
{
    float sum = 0.0F, missing = 0.0F;
    memset(scores, 0, n_labels * sizeof(*scores));
    for (size_t i = 0; i < x.n; i++) {
        float v = fabsf(x.values[i]);
        sum += v;
        if (rows[i] != NULL) {
            hone_axpy(scores, v, hone_row_logs(rows[i], capacity), n_labels);
        } else {
            missing += v;
        }
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
    float sum = 0.0F;
    for (size_t i = 0; i < x.n; i++) {
        float v = weight * fabsf(x.values[i]);
        float *logs = rows[i]->values + capacity, *counts = logs + capacity;
        counts[label] += v;
        logs[label] = hone_nb_head_log(counts[label]);
        sum += v;
    }
    return sum;
}
