#include "offline/figures.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "skills/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_FIRST 256

struct label {
    char *name; /* as it was written first */
    uint64_t n, n_answered, n_right;
};

/* Of the confusion matrix, by indices of labels. */
struct cell {
    uint32_t truth, answered;
    uint64_t n;
};

struct bin {
    uint64_t n, n_right;
    double sum_confidence;
};

struct hone_figures {
    enum hone_answer_form form;
    uint64_t n, n_right, n_unknown, n_abstained, n_loss;
    double sum_loss;
    struct bin bins[HONE_FIGURES_BINS];
    /* labels */
    struct hone_map *by_name; /* folded name to index + 1 */
    struct label *labels;
    size_t n_labels, labels_capacity;
    struct cell *cells; /* open addressing; n 0: free */
    size_t n_cells, cells_capacity;
    /* values; the sum of squares about the mean as it grows (Welford) */
    double sum_absolute, sum_square, mean_true, square_true, sum_width;
    uint64_t n_intervals, n_covered;
    /* orders */
    uint64_t n_first, n_first_five;
    double sum_reciprocal;
};

struct hone_figures *hone_figures_create(enum hone_answer_form form)
{
    struct hone_figures *figures = hone_alloc_zeroed(1, sizeof(*figures));
    figures->form = form;
    figures->by_name = hone_map_create();
    figures->cells_capacity = CELLS_FIRST;
    figures->cells = hone_alloc_zeroed(CELLS_FIRST, sizeof(*figures->cells));
    return figures;
}

void hone_figures_destroy(struct hone_figures *figures)
{
    if (figures == NULL) {
        return;
    }
    for (size_t i = 0; i < figures->n_labels; i++) {
        free(figures->labels[i].name);
    }
    hone_map_destroy(figures->by_name);
    free(figures->labels);
    free(figures->cells);
    free(figures);
}

/* ---- labels ---- */

static uint32_t add_label(struct hone_figures *figures, struct hone_span name)
{
    if (figures->n_labels == figures->labels_capacity) {
        figures->labels_capacity =
            figures->labels_capacity == 0 ? 64 : figures->labels_capacity * 2;
        figures->labels = hone_alloc_resize(figures->labels, figures->labels_capacity,
                                            sizeof(*figures->labels));
    }
    figures->labels[figures->n_labels] =
        (struct label){.name = hone_alloc_bytes(name.data, name.len)};
    return (uint32_t)figures->n_labels++;
}

/* Spellings of the same word are one label: its index + 1; 0 for one that is not there. */
static uintptr_t look_up(struct hone_figures *figures, struct hone_span name, bool adds)
{
    char *folded = NULL;
    struct hone_span key = name;
    if (hone_text_fold(&folded, name) == 0 && folded[0] != '\0') {
        key = hone_span_text(folded);
    }
    uintptr_t found = (uintptr_t)hone_map_find(figures->by_name, key);
    if (found == 0 && adds && figures->n_labels < HONE_FIGURES_LABELS_MAX) {
        found = (uintptr_t)add_label(figures, name) + 1;
        (void)hone_map_set(figures->by_name, key, (void *)found);
    }
    free(folded);
    return found;
}

/* Beyond the limit all are counted as the last one. */
static uint32_t label_of(struct hone_figures *figures, struct hone_span name)
{
    uintptr_t found = look_up(figures, name, true);
    return found != 0 ? (uint32_t)found - 1 : HONE_FIGURES_LABELS_MAX - 1;
}

static struct cell *find_cell(struct cell *cells, size_t capacity, uint32_t truth,
                              uint32_t answered)
{
    uint64_t hash = ((uint64_t)truth << 32 | answered) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 32) & (capacity - 1);
    while (cells[at].n != 0 &&
           (cells[at].truth != truth || cells[at].answered != answered)) {
        at = (at + 1) & (capacity - 1);
    }
    return &cells[at];
}

