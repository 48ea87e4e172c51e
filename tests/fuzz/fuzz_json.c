/* fuzz: schema - what is parsed can be written, reads back as the same value, and the
 * canonical form of that value is the same bytes. */
#include "schema/json.h"

#include "base/check.h"

#include <stdint.h>

#define WRITTEN_MAX (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const json_t *value)
{
    struct hone_buf text, canonical, again;
    json_t *back = NULL;
    hone_buf_init(&text, WRITTEN_MAX);
    hone_buf_init(&canonical, WRITTEN_MAX);
    hone_buf_init(&again, WRITTEN_MAX);
    HONE_INVARIANT(hone_json_append(&text, value) == 0);
    HONE_INVARIANT(hone_json_append_canonical(&canonical, value) == 0);
    HONE_INVARIANT(hone_json_parse(&back, hone_buf_span(&text), NULL) == 0);
    HONE_INVARIANT(json_equal(value, back));
    HONE_INVARIANT(hone_json_append_canonical(&again, back) == 0);
    HONE_INVARIANT(hone_span_equal(hone_buf_span(&canonical), hone_buf_span(&again)));
    json_decref(back);
    hone_buf_finish(&text);
    hone_buf_finish(&canonical);
    hone_buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err;
    json_t *value = NULL;
    if (hone_json_parse(&value, hone_span_of((const char *)data, size), &err) == 0) {
        check_round_trip(value);
        json_decref(value);
    } else {
        HONE_INVARIANT(value == NULL && err.message[0] != '\0');
    }
    return 0;
}
