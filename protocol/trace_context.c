#include "protocol/trace_context.h"

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define VERSION_LEN   2
#define TRACE_ID_LEN  32
#define PARENT_ID_LEN 16
#define FLAGS_LEN     2

_Static_assert(VERSION_LEN + TRACE_ID_LEN + PARENT_ID_LEN + FLAGS_LEN + 3 ==
                   HONE_TRACE_CONTEXT_PARENT_LEN,
               "four fields and what is between them");

static bool is_hex(struct hone_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return true;
}

static bool is_zero(struct hone_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '0') {
            return false;
        }
    }
    return true;
}

/* The next field of the parent, and whether it is as long as it must be and of digits. */
static bool take_field(struct hone_span *out, struct hone_span *rest, size_t len)
{
    bool is_last = rest->len == len;
    if (rest->len < len || (!is_last && rest->data[len] != '-')) {
        return false;
    }
    *out = hone_span_of(rest->data, len);
    size_t used = is_last ? len : len + 1;
    *rest = hone_span_of(rest->data + used, rest->len - used);
    return is_hex(*out);
}

static bool is_state(struct hone_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < ' ' || text.data[i] > '~') {
            return false;
        }
    }
    return text.len <= HONE_TRACE_CONTEXT_STATE_LEN_MAX;
}

int hone_trace_context_parse(struct hone_trace_context *out, struct hone_span parent,
                             struct hone_span state)
{
    struct hone_trace_context read = {.state = is_state(state) ? state
                                                               : hone_span_of(NULL, 0)};
    struct hone_span version, rest = parent;
    if (parent.len != HONE_TRACE_CONTEXT_PARENT_LEN ||
        !take_field(&version, &rest, VERSION_LEN) || hone_span_is(version, "ff") ||
        !take_field(&read.trace_id, &rest, TRACE_ID_LEN) || is_zero(read.trace_id) ||
        !take_field(&read.parent_id, &rest, PARENT_ID_LEN) || is_zero(read.parent_id) ||
        !take_field(&read.flags, &rest, FLAGS_LEN)) {
        return HONE_E_INVALID;
    }
    *out = read;
    return 0;
}
