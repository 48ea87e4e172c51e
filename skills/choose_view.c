#include "skills/choose_view.h"

#include "base/alloc.h"
#include "skills/classify_input.h"
#include "skills/label.h"

#include <math.h>
#include <stdlib.h>

struct hone_choose_view *hone_choose_view_create_take(struct hone_classifier_view *model,
                                                      const struct hone_choose_gain *gain)
{
    struct hone_choose_view *view = hone_alloc_zeroed(1, sizeof(*view));
    atomic_init(&view->n_refs, 1);
    view->model = model;
    view->gain = *gain;
    return view;
}

struct hone_choose_view *hone_choose_view_ref(struct hone_choose_view *view)
{
    atomic_fetch_add_explicit(&view->n_refs, 1, memory_order_relaxed);
    return view;
}

void hone_choose_view_unref(struct hone_choose_view *view)
{
    if (view == NULL ||
        atomic_fetch_sub_explicit(&view->n_refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    hone_classifier_view_unref(view->model);
    free(view);
}

size_t hone_choose_view_find_option(const struct hone_package *package,
                                    struct hone_span name)
{
    size_t found = package->n_labels;
    for (size_t i = 0; i < package->n_labels; i++) {
        struct hone_span option = hone_span_text(package->labels[i].name);
        if (hone_span_equal(option, name)) {
            return i;
        }
        found = hone_label_same(option, name) ? i : found;
    }
    return found;
}

/* Options that the view does not have yet stay unknown. */
static void fill_option(struct hone_choose_estimates *out, size_t i,
                        const struct hone_choose_view *view,
                        const struct hone_package *package, const float *estimates,
                        const float *deviations)
{
    uint32_t label = 0;
    const struct hone_package_label *option = &package->labels[i];
    out->shares[i] = (double)NAN;
    out->utilities[i] = (double)NAN;
    out->deviations[i] = 0.0;
    out->weights[i] = 0.0;
    if (hone_classifier_view_find_label(view->model, hone_span_text(option->name),
                                        &label) == 0 &&
        hone_classifier_view_label_enabled(view->model, label)) {
        out->shares[i] = (double)estimates[label];
        out->deviations[i] = (double)deviations[label];
        out->weights[i] = (double)hone_classifier_view_label_weight(view->model, label);
        out->utilities[i] =
            hone_choose_settings_utility(&package->choose, out->shares[i], option->cost);
    }
}

int hone_choose_view_estimate(const struct hone_choose_view *view,
                              const struct hone_package *package, const json_t *arguments,
                              struct hone_classifier_scratch *scratch,
                              struct hone_choose_estimates *out, struct hone_error *err)
{
    struct hone_classify_input input;
    const float *estimates = NULL, *deviations = NULL;
    hone_classify_input_fill(&input, package, arguments);
    int code = hone_classifier_view_estimate(view->model, &input.input, scratch,
                                             &estimates, &deviations, err);
    if (code != 0) {
        return code;
    }
    out->n = package->n_labels;
    out->n_rewards = hone_classifier_view_n_rewards(view->model);
    for (size_t i = 0; i < out->n; i++) {
        fill_option(out, i, view, package, estimates, deviations);
    }
    return 0;
}
