/* Labels of a classify skill's view, by what people write.
 * Thread: any that may read the view. */
#ifndef HONE_SKILLS_CLASSIFY_LABEL_H
#define HONE_SKILLS_CLASSIFY_LABEL_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "optim/classifier.h"
#include "skills/label_offers.h"
#include "skills/package.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The enabled label of exactly this name, else the only enabled one that is the same word
 * (hone_label_same). 0, or HONE_E_NOT_FOUND. */
int hone_classify_label_find(const struct hone_classifier_view *view,
                             struct hone_span name, uint32_t *label) HONE_MUST_USE;

/* The same for what feedback says, which may be a name that the package's label had before; and
 * for a view from before the label was renamed. */
int hone_classify_label_find_known(const struct hone_package *package,
                                   const struct hone_classifier_view *view,
                                   struct hone_span name, uint32_t *label) HONE_MUST_USE;

/* Do both name the same label, by what it is called or was called before? */
bool hone_classify_label_same(const struct hone_package *package, struct hone_span a,
                              struct hone_span b);

size_t hone_classify_label_n_enabled(const struct hone_classifier_view *view);

/* May feedback bring this name, which the view has not, as a new label? 0, or the reason
 * with the nearest label and, when they are few, all labels. */
int hone_classify_label_check_new(const struct hone_package *package,
                                  const struct hone_classifier_view *view,
                                  struct hone_span name,
                                  struct hone_error *err) HONE_MUST_USE;

/* The same for all names of a feedback at once, each on a line of its own, known ones too, with those
 * that others have offered (label_offers.h; NULL for none). What is new is added to the offers. */
int hone_classify_label_offer(const struct hone_package *package,
                              const struct hone_classifier_view *view,
                              struct hone_label_offers *offers, struct hone_span names,
                              struct hone_error *err) HONE_MUST_USE;

#endif
