/* The table of kinds: a further kind is one line in kind_table.c.
 *
 * The table is a file of its own so that a program can be linked with another one in its
 * place (examples/tiny_kind). Everybody else asks skills/kind.h. Thread: any. */
#ifndef HONE_SKILLS_KIND_TABLE_H
#define HONE_SKILLS_KIND_TABLE_H

#include <stddef.h>

struct hone_kind;

extern const struct hone_kind *const hone_kind_table[]; /* sorted by name */
extern const size_t hone_kind_table_n;

#endif
