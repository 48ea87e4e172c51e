/* fuzz: schema - line one is a regular expression, the rest a text. What compiles finds the
 * same thing twice, and a lookahead over the whole text finds it too. */
#include "schema/pattern.h"

#include "base/check.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORK 1000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 1, 0, or negative when there is no answer. */
static int search(struct hone_span pattern_text, struct hone_span text)
{
    struct hone_pattern *pattern = NULL;
    struct hone_error err = {.code = 0};
    size_t work_left = WORK;
    bool found = false;
    int code = hone_pattern_compile(&pattern, pattern_text, &err);
    HONE_INVARIANT((code == 0) == (pattern != NULL));
    HONE_INVARIANT((code == 0) == (err.message[0] == '\0'));
    if (code == 0) {
        code = hone_pattern_search(&found, pattern, text, &work_left);
        HONE_INVARIANT(code == 0 || code == HONE_E_LIMIT);
        HONE_INVARIANT(code == 0 || work_left == 0);
    }
    hone_pattern_destroy(pattern);
    return code != 0 ? code : found;
}

/* before + pattern + after on the same text must answer wanted, if it answers. */
static void check_around(const char *before, struct hone_span pattern, const char *after,
                         struct hone_span text, int wanted)
{
    char *whole = NULL;
    int len = asprintf(&whole, "%s%.*s%s", before, (int)pattern.len,
                       pattern.len > 0 ? pattern.data : "", after);
    HONE_INVARIANT(len >= 0);
    int answer = search(hone_span_of(whole, (size_t)len), text);
    HONE_INVARIANT(answer == HONE_E_LIMIT || answer == wanted);
    free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *all = (const char *)data;
    const char *newline = size > 0 ? memchr(all, '\n', size) : NULL;
    if (newline == NULL || !hone_text_is_utf8(hone_span_of(all, size)) ||
        memchr(all, '\0', size) != NULL) {
        return 0;
    }
    size_t len = (size_t)(newline - all);
    struct hone_span pattern = hone_span_of(all, len);
    struct hone_span text = hone_span_of(newline + 1, size - len - 1);
    int answer = search(pattern, text);
    if (answer >= 0) {
        HONE_INVARIANT(search(pattern, text) == answer);
        check_around("^(?=[^]*?(?:", pattern, "))", text, answer);
        check_around("^(?![^]*(?:", pattern, "))", text, 1 - answer);
    }
    return 0;
}
