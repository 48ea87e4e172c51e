/* fuzz: offline - a line of a training file: a row that is taken has an input, one answer
 * and a weight in range, and says the same after it was written and read again. */
#include "offline/row.h"

#include "base/buf.h"
#include "base/check.h"
#include "schema/json.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct hone_row *row)
{
    struct hone_row again;
    struct hone_buf text;
    const struct hone_span none = hone_span_of(NULL, 0);
    hone_buf_init(&text, 1 << 26);
    HONE_INVARIANT(hone_json_append(&text, row->item) == 0);
    HONE_INVARIANT(hone_row_parse(&again, hone_buf_span(&text), NULL) == 0);
    HONE_INVARIANT(hone_span_equal(row->feedback.value, again.feedback.value));
    HONE_INVARIANT(
        hone_digest_equal(hone_row_digest(row, none), hone_row_digest(&again, none)));
    hone_row_finish(&again);
    hone_buf_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_row row;
    struct hone_error err = {0};
    if (hone_row_parse(&row, hone_span_of((const char *)data, size), &err) == 0) {
        HONE_INVARIANT(json_is_object(row.input));
        HONE_INVARIANT(row.feedback.weight > 0.0 &&
                       row.feedback.weight <= HONE_ROW_WEIGHT_MAX);
        HONE_INVARIANT(row.feedback.kind == HONE_FEEDBACK_REWARD
                           ? isfinite(row.feedback.reward)
                           : row.feedback.value.len > 0);
        check_again(&row);
    } else {
        HONE_INVARIANT(err.message[0] != '\0');
    }
    hone_row_finish(&row);
    return 0;
}
