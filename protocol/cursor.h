/* Cursors of paged lists: opaque to clients, self-contained, bound to the list (which one,
 * and what was in it) so that a cursor of another list, or of a list that has changed
 * since, is told apart from a good one. Not a secret: a forged cursor shows nothing that
 * paging would not. Thread: any. */
#ifndef HONE_PROTOCOL_CURSOR_H
#define HONE_PROTOCOL_CURSOR_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"

#include <stddef.h>

#define HONE_CURSOR_TEXT_LEN 43

/* list: which list, for example "tools/list". content: digest of all that is in it.
 * The cursor says to go on with the item at offset. */
void hone_cursor_format(char out[HONE_CURSOR_TEXT_LEN + 1], const char *list,
                        struct hone_digest content, size_t offset);
/* The empty text is the start of any list. n_items: how many the list has. HONE_E_INVALID:
 * no cursor, or one of another list; HONE_E_STALE: the list has changed since. */
int hone_cursor_parse(size_t *offset, struct hone_span text, const char *list,
                      struct hone_digest content, size_t n_items,
                      struct hone_error *err) HONE_MUST_USE;

#endif
