#include "base/text.h"

#include "base/error.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <utf8proc.h>

/* Bytes of the character at the start of text, or 0 when it is not valid UTF-8. */
static size_t character_len(struct hone_span text, int32_t *code_point)
{
    utf8proc_ssize_t len = (utf8proc_ssize_t)(text.len < 4 ? text.len : 4);
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)text.data, len, code_point);
    return n > 0 ? (size_t)n : 0;
}

/* Eight bytes of ASCII at the start of text? */
static bool is_ascii_word(const char *text)
{
    uint64_t word = 0;
    memcpy(&word, text, sizeof(word));
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

bool hone_text_is_utf8(struct hone_span text)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.len - at >= sizeof(uint64_t) && is_ascii_word(text.data + at)) {
            at += sizeof(uint64_t);
            continue;
        }
        size_t n = hone_utf8_len(text.data + at, text.len - at);
        if (n == 0) {
            return false;
        }
        at += n;
    }
    return true;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0u) == 0x80u;
}

struct hone_span hone_text_prefix(struct hone_span text, size_t max_bytes)
{
    if (text.len <= max_bytes) {
        return text;
    }
    size_t len = max_bytes;
    /* A character has at most three continuation bytes: more are not UTF-8,
     * so cut anywhere. */
    for (int i = 0; i < 3 && len > 0 && is_continuation(text.data[len]); i++) {
        len -= 1;
    }
    if (is_continuation(text.data[len])) {
        len = max_bytes;
    }
    return hone_span_of(text.data, len);
}

size_t hone_text_n_characters(struct hone_span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += is_continuation(text.data[i]) ? 0 : 1;
    }
    return n;
}

static bool is_control(int32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

void hone_text_make_plain(char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        int32_t code_point = 0;
        size_t n = character_len(hone_span_of(text + at, len - at), &code_point);
        if (n == 0) {
            text[at] = '?';
            n = 1;
        } else if (is_control(code_point)) {
            memset(text + at, ' ', n);
        }
        at += n;
    }
}

/* utf8proc_map for text without NUL: its result carries no length. */
static int map_text(char **out, struct hone_span text, int options)
{
    utf8proc_uint8_t *mapped = NULL;
    if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL) {
        return HONE_E_INVALID;
    }
    const char *data = text.len > 0 ? text.data : "";
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)data, (utf8proc_ssize_t)text.len, &mapped,
                     (utf8proc_option_t)options);
    if (n < 0) {
        return n == UTF8PROC_ERROR_INVALIDUTF8 ? HONE_E_INVALID : HONE_E_NOMEM;
    }
    *out = (char *)mapped;
    return 0;
}

int hone_text_nfc(char **out, struct hone_span text)
{
    return map_text(out, text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

static bool is_white(int32_t code_point)
{
    utf8proc_category_t category = utf8proc_category(code_point);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP || (code_point >= 9 && code_point <= 13) ||
           code_point == 0x85;
}

/* Trims white space at both ends, in place. text is valid UTF-8. */
static void trim(char *text)
{
    struct hone_span rest = hone_span_text(text);
    size_t start = 0, end = 0, at = 0;
    bool seen = false;
    while (at < rest.len) {
        int32_t code_point = 0;
        size_t n = character_len(hone_span_of(text + at, rest.len - at), &code_point);
        if (!is_white(code_point)) {
            start = seen ? start : at;
            end = at + n;
            seen = true;
        }
        at += n;
    }
    memmove(text, text + start, end - start);
    text[end - start] = '\0';
}

int hone_text_fold(char **out, struct hone_span text)
{
    char *folded = NULL;
    int code = map_text(&folded, text,
                        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                            UTF8PROC_CASEFOLD);
    if (code != 0) {
        return code;
    }
    trim(folded);
    *out = folded;
    return 0;
}

#define WORD_BYTES_MAX  64
#define WORD_POINTS_MAX 128 /* folding may make several code points of one */

struct word {
    int32_t points[WORD_POINTS_MAX];
    size_t n;
};

static bool word_parse(struct word *word, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > WORD_BYTES_MAX) {
        return false;
    }
    utf8proc_ssize_t n = utf8proc_decompose(
        (const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, word->points,
        WORD_POINTS_MAX,
        UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
    if (n <= 0 || n > WORD_POINTS_MAX) {
        return false;
    }
    word->n = (size_t)n;
    return true;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace or swap neighbours, each part
 * once. Three rows of the usual table are kept; rows[i % 3][j] is the distance of
 * a[0..i) to b[0..j). */
static size_t distance(const struct word *a, const struct word *b)
{
    size_t rows[3][WORD_POINTS_MAX + 1];
    for (size_t j = 0; j <= b->n; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a->n; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above_that = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b->n; j++) {
            bool same = a->points[i - 1] == b->points[j - 1];
            row[j] =
                smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && a->points[i - 1] == b->points[j - 2] &&
                a->points[i - 2] == b->points[j - 1]) {
                row[j] = smaller(row[j], above_that[j - 2] + 1);
            }
        }
    }
    return rows[a->n % 3][b->n];
}

const char *hone_text_nearest(const char *word, const char *const *candidates,
                              size_t n_candidates)
{
    struct word asked, candidate;
    if (!word_parse(&asked, word)) {
        return NULL;
    }
    const char *nearest = NULL;
    size_t best = 1 + asked.n / 4 + 1;
    for (size_t i = 0; i < n_candidates; i++) {
        if (!word_parse(&candidate, candidates[i])) {
            continue;
        }
        size_t d = distance(&asked, &candidate);
        if (d < best) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}
