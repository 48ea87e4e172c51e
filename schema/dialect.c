#include "schema/dialect.h"

#include "base/error.h"

#include <stdbool.h>
#include <string.h>

/* The whole is one group, so that what follows is not part of its last alternative. That
 * a pattern names an end of line, be it no times, keeps PCRE2 from taking \r\n for one. */
#define BEFORE "(?:"
#define AFTER  ")\\n{0}"

/* The white space and line terminators of ECMA-262, 12.2 and 12.3, inside brackets. */
#define SPACES "\\p{Z}\\u{feff}\\s"
#define NO_SPACES                                                                        \
    "\\x00-\\x08\\x0e-\\x1f!-\\x9f\\xa1-\\u167f\\u1681-\\u1fff\\u200b-\\u2027\\u202a-"   \
    "\\u202e"                                                                            \
    "\\u2030-\\u205e\\u2060-\\u2fff\\u3001-\\ufefe\\uff00-\\u{10ffff}"

#define COUNT_MAX 65535 /* what PCRE2 takes; it refuses more itself */
#define DIGITS    "0123456789"

struct scan {
    struct hone_span pattern;
    size_t at;
    struct hone_buf *out;
    size_t depth;     /* of open groups */
    size_t count_max; /* greatest n of {n,m} so far */
    bool in_class;
    bool after_set;        /* in a class: behind a \d, \p{L} or the like */
    bool after_quantifier; /* outside: behind a quantifier */
    bool after_group;      /* outside: behind a ) */
};

/* Escapes that are letters alone; NULL where ECMA-262 has none. In alphabetical order. */
static const struct {
    char letter;
    const char *outside, *inside; /* of brackets */
} letters[] = {
    {'B', "\\B", NULL},
    {'D', "\\D", "\\x00-/:-\\u{10ffff}"},
    {'S', "[" NO_SPACES "]", NO_SPACES},
    {'W', "\\W", "\\x00-/:-@\\[-\\^`{-\\u{10ffff}"},
    {'b', "\\b", "\\b"},
    {'d', "\\d", "\\d"},
    {'f', "\\f", "\\f"},
    {'n', "\\n", "\\n"},
    {'r', "\\r", "\\r"},
    {'s', "[" SPACES "]", SPACES},
    {'t', "\\t", "\\t"},
    {'v', "\\x0b", "\\x0b"},
    {'w', "\\w", "\\w"},
};

/* The byte n places ahead; NUL behind the end. */
static char peek(const struct scan *scan, size_t n)
{
    return scan->at + n < scan->pattern.len ? scan->pattern.data[scan->at + n] : '\0';
}

static bool is_one_of(char c, const char *characters)
{
    return c != '\0' && strchr(characters, c) != NULL;
}

static size_t n_of(const struct scan *scan, size_t from, const char *characters)
{
    size_t n = 0;
    while (is_one_of(peek(scan, from + n), characters)) {
        n += 1;
    }
    return n;
}

static void copy(struct scan *scan, size_t n)
{
    (void)hone_buf_append(scan->out, scan->pattern.data + scan->at, n);
    scan->at += n;
}

static void replace(struct scan *scan, size_t n, const char *text)
{
    (void)hone_buf_append_text(scan->out, text);
    scan->at += n;
}

/* The length of \p{...}. */
static size_t property_escape(const struct scan *scan)
{
    size_t n = 2;
    while (peek(scan, n) != '\0' && peek(scan, n) != '}') {
        n += 1;
    }
    return peek(scan, 2) == '{' && peek(scan, n) == '}' ? n + 1 : 0;
}

/* How long an escape is that PCRE2 reads as ECMA-262 does; 0 when it is none. */
static size_t copied_escape(const struct scan *scan)
{
    static const char *const hexadecimal = "0123456789abcdefABCDEF";
    static const char *const letter =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t n = 0;
    switch (peek(scan, 1)) {
    case '0':
        return n_of(scan, 2, DIGITS) == 0 ? 2 : 0;
    case 'c':
        return n_of(scan, 2, letter) > 0 ? 3 : 0;
    case 'k':
        return !scan->in_class && peek(scan, 2) == '<' ? 2 : 0;
    case 'p':
    case 'P':
        return property_escape(scan);
    case 'u':
        n = peek(scan, 2) == '{' ? n_of(scan, 3, hexadecimal) : 0;
        if (n > 0) {
            return peek(scan, 3 + n) == '}' ? 4 + n : 0;
        }
        return n_of(scan, 2, hexadecimal) >= 4 ? 6 : 0;
    case 'x':
        return n_of(scan, 2, hexadecimal) >= 2 ? 4 : 0;
    default:
        return is_one_of(peek(scan, 1), "^$\\.*+?()[]{}|/-_!\"#%&',:;<=>@`~") ? 2 : 0;
    }
}

