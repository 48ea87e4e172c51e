/* fuzz: protocol - a URI template in the first line and a URI in the second. What matches is
 * the template with the values in it; what decodes leads nowhere else. */
#include "protocol/uri.h"

#include "base/check.h"

#include <stdint.h>
#include <string.h>

#define DECODED_MAX (2 * HONE_URI_BYTES_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct hone_span value)
{
    struct hone_buf decoded, encoded;
    hone_buf_init(&decoded, DECODED_MAX);
    hone_buf_init(&encoded, 3 * DECODED_MAX);
    if (hone_uri_decode(&decoded, value) == 0) {
        HONE_INVARIANT(decoded.len > 0 && memchr(decoded.data, '/', decoded.len) == NULL);
        HONE_INVARIANT(strcmp(decoded.data, "..") != 0);
        struct hone_buf again;
        hone_buf_init(&again, DECODED_MAX);
        (void)hone_uri_append_path(&encoded, hone_buf_span(&decoded));
        HONE_INVARIANT(hone_uri_decode(&again, hone_buf_span(&encoded)) == 0);
        HONE_INVARIANT(hone_span_equal(hone_buf_span(&again), hone_buf_span(&decoded)));
        hone_buf_finish(&again);
    }
    hone_buf_finish(&decoded);
    hone_buf_finish(&encoded);
}

/* Puts the values back into the template. */
static void check_match(struct hone_span shape, struct hone_span uri,
                        const struct hone_uri_variable *variables, int n_variables)
{
    struct hone_buf whole;
    size_t at = 0;
    hone_buf_init(&whole, HONE_URI_BYTES_MAX);
    for (int i = 0; i < n_variables; i++) {
        const char *name = variables[i].name.data;
        size_t open = (size_t)(name - shape.data) - 1;
        HONE_INVARIANT(variables[i].value.len > 0);
        (void)hone_buf_append(&whole, shape.data + at, open - at);
        (void)hone_buf_append_span(&whole, variables[i].value);
        at = open + variables[i].name.len + 2;
        check_value(variables[i].value);
    }
    (void)hone_buf_append(&whole, shape.data + at, shape.len - at);
    HONE_INVARIANT(whole.error == 0 && hone_span_equal(hone_buf_span(&whole), uri));
    hone_buf_finish(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_uri_variable variables[HONE_URI_VARIABLES_MAX];
    struct hone_error err = {0};
    struct hone_span text = hone_span_of((const char *)data, size);
    const char *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    if (newline == NULL) {
        check_value(text);
        return 0;
    }
    struct hone_span shape = hone_span_of(text.data, (size_t)(newline - text.data));
    struct hone_span uri = hone_span_of(newline + 1, size - shape.len - 1);
    if (hone_uri_check_template(shape, &err) != 0) {
        HONE_INVARIANT(err.message[0] != '\0');
        return 0;
    }
    int n = hone_uri_match(shape, uri, variables);
    if (n >= 0) {
        check_match(shape, uri, variables, n);
    } else {
        HONE_INVARIANT(n == HONE_E_NOT_FOUND);
    }
    return 0;
}