static void grow_cells(struct hone_figures *figures)
{
    size_t capacity = figures->cells_capacity * 2;
    struct cell *cells = hone_alloc_zeroed(capacity, sizeof(*cells));
    for (size_t i = 0; i < figures->cells_capacity; i++) {
        const struct cell *old = &figures->cells[i];
        if (old->n != 0) {
            *find_cell(cells, capacity, old->truth, old->answered) = *old;
        }
    }
    free(figures->cells);
    figures->cells = cells;
    figures->cells_capacity = capacity;
}

static void add_labels(struct hone_figures *figures, const struct hone_prediction *one)
{
    uint32_t truth = label_of(figures, one->truth);
    uint32_t answered = label_of(figures, one->output);
    if (figures->n_cells * 2 >= figures->cells_capacity) {
        grow_cells(figures);
    }
    struct cell *cell =
        find_cell(figures->cells, figures->cells_capacity, truth, answered);
    figures->n_cells += cell->n == 0 ? 1 : 0;
    *cell = (struct cell){truth, answered, cell->n + 1};
    figures->labels[truth].n++;
    figures->labels[answered].n_answered++;
    figures->labels[truth].n_right += truth == answered ? 1 : 0;
}

/* ---- values and orders ---- */

static void add_value(struct hone_figures *figures, const struct hone_prediction *one)
{
    double error = one->value - one->true_value;
    double off = one->true_value - figures->mean_true;
    figures->sum_absolute += fabs(error);
    figures->sum_square += error * error;
    figures->mean_true += off / (double)figures->n;
    figures->square_true += off * (one->true_value - figures->mean_true);
    if (one->has_interval) {
        figures->n_intervals++;
        figures->sum_width += one->high - one->low;
        figures->n_covered +=
            one->true_value >= one->low && one->true_value <= one->high ? 1 : 0;
    }
}

static void add_order(struct hone_figures *figures, const struct hone_prediction *one)
{
    figures->n_first += one->place == 1 ? 1 : 0;
    figures->n_first_five += one->place >= 1 && one->place <= 5 ? 1 : 0;
    figures->sum_reciprocal += one->place > 0 ? 1.0 / (double)one->place : 0.0;
}

static void add_confidence(struct hone_figures *figures, double confidence, bool right)
{
    double scaled = confidence * HONE_FIGURES_BINS;
    size_t at = scaled > 0.0 ? (size_t)scaled : 0;
    struct bin *bin = &figures->bins[at < HONE_FIGURES_BINS ? at : HONE_FIGURES_BINS - 1];
    bin->n++;
    bin->n_right += right ? 1 : 0;
    bin->sum_confidence += confidence;
}

/* ---- sets of labels ---- */

/* A truth of several labels, each once, as indices. */
struct set {
    uint32_t *labels; // (n,)
    size_t n;
};

static bool has(const struct set *set, uintptr_t found)
{
    for (size_t i = 0; found != 0 && i < set->n; i++) {
        if (set->labels[i] == (uint32_t)found - 1) {
            return true;
        }
    }
    return false;
}

static void read_set(struct hone_figures *figures, struct hone_span names,
                     struct set *out)
{
    struct hone_span rest = names, name;
    size_t n_lines = 0;
    while (hone_label_next_line(&rest, &name)) {
        n_lines++;
    }
    *out = (struct set){.labels = hone_alloc_zeroed(n_lines + 1, sizeof(*out->labels))};
    while (hone_label_next_line(&names, &name)) {
        uint32_t label = name.len > 0 ? label_of(figures, name) : 0;
        if (name.len > 0 && !has(out, (uintptr_t)label + 1)) {
            out->labels[out->n++] = label;
        }
    }
}

/* A row that names one label says nothing of the others: that it was given, or not, is all
 * that is counted. */
