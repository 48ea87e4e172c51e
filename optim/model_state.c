#include "optim/model_state.h"

#include "base/alloc.h"
#include "optim/nb_head.h"

#include <stdlib.h>
#include <string.h>

static void resize(struct hone_model_state *state, size_t capacity)
{
    state->bias = hone_alloc_resize(state->bias, capacity, sizeof(float));
    state->totals = hone_alloc_resize(state->totals, capacity, sizeof(float));
    state->log_totals = hone_alloc_resize(state->log_totals, capacity, sizeof(float));
    state->enabled = hone_alloc_resize(state->enabled, capacity, sizeof(uint8_t));
    state->thresholds = hone_alloc_resize(state->thresholds, capacity, sizeof(float));
    state->capacity = capacity;
}

void hone_model_state_finish(struct hone_model_state *state)
{
    free(state->bias);
    free(state->totals);
    free(state->log_totals);
    free(state->enabled);
    free(state->thresholds);
    *state = (struct hone_model_state){0};
}

void hone_model_state_copy(struct hone_model_state *dst,
                           const struct hone_model_state *src)
{
    *dst = *src;
    dst->bias = dst->totals = dst->log_totals = dst->thresholds = NULL;
    dst->enabled = NULL;
    if (src->n_labels == 0) {
        dst->capacity = 0;
        return;
    }
    resize(dst, src->n_labels);
    memcpy(dst->bias, src->bias, src->n_labels * sizeof(float));
    memcpy(dst->totals, src->totals, src->n_labels * sizeof(float));
    memcpy(dst->log_totals, src->log_totals, src->n_labels * sizeof(float));
    memcpy(dst->enabled, src->enabled, src->n_labels * sizeof(uint8_t));
    memcpy(dst->thresholds, src->thresholds, src->n_labels * sizeof(float));
}

void hone_model_state_add_label(struct hone_model_state *state)
{
    if (state->n_labels == state->capacity) {
        resize(state, state->capacity == 0 ? 16 : state->capacity * 2);
    }
    size_t label = state->n_labels++;
    state->bias[label] = 0.0F;
    state->totals[label] = 0.0F;
    state->log_totals[label] = hone_nb_head_log_total(0.0F);
    state->enabled[label] = 1;
    state->thresholds[label] = 0.5F;
    state->n_enabled += 1;
    if (state->stack.n_updates == 0) {
        hone_stack_init(&state->stack, state->n_labels);
    }
}
