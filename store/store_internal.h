/* What the tests of the store need besides: how its engine reads. */
#ifndef HONE_STORE_STORE_INTERNAL_H
#define HONE_STORE_STORE_INTERNAL_H

#include "store/store.h"

/* HONE_E_NOT_FOUND. */
int hone_store_read_skill(struct hone_store *store, int64_t skill_id,
                          struct hone_store_skill *out,
                          struct hone_error *err) HONE_MUST_USE;
/* At most max rows of a skill's audit log, those after a number. */
int hone_store_read_audit(struct hone_store *store, int64_t skill_id, uint64_t after,
                          size_t max, struct hone_arena *arena,
                          struct hone_store_audit **out, size_t *n_rows,
                          struct hone_error *err) HONE_MUST_USE;

#endif
