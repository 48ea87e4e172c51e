#include "cli/demo_meter.h"

#define N_BLOCKS 8u

void hone_demo_meter_add(struct hone_demo_meter *meter, bool right)
{
    size_t column = meter->n_expected > 0
                        ? meter->n * HONE_DEMO_METER_COLUMNS / meter->n_expected
                        : 0;
    if (column >= HONE_DEMO_METER_COLUMNS) {
        column = HONE_DEMO_METER_COLUMNS - 1;
    }
    meter->n_in_column[column]++;
    meter->n_right_in_column[column] += right ? 1 : 0;
    meter->window[meter->n % HONE_DEMO_METER_WINDOW] = right;
    meter->n++;
    meter->n_right += right ? 1 : 0;
}

double hone_demo_meter_share(const struct hone_demo_meter *meter)
{
    return meter->n > 0 ? (double)meter->n_right / (double)meter->n : 0;
}

double hone_demo_meter_recent(const struct hone_demo_meter *meter)
{
    size_t n = meter->n < HONE_DEMO_METER_WINDOW ? meter->n : HONE_DEMO_METER_WINDOW;
    size_t n_right = 0;
    for (size_t i = 0; i < n; i++) {
        n_right += meter->window[i] ? 1 : 0;
    }
    return n > 0 ? (double)n_right / (double)n : 0;
}

void hone_demo_meter_chart(const struct hone_demo_meter *meter, struct hone_buf *out)
{
    for (size_t i = 0; i < HONE_DEMO_METER_COLUMNS; i++) {
        if (meter->n_in_column[i] == 0) {
            continue;
        }
        size_t block = meter->n_right_in_column[i] * N_BLOCKS / meter->n_in_column[i];
        block = block < N_BLOCKS ? block : N_BLOCKS - 1;
        hone_buf_append_text(out, "\xe2\x96");
        hone_buf_append_char(out, (char)(0x81 + block));
    }
}
