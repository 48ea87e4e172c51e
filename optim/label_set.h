/* An immutable, counted set of label names in the order in which they were added.
 * Thread: any that holds a reference. */
#ifndef HONE_OPTIM_LABEL_SET_H
#define HONE_OPTIM_LABEL_SET_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

struct hone_label_set;

struct hone_label_set *hone_label_set_create(void) HONE_MUST_USE; /* empty */
/* A new set with one name more. */
struct hone_label_set *hone_label_set_with(const struct hone_label_set *set,
                                           struct hone_span name) HONE_MUST_USE;
/* A new set in which a label has another name, 1 byte at least. Where another label has that
 * name, the two change names. */
struct hone_label_set *hone_label_set_renamed(const struct hone_label_set *set,
                                              uint32_t label,
                                              struct hone_span name) HONE_MUST_USE;
/* From what hone_label_set_text gave. HONE_E_CORRUPT unless it is n distinct names, each
 * of 1 to max_bytes bytes of UTF-8. */
int hone_label_set_parse(struct hone_label_set **out, struct hone_span text, size_t n,
                         size_t max_bytes, struct hone_error *err) HONE_MUST_USE;
struct hone_label_set *hone_label_set_ref(struct hone_label_set *set);
void hone_label_set_unref(struct hone_label_set *set); /* accepts NULL */

/* NUL-terminated; lives as long as the set. */
struct hone_span hone_label_set_name(const struct hone_label_set *set, uint32_t label);
/* 0 or HONE_E_NOT_FOUND. */
int hone_label_set_find(const struct hone_label_set *set, struct hone_span name,
                        uint32_t *label) HONE_MUST_USE;

/* All names, each followed by a NUL, in one piece. */
struct hone_span hone_label_set_text(const struct hone_label_set *set);

#endif