static void add_set(struct hone_figures *figures, const struct hone_prediction *one)
{
    struct set truth;
    read_set(figures, one->truth, &truth);
    for (size_t i = 0; i < truth.n; i++) {
        figures->labels[truth.labels[i]].n++;
    }
    for (size_t i = 0; i < one->n_labels; i++) {
        const struct hone_prediction_label *named = &one->labels[i];
        bool is_given = i < one->n_given;
        uintptr_t found = look_up(figures, named->name, is_given && one->is_whole);
        bool right = has(&truth, found);
        if (is_given && found != 0 && (one->is_whole || right)) {
            figures->labels[found - 1].n_answered++;
            figures->labels[found - 1].n_right += right ? 1 : 0;
        }
        if (one->is_whole) {
            add_confidence(figures, named->confidence, right);
        }
    }
    free(truth.labels);
}

void hone_figures_add(struct hone_figures *figures, const struct hone_prediction *one)
{
    if (one->status != 0) {
        return;
    }
    figures->n++;
    figures->n_right += one->is_scored && one->right ? 1 : 0;
    figures->n_unknown += one->is_scored ? 0 : 1;
    figures->n_abstained += one->abstained ? 1 : 0;
    if (one->is_scored && isfinite(one->loss)) {
        figures->n_loss++;
        figures->sum_loss += one->loss;
    }
    if (figures->form == HONE_ANSWER_VALUE) {
        add_value(figures, one);
        return;
    }
    if (one->truth.len == 0) {
        return; /* a reward names no right answer */
    }
    if (figures->form == HONE_ANSWER_LABELS) {
        add_set(figures, one);
        return;
    }
    add_confidence(figures, one->confidence, one->is_scored && one->right);
    if (figures->form == HONE_ANSWER_ORDER) {
        add_order(figures, one);
    } else {
        add_labels(figures, one);
    }
}

/* ---- out ---- */

static json_t *mean(double sum, uint64_t n)
{
    return n > 0 ? json_real(sum / (double)n) : json_null();
}

static json_t *calibration_error(const struct hone_figures *figures)
{
    double sum = 0.0;
    uint64_t n = 0;
    for (size_t i = 0; i < HONE_FIGURES_BINS; i++) {
        const struct bin *bin = &figures->bins[i];
        sum += fabs((double)bin->n_right - bin->sum_confidence);
        n += bin->n;
    }
    return mean(sum, n);
}

static double ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

/* 2 P R / (P + R) = 2 right / (rows + answered). */
static double f1_of(const struct label *label)
{
    return ratio(2 * label->n_right, label->n + label->n_answered);
}

static json_t *macro_f1(const struct hone_figures *figures)
{
    double sum = 0.0;
    for (size_t i = 0; i < figures->n_labels; i++) {
        sum += f1_of(&figures->labels[i]);
    }
    return mean(sum, figures->n_labels);
}

/* 2 tp / (2 tp + fp + fn), each summed over the labels. */
static json_t *micro_f1(const struct hone_figures *figures)
{
    uint64_t n = 0, n_right = 0;
    for (size_t i = 0; i < figures->n_labels; i++) {
        n += figures->labels[i].n + figures->labels[i].n_answered;
        n_right += figures->labels[i].n_right;
    }
    return mean((double)(2 * n_right), n);
}

static void put_values(const struct hone_figures *figures, json_t *out)
{
    uint64_t n = figures->n;
    json_t *r2 = figures->square_true > 0.0
                     ? json_real(1.0 - figures->sum_square / figures->square_true)
                     : json_null();
    (void)json_object_set_new(out, "mae", mean(figures->sum_absolute, n));
    (void)json_object_set_new(out, "rmse",
                              n > 0 ? json_real(sqrt(figures->sum_square / (double)n))
                                    : json_null());
    (void)json_object_set_new(out, "r2", r2);
    (void)json_object_set_new(out, "coverage",
                              mean((double)figures->n_covered, figures->n_intervals));
    (void)json_object_set_new(out, "mean_width",
                              mean(figures->sum_width, figures->n_intervals));
}

