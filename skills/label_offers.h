/* New labels that feedback has brought to an open set and that its view has not yet: between the
 * check of a feedback and its learning others are checked, and all of them together must stay
 * within the limit of labels. Thread: loop. */
#ifndef HONE_SKILLS_LABEL_OFFERS_H
#define HONE_SKILLS_LABEL_OFFERS_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct hone_label_offers;

struct hone_label_offers *hone_label_offers_create(void);
void hone_label_offers_destroy(struct hone_label_offers *offers); /* accepts NULL */

size_t hone_label_offers_n(const struct hone_label_offers *offers);
/* Lives until an offer is added or dropped; NUL-terminated. */
const char *hone_label_offers_at(const struct hone_label_offers *offers, size_t index);
/* Is the same word among them (label.h)? */
bool hone_label_offers_has(const struct hone_label_offers *offers, struct hone_span name);
/* name is the name of a label, and not among them. */
void hone_label_offers_add(struct hone_label_offers *offers, struct hone_span name);
/* The last one takes its place. */
void hone_label_offers_drop(struct hone_label_offers *offers, size_t index);
void hone_label_offers_clear(struct hone_label_offers *offers);

#endif
