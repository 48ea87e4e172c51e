#include "skills/label.h"

#include "base/text.h"
#include "skills/package.h"

#include <stdlib.h>
#include <strings.h>

static bool has_control_character(struct hone_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        /* U+0080 to U+009F are 0xC2 and a byte below 0xA0. */
        bool is_c1 =
            c == 0xC2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xA0;
        if (c < 0x20 || c == 0x7F || is_c1) {
            return true;
        }
    }
    return false;
}

/* Nothing but white space of any script? */
static bool is_blank(struct hone_span text)
{
    char *folded = NULL;
    bool blank = hone_text_fold(&folded, text) != 0 || folded[0] == '\0';
    free(folded);
    return blank;
}

int hone_label_check(struct hone_span name, struct hone_error *err)
{
    if (name.len == 0) {
        return hone_error_set(err, HONE_E_INVALID, "a label must not be empty");
    }
    if (name.len > HONE_PACKAGE_LABEL_BYTES_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "a label of %zu bytes is over the limit of %d", name.len,
                              HONE_PACKAGE_LABEL_BYTES_MAX);
    }
    if (!hone_text_is_utf8(name)) {
        return hone_error_set(err, HONE_E_INVALID, "a label must be valid UTF-8");
    }
    if (has_control_character(name)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "a label must be one line without control characters");
    }
    if (is_blank(name)) {
        return hone_error_set(err, HONE_E_INVALID, "a label must not be blank");
    }
    if (name.data[0] == ' ' || name.data[name.len - 1] == ' ') {
        return hone_error_set(err, HONE_E_INVALID,
                              "a label must not begin or end with a space");
    }
    return 0;
}

/* Nothing but printable ASCII, without space at its ends: folding it changes case only. */
static bool is_plain(struct hone_span text)
{
    bool plain = text.len > 0 && text.data[0] != ' ' && text.data[text.len - 1] != ' ';
    for (size_t i = 0; i < text.len && plain; i++) {
        plain = text.data[i] >= 0x20 && text.data[i] < 0x7F;
    }
    return plain;
}

bool hone_label_same(struct hone_span a, struct hone_span b)
{
    if (hone_span_equal(a, b)) {
        return true;
    }
    if (is_plain(a) && is_plain(b)) {
        return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
    }
    char *folded_a = NULL, *folded_b = NULL;
    bool same = hone_text_fold(&folded_a, a) == 0 && hone_text_fold(&folded_b, b) == 0 &&
                strcmp(folded_a, folded_b) == 0;
    free(folded_a);
    free(folded_b);
    return same;
}

bool hone_label_next_line(struct hone_span *lines, struct hone_span *name)
{
    if (lines->len == 0) {
        return false;
    }
    const char *end = memchr(lines->data, '\n', lines->len);
    size_t len = end != NULL ? (size_t)(end - lines->data) : lines->len;
    size_t taken = end != NULL ? len + 1 : len;
    *name = hone_span_of(lines->data, len);
    *lines = hone_span_of(lines->data + taken, lines->len - taken);
    return true;
}
