/* The learning curve of a package over rows: a learner that begins as the package does
 * answers each row and then learns it, so that no row is scored after it was learnt.
 * Points stand at 100, 200, 500, 1,000, ... rows and at the end.
 *
 * Thread: any, one at a time. */
#ifndef HONE_OFFLINE_CURVE_H
#define HONE_OFFLINE_CURVE_H

#include "base/attr.h"
#include "base/error.h"
#include "offline/row.h"
#include "skills/package.h"

#include <jansson.h>

struct hone_curve;

/* package is borrowed until the end. */
int hone_curve_create(struct hone_curve **out, const struct hone_package *package,
                      struct hone_error *err) HONE_MUST_USE;
void hone_curve_destroy(struct hone_curve *curve); /* accepts NULL */
/* The next row. One that cannot be learnt, such as of a label that the skill does not take,
 * counts as wrong. */
int hone_curve_add(struct hone_curve *curve, const struct hone_row *row,
                   struct hone_error *err) HONE_MUST_USE;
/* [{rows, accuracy, recent, log_loss}]: of all rows so far; recent since the point before;
 * log_loss (or null) over rows whose answer was known. New reference. */
json_t *hone_curve_points(struct hone_curve *curve) HONE_MUST_USE;

#endif
