/* What the tests of the store need besides: how its engine reads. */
#ifndef HONE_STORE_STORE_INTERNAL_H
#define HONE_STORE_STORE_INTERNAL_H

#include "store/store.h"

/* HONE_E_NOT_FOUND. */
int hone_store_read_skill(struct hone_store *store, int64_t skill_id,
                          struct hone_store_skill *out,
                          struct hone_error *err) HONE_MUST_USE;

#endif
