/* Rows of versions. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_VERSIONS_H
#define HONE_STORE_SQLITE_VERSIONS_H

#include "store/sqlite_db.h"
#include "store/store.h"

int hone_sqlite_versions_add(struct hone_sqlite_db *db, int64_t skill_id,
                             const struct hone_store_version *version,
                             struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND. */
int hone_sqlite_versions_read(struct hone_sqlite_db *db, int64_t skill_id,
                              uint32_t number, struct hone_arena *arena,
                              struct hone_store_version *out,
                              struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_versions_list(struct hone_sqlite_db *db, int64_t skill_id,
                              struct hone_arena *arena, struct hone_store_version **out,
                              size_t *n_versions, struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND. */
int hone_sqlite_versions_set_status(struct hone_sqlite_db *db, int64_t skill_id,
                                    uint32_t number, enum hone_store_status status,
                                    struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_versions_forget_tensors(struct hone_sqlite_db *db, int64_t skill_id,
                                        uint32_t keep, struct hone_arena *arena,
                                        struct hone_digest **forgotten,
                                        size_t *n_forgotten,
                                        struct hone_error *err) HONE_MUST_USE;
/* Does a version or a checkpoint name these tensors? */
int hone_sqlite_versions_is_named(struct hone_sqlite_db *db, struct hone_digest tensors,
                                  bool *named, struct hone_error *err) HONE_MUST_USE;

#endif