static void put_orders(const struct hone_figures *figures, json_t *out)
{
    (void)json_object_set_new(out, "top_1", mean((double)figures->n_first, figures->n));
    (void)json_object_set_new(out, "top_5",
                              mean((double)figures->n_first_five, figures->n));
    (void)json_object_set_new(out, "mrr", mean(figures->sum_reciprocal, figures->n));
}

json_t *hone_figures_summary(const struct hone_figures *figures)
{
    json_t *out = json_pack("{s:I,s:I,s:I,s:o,s:o}", "rows", (json_int_t)figures->n,
                            "unknown", (json_int_t)figures->n_unknown, "abstained",
                            (json_int_t)figures->n_abstained, "accuracy",
                            mean((double)figures->n_right, figures->n), "log_loss",
                            mean(figures->sum_loss, figures->n_loss));
    switch (figures->form) {
    case HONE_ANSWER_VALUE:
        put_values(figures, out);
        break;
    case HONE_ANSWER_ORDER:
        put_orders(figures, out);
        (void)json_object_set_new(out, "ece", calibration_error(figures));
        break;
    case HONE_ANSWER_LABELS:
        (void)json_object_set_new(out, "macro_f1", macro_f1(figures));
        (void)json_object_set_new(out, "micro_f1", micro_f1(figures));
        (void)json_object_set_new(out, "ece", calibration_error(figures));
        break;
    case HONE_ANSWER_LABEL:
    default:
        (void)json_object_set_new(out, "macro_f1", macro_f1(figures));
        (void)json_object_set_new(out, "ece", calibration_error(figures));
        break;
    }
    return out;
}

static void put_errors(const struct label *label, json_t *out)
{
    (void)json_object_set_new(out, "tp", json_integer((json_int_t)label->n_right));
    (void)json_object_set_new(
        out, "fp", json_integer((json_int_t)(label->n_answered - label->n_right)));
    (void)json_object_set_new(out, "fn",
                              json_integer((json_int_t)(label->n - label->n_right)));
}

json_t *hone_figures_labels(const struct hone_figures *figures)
{
    json_t *out = json_array();
    for (size_t i = 0; i < figures->n_labels; i++) {
        const struct label *label = &figures->labels[i];
        json_t *item =
            json_pack("{s:s,s:I,s:I,s:f,s:f,s:f}", "label", label->name, "rows",
                      (json_int_t)label->n, "answered", (json_int_t)label->n_answered,
                      "precision", ratio(label->n_right, label->n_answered), "recall",
                      ratio(label->n_right, label->n), "f1", f1_of(label));
        if (figures->form == HONE_ANSWER_LABELS) {
            put_errors(label, item);
        }
        (void)json_array_append_new(out, item);
    }
    return out;
}

static int compare_cells(const void *a, const void *b)
{
    const struct cell *left = a;
    const struct cell *right = b;
    bool left_right = left->truth == left->answered;
    bool right_right = right->truth == right->answered;
    if (left_right != right_right) {
        return left_right ? 1 : -1;
    }
    if (left->n != right->n) {
        return left->n > right->n ? -1 : 1;
    }
    if (left->truth != right->truth) {
        return left->truth < right->truth ? -1 : 1;
    }
    return (left->answered > right->answered) - (left->answered < right->answered);
}

json_t *hone_figures_confusion(const struct hone_figures *figures)
{
    json_t *out = json_array();
    struct cell *cells = hone_alloc_zeroed(figures->n_cells + 1, sizeof(*cells));
    size_t n = 0;
    for (size_t i = 0; i < figures->cells_capacity; i++) {
        if (figures->cells[i].n != 0) {
            cells[n++] = figures->cells[i];
        }
    }
    qsort(cells, n, sizeof(*cells), compare_cells);
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(
            out, json_pack("{s:s,s:s,s:I}", "label", figures->labels[cells[i].truth].name,
                           "answered", figures->labels[cells[i].answered].name, "n",
                           (json_int_t)cells[i].n));
    }
    free(cells);
    return out;
}
