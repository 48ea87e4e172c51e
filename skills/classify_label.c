#include "skills/classify_label.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "skills/label.h"

#include <stdlib.h>

#define LISTED_MAX   20 /* more labels than this are only counted */
#define QUOTED_BYTES 60

int hone_classify_label_find(const struct hone_classifier_view *view,
                             struct hone_span name, uint32_t *label)
{
    uint32_t found = 0;
    if (hone_classifier_view_find_label(view, name, &found) == 0 &&
        hone_classifier_view_label_enabled(view, found)) {
        *label = found;
        return 0;
    }
    size_t n_found = 0;
    for (uint32_t i = 0; i < hone_classifier_view_n_labels(view); i++) {
        if (hone_classifier_view_label_enabled(view, i) &&
            hone_label_same(hone_classifier_view_label(view, i), name)) {
            found = i;
            n_found++;
        }
    }
    if (n_found != 1) {
        return HONE_E_NOT_FOUND;
    }
    *label = found;
    return 0;
}

static bool has_been(const struct hone_package_label *label, struct hone_span name)
{
    struct hone_span names = hone_span_text(label->was), former;
    bool found = false;
    while (!found && hone_label_next_line(&names, &former)) {
        found = hone_label_same(former, name);
    }
    return found;
}

/* The package's label that is or was called so; NULL when there is none. */
static const struct hone_package_label *find_declared(const struct hone_package *package,
                                                      struct hone_span name)
{
    for (size_t i = 0; i < package->n_labels; i++) {
        const struct hone_package_label *label = &package->labels[i];
        if (hone_label_same(hone_span_text(label->name), name) || has_been(label, name)) {
            return label;
        }
    }
    return NULL;
}

int hone_classify_label_find_known(const struct hone_package *package,
                                   const struct hone_classifier_view *view,
                                   struct hone_span name, uint32_t *label)
{
    int code = hone_classify_label_find(view, name, label);
    const struct hone_package_label *declared =
        code != 0 ? find_declared(package, name) : NULL;
    if (declared == NULL) {
        return code;
    }
    struct hone_span names = hone_span_text(declared->was), former;
    code = hone_classify_label_find(view, hone_span_text(declared->name), label);
    while (code != 0 && hone_label_next_line(&names, &former)) {
        code = hone_classify_label_find(view, former, label);
    }
    return code;
}

bool hone_classify_label_same(const struct hone_package *package, struct hone_span a,
                              struct hone_span b)
{
    if (hone_label_same(a, b)) {
        return true;
    }
    const struct hone_package_label *declared = find_declared(package, a);
    return declared != NULL && declared == find_declared(package, b);
}

size_t hone_classify_label_n_enabled(const struct hone_classifier_view *view)
{
    size_t n = 0;
    for (uint32_t i = 0; i < hone_classifier_view_n_labels(view); i++) {
        n += hone_classifier_view_label_enabled(view, i) ? 1 : 0;
    }
    return n;
}

/* Enabled names; n is what hone_classify_label_n_enabled says. free() the array only. */
static const char **enabled_names(const struct hone_classifier_view *view, size_t n)
{
    const char **names = hone_alloc_zeroed(n > 0 ? n : 1, sizeof(*names));
    size_t used = 0;
    for (uint32_t i = 0; i < hone_classifier_view_n_labels(view); i++) {
        if (hone_classifier_view_label_enabled(view, i)) {
            names[used++] = hone_classifier_view_label(view, i).data;
        }
    }
    return names;
}

/* "labels: a, b, c", or how many there are. */
static void append_labels(struct hone_buf *buf, const char *const *names, size_t n)
{
    if (n > LISTED_MAX) {
        (void)hone_buf_append_format(buf, "it has %zu labels", n);
        return;
    }
    (void)hone_buf_append_text(buf, n > 0 ? "its labels: " : "it has no label");
    for (size_t i = 0; i < n; i++) {
        (void)hone_buf_append_format(buf, "%s%s", i > 0 ? ", " : "", names[i]);
    }
}

