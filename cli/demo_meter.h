/* Accuracy while a demo runs: since the start, over a window, and as a small chart.
 *
 * Owned by one thread. */
#ifndef HONE_CLI_DEMO_METER_H
#define HONE_CLI_DEMO_METER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_DEMO_METER_WINDOW  50u
#define HONE_DEMO_METER_COLUMNS 24u

/* Zeroed memory with n_expected set is a valid start. */
struct hone_demo_meter {
    size_t n_expected; /* answers until the chart is full */
    size_t n, n_right;
    bool window[HONE_DEMO_METER_WINDOW]; /* ring: answer i at i % size */
    size_t n_in_column[HONE_DEMO_METER_COLUMNS],
        n_right_in_column[HONE_DEMO_METER_COLUMNS];
};

void hone_demo_meter_add(struct hone_demo_meter *meter, bool right);
double
hone_demo_meter_share(const struct hone_demo_meter *meter); /* 0 to 1; 0 at the start */
double hone_demo_meter_recent(const struct hone_demo_meter *meter); /* over the window */
/* One block character (U+2581 to U+2588) for each column that has answers: its share
 * of right ones. */
void hone_demo_meter_chart(const struct hone_demo_meter *meter, struct hone_buf *out);

#endif
