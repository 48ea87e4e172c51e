/* UTF-8: validity, normal forms (utf8proc), nearest match for a mistyped
 * word. Thread: any. */
#ifndef HONE_BASE_TEXT_H
#define HONE_BASE_TEXT_H

#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Valid UTF-8 without surrogates and overlong forms? NUL is allowed. */
bool hone_text_is_utf8(struct hone_span text);

/* Longest prefix of at most max_bytes that does not cut a character. */
struct hone_span hone_text_prefix(struct hone_span text, size_t max_bytes);

/* Number of code points; text must be valid UTF-8. */
size_t hone_text_n_characters(struct hone_span text);

/* Makes text from anywhere fit for one line of a log or a terminal, in place: control
 * characters become spaces, bytes that are not UTF-8 become '?'. The length stays. */
void hone_text_make_plain(char *text, size_t len);

/* NFC copy, NUL-terminated, to free() by the caller. HONE_E_INVALID for invalid UTF-8
 * or a NUL inside, HONE_E_NOMEM. */
int hone_text_nfc(char **out, struct hone_span text) HONE_MUST_USE;
/* NFKC + case folding + trimmed white space: equal results mean "the same word". */
int hone_text_fold(char **out, struct hone_span text) HONE_MUST_USE;

/* The candidate nearest to word by Damerau-Levenshtein distance over folded case, if it
 * is near enough to be a likely typing error (distance <= 1 + len/4); else NULL. Borrowed
 * from candidates. Words over 64 bytes never match. */
const char *hone_text_nearest(const char *word, const char *const *candidates,
                              size_t n_candidates);

#endif