static int refuse_unknown(const struct hone_package *package,
                          const struct hone_classifier_view *view, struct hone_span name,
                          struct hone_error *err)
{
    size_t n = hone_classify_label_n_enabled(view);
    const char **names = enabled_names(view, n);
    struct hone_buf list;
    hone_buf_init(&list, LISTED_MAX * (HONE_PACKAGE_LABEL_BYTES_MAX + 2) + 64);
    append_labels(&list, names, n);
    struct hone_span quoted = hone_text_prefix(name, QUOTED_BYTES);
    int code = hone_error_set(
        err, HONE_E_INVALID, "'%.*s%s' is not a label of %s; %s", (int)quoted.len,
        quoted.data, quoted.len < name.len ? "..." : "", package->name, list.data);
    char *word = hone_alloc_bytes(name.data, name.len);
    const char *nearest = hone_text_nearest(word, names, n);
    if (nearest != NULL) {
        (void)hone_error_hint(err, "did you mean '%s'?", nearest);
    }
    free(word);
    hone_buf_finish(&list);
    free(names);
    return code;
}

static int refuse_more(const struct hone_package *package,
                       const struct hone_classifier_view *view, struct hone_span name,
                       struct hone_error *err)
{
    int code = refuse_unknown(package, view, name, err);
    hone_error_prefix(err, "no more than %zu labels are allowed (labels_max)",
                      package->labels_max);
    return code;
}

int hone_classify_label_check_new(const struct hone_package *package,
                                  const struct hone_classifier_view *view,
                                  struct hone_span name, struct hone_error *err)
{
    if (!package->labels_open) {
        return refuse_unknown(package, view, name, err);
    }
    int code = hone_label_check(name, err);
    if (code != 0) {
        return code;
    }
    return hone_classify_label_n_enabled(view) < package->labels_max
               ? 0
               : refuse_more(package, view, name, err);
}

/* Forgets offers that the view has taken up. */
static void prune(struct hone_label_offers *offers, const struct hone_package *package,
                  const struct hone_classifier_view *view)
{
    uint32_t label = 0;
    for (size_t i = hone_label_offers_n(offers); i-- > 0;) {
        struct hone_span name = hone_span_text(hone_label_offers_at(offers, i));
        if (hone_classify_label_find_known(package, view, name, &label) == 0) {
            hone_label_offers_drop(offers, i);
        }
    }
}

/* Adds what is new of the names to `offered`, a part of which others have offered. */
static int offer(struct hone_label_offers *offered, const struct hone_package *package,
                 const struct hone_classifier_view *view, struct hone_span names,
                 struct hone_error *err)
{
    struct hone_span name;
    int code = 0;
    while (code == 0 && hone_label_next_line(&names, &name)) {
        uint32_t label = 0;
        if (name.len == 0 ||
            hone_classify_label_find_known(package, view, name, &label) == 0 ||
            hone_label_offers_has(offered, name)) {
            continue;
        }
        code = hone_classify_label_check_new(package, view, name, err);
        if (code == 0 &&
            hone_classify_label_n_enabled(view) + hone_label_offers_n(offered) >=
                package->labels_max) {
            code = refuse_more(package, view, name, err);
        } else if (code == 0) {
            hone_label_offers_add(offered, name);
        }
    }
    return code;
}

int hone_classify_label_offer(const struct hone_package *package,
                              const struct hone_classifier_view *view,
                              struct hone_label_offers *offers, struct hone_span names,
                              struct hone_error *err)
{
    struct hone_label_offers *own = NULL;
    if (offers == NULL) {
        own = hone_label_offers_create();
        offers = own;
    }
    size_t n_before = hone_label_offers_n(offers);
    int code = offer(offers, package, view, names, err);
    if (code != 0 && n_before > 0) {
        /* There may be room by now: only this check has to know. */
        while (hone_label_offers_n(offers) > n_before) {
            hone_label_offers_drop(offers, hone_label_offers_n(offers) - 1);
        }
        prune(offers, package, view);
        n_before = hone_label_offers_n(offers);
        code = offer(offers, package, view, names, err);
    }
    while (code != 0 && hone_label_offers_n(offers) > n_before) {
        hone_label_offers_drop(offers, hone_label_offers_n(offers) - 1);
    }
    hone_label_offers_destroy(own);
    return code;
}