static const char *scan_escape(struct scan *scan)
{
    char c = peek(scan, 1);
    size_t n_digits = c != '0' && !scan->in_class ? n_of(scan, 1, DIGITS) : 0;
    if (n_digits > 0) {
        (void)hone_buf_append_format(scan->out, "\\g{%.*s}", (int)n_digits,
                                     scan->pattern.data + scan->at + 1);
        scan->at += 1 + n_digits;
        return NULL;
    }
    scan->after_set = is_one_of(c, "dDpPsSwW");
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        const char *text = scan->in_class ? letters[i].inside : letters[i].outside;
        if (c == letters[i].letter && text != NULL) {
            replace(scan, 2, text);
            return NULL;
        }
    }
    size_t n = copied_escape(scan);
    copy(scan, n);
    return n > 0 ? NULL : "an escape that ECMA-262 does not have";
}

static const char *scan_in_class(struct scan *scan)
{
    char c = peek(scan, 0);
    bool after_set = scan->after_set;
    scan->after_set = false;
    if (c == '\\') {
        return scan_escape(scan);
    }
    if (c == '[' && is_one_of(peek(scan, 1), ":.=")) {
        return "a POSIX class, which ECMA-262 does not have (for a bracket write \\[)";
    }
    if (c == '-' && after_set) {
        replace(scan, 1, "\\-");
        return NULL;
    }
    scan->in_class = c != ']';
    copy(scan, 1);
    return NULL;
}

static const char *scan_group(struct scan *scan)
{
    bool is_special = peek(scan, 1) == '?';
    if (peek(scan, 1) == '*' || (is_special && !is_one_of(peek(scan, 2), ":=!<")) ||
        (is_special && peek(scan, 2) == '<' && peek(scan, 3) == '*')) {
        return "a kind of group that ECMA-262 does not have";
    }
    scan->depth += 1;
    copy(scan, is_special ? 3 : 1);
    return NULL;
}

static size_t number_at(const struct scan *scan, size_t from, size_t n_digits)
{
    size_t number = 0;
    for (size_t i = 0; i < n_digits && number <= COUNT_MAX; i++) {
        number = 10 * number + (size_t)(peek(scan, from + i) - '0');
    }
    return number;
}

static const char *scan_count(struct scan *scan, bool after_group)
{
    size_t n_digits = n_of(scan, 1, DIGITS), end = 1 + n_digits;
    size_t min = number_at(scan, 1, n_digits), max = min;
    if (peek(scan, end) == ',') {
        size_t n_max_digits = n_of(scan, end + 1, DIGITS);
        max = n_max_digits > 0 ? number_at(scan, end + 1, n_max_digits) : COUNT_MAX;
        end += 1 + n_max_digits;
    }
    if (n_digits == 0 || peek(scan, end) != '}') {
        return "a { that begins no count (for a brace write \\{)";
    }
    /* Of (a|^b){0}c PCRE2 believes that only the start of a text matches it. */
    if (after_group && max == 0) {
        return "a group that is repeated no times";
    }
    scan->count_max = min > scan->count_max ? min : scan->count_max;
    scan->after_quantifier = true;
    copy(scan, end + 1);
    return NULL;
}

static const char *scan_outside(struct scan *scan)
{
    char c = peek(scan, 0);
    bool after_quantifier = scan->after_quantifier, after_group = scan->after_group;
    scan->after_quantifier = is_one_of(c, "*+?");
    scan->after_group = c == ')';
    if (c == '\\') {
        return scan_escape(scan);
    }
    if (c == '(') {
        return scan_group(scan);
    }
    if (c == '{') {
        return scan_count(scan, after_group);
    }
    if (c == '+' && after_quantifier) {
        return "a possessive quantifier, which ECMA-262 does not have";
    }
    if (c == ')' && scan->depth == 0) {
        return "a ) that closes no group";
    }
    scan->depth -= c == ')' ? 1 : 0;
    scan->in_class = c == '[';
    scan->after_set = false;
    copy(scan, c == '[' && peek(scan, 1) == '^' ? 2 : 1);
    return NULL;
}

static const char *scan_next(struct scan *scan)
{
    return scan->in_class ? scan_in_class(scan) : scan_outside(scan);
}

int hone_dialect_translate(struct hone_buf *out, size_t *count_max,
                           struct hone_span pattern, struct hone_dialect_refusal *refusal)
{
    struct scan scan = {.pattern = pattern, .out = out};
    (void)hone_buf_append_text(out, BEFORE);
    while (scan.at < pattern.len) {
        const char *why = scan_next(&scan);
        if (why != NULL) {
            *refusal = (struct hone_dialect_refusal){.why = why, .at = scan.at};
            return HONE_E_INVALID;
        }
    }
    (void)hone_buf_append_text(out, AFTER);
    *count_max = scan.count_max;
    return 0;
}

size_t hone_dialect_origin(struct hone_span pattern, size_t offset)
{
    struct hone_buf out;
    struct scan scan = {.pattern = pattern, .out = &out};
    size_t at = 0;
    hone_buf_init(&out, offset + strlen(BEFORE) + strlen(NO_SPACES) + pattern.len);
    (void)hone_buf_append_text(&out, BEFORE);
    while (scan.at < pattern.len && out.len <= offset && out.error == 0 &&
           scan_next(&scan) == NULL) {
        at = out.len <= offset ? scan.at : at;
    }
    hone_buf_finish(&out);
    return at;
}
