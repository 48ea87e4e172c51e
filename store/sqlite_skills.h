/* Rows of skills and the counters in them. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_SKILLS_H
#define HONE_STORE_SQLITE_SKILLS_H

#include "store/sqlite_db.h"
#include "store/store.h"

/* Says that there is no such skill: HONE_E_NOT_FOUND. */
int hone_sqlite_skills_refuse(int64_t skill_id, struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_skills_open(struct hone_sqlite_db *db, struct hone_span name,
                            struct hone_digest package, struct hone_digest interface,
                            int64_t now_unix_ms, struct hone_store_skill *out,
                            struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND. */
int hone_sqlite_skills_read(struct hone_sqlite_db *db, int64_t skill_id,
                            struct hone_store_skill *out,
                            struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND. */
int hone_sqlite_skills_count_calls(struct hone_sqlite_db *db, int64_t skill_id,
                                   uint64_t n_more, struct hone_error *err) HONE_MUST_USE;
/* Takes the next position of the skill's log. HONE_E_NOT_FOUND. */
int hone_sqlite_skills_next_position(struct hone_sqlite_db *db, int64_t skill_id,
                                     bool is_feedback, uint64_t *position,
                                     struct hone_error *err) HONE_MUST_USE;
/* Takes the next version number. HONE_E_NOT_FOUND. */
int hone_sqlite_skills_next_version(struct hone_sqlite_db *db, int64_t skill_id,
                                    uint32_t *number,
                                    struct hone_error *err) HONE_MUST_USE;
/* Writes live version, position, package and interface of *skill. */
int hone_sqlite_skills_set_live(struct hone_sqlite_db *db,
                                const struct hone_store_skill *skill,
                                struct hone_error *err) HONE_MUST_USE;
/* As hone_store_list_skills says. */
int hone_sqlite_skills_list(struct hone_sqlite_db *db, int64_t after_id, size_t max,
                            struct hone_arena *arena, struct hone_store_skill_name **out,
                            size_t *n_skills, struct hone_error *err) HONE_MUST_USE;

#endif
