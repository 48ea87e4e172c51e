/* skills' names -> engine's tables -> blocks of calls -> per skill: chain -> versions -> log
 * -> checkpoint -> tensors files, one after the other -> the next skill ... -> done.
 *
 * Steps of the chain and of versions look whether an audit row was added since the skill's
 * check began; if so it begins anew, because rows of before and after do not agree. */
#include "store/verify.h"

#include "base/alloc.h"
#include "store/audit.h"
#include "store/store_internal.h"
#include "store/verify_file.h"
#include "store/verify_lineage.h"

#include <stdlib.h>

#define SKILLS_MAX     100000
#define AUDIT_PAGE     64
#define VERSIONS_PAGE  64
#define POSITIONS_PAGE 4096
#define BLOCKS_PAGE    4
#define FILE_BYTES     ((uint64_t)4 * 1024 * 1024)
#define ARENA_BYTES    ((size_t)64 * 1024 * 1024)
#define RESTARTS_MAX   16

enum phase {
    PHASE_SKILLS,
    PHASE_PARTS,
    PHASE_CALLS,
    PHASE_BEGIN,
    PHASE_CHAIN,
    PHASE_VERSIONS,
    PHASE_LOG,
    PHASE_CHECKPOINT,
    PHASE_FILE,    /* off the store's thread */
    PHASE_SUSPECT, /* a file was damaged: does its row still name it? */
    PHASE_DONE,
};

/* A tensors file that a row names. */
struct named_file {
    uint32_t version; /* 0: the checkpoint */
    struct hone_digest tensors;
    uint64_t size_bytes;
};

struct hone_verify {
    struct hone_store *store;
    char *only; /* NULL: all skills */
    enum phase phase;
    struct hone_arena names_arena, arena;
    struct hone_store_skill_name *names;
    size_t n_names, at;
    size_t part;   /* PHASE_PARTS */
    int64_t block; /* PHASE_CALLS: gone through so far */
    uint64_t n_blocks, n_records;
    /* The skill at hand: */
    struct hone_store_skill skill;
    uint64_t n_audit; /* when its check began */
    struct hone_audit_chain chain;
    struct hone_verify_lineage lineage;
    bool chain_is_whole;
    unsigned n_restarts;
    uint32_t version; /* checked so far */
    unsigned n_live;
    uint64_t position; /* of the log, so far */
    struct named_file *files;
    size_t n_files, files_capacity, file_at;
    struct hone_verify_file file;
    struct hone_error suspicion;
    size_t n_problems_before; /* its check */
    uint64_t n_cut_before;
    /* Results: */
    json_t *skills, *problems;
    uint64_t n_cut; /* problems that are not told */
};

static struct hone_span name_of(const struct hone_verify *verify)
{
    return verify->names[verify->at].name;
}

/* row 0: none. Skills are named by all parts but the store's own. */
static void note(struct hone_verify *verify, const char *part, uint64_t row,
                 const char *message)
{
    bool has_skill = verify->phase >= PHASE_BEGIN;
    struct hone_span skill = has_skill ? name_of(verify) : hone_span_text("");
    if (json_array_size(verify->problems) >= HONE_VERIFY_PROBLEMS_MAX) {
        verify->n_cut += 1;
        return;
    }
    json_t *problem = json_pack(
        "{s:o,s:s,s:o,s:s}", "skill",
        has_skill ? json_stringn(skill.data, skill.len) : json_null(), "part", part,
        "row", row > 0 ? json_integer((json_int_t)row) : json_null(), "message", message);
    (void)json_array_append_new(verify->problems, problem);
}

/* What cannot be read, or does not fit, is a problem of the row; the rest is an error. */
static int note_corrupt(struct hone_verify *verify, int rc, const char *part,
                        uint64_t row, const struct hone_error *err)
{
    if (rc != HONE_E_CORRUPT && rc != HONE_E_NOT_FOUND) {
        return rc;
    }
    note(verify, part, row, err->message);
    return 0;
}

struct hone_verify *hone_verify_create(struct hone_store *store, struct hone_span skill)
{
    struct hone_verify *verify = hone_alloc_zeroed(1, sizeof(*verify));
    verify->store = store;
    verify->only = skill.len > 0 ? hone_alloc_bytes(skill.data, skill.len) : NULL;
    hone_arena_init(&verify->names_arena, ARENA_BYTES);
    hone_arena_init(&verify->arena, ARENA_BYTES);
    hone_verify_file_init(&verify->file);
    verify->skills = json_array();
    verify->problems = json_array();
    return verify;
}

void hone_verify_destroy(struct hone_verify *verify)
{
    if (verify == NULL) {
        return;
    }
    hone_verify_file_finish(&verify->file);
    hone_verify_lineage_finish(&verify->lineage);
    hone_arena_finish(&verify->names_arena);
    hone_arena_finish(&verify->arena);
    json_decref(verify->skills);
    json_decref(verify->problems);
    free(verify->files);
    free(verify->only);
    free(verify);
}

enum hone_verify_work hone_verify_next(const struct hone_verify *verify)
{
    switch (verify->phase) {
    case PHASE_DONE:
        return HONE_VERIFY_DONE;
    case PHASE_FILE:
        return HONE_VERIFY_BYTES;
    default:
        return HONE_VERIFY_ROWS;
    }
}

/* ---- the store as a whole ---- */

static int step_skills(struct hone_verify *verify, struct hone_error *err)
{
    int rc = hone_store_list_skills(verify->store, 0, SKILLS_MAX, &verify->names_arena,
                                    &verify->names, &verify->n_names, err);
    if (rc != 0) {
        return rc;
    }
    verify->phase = PHASE_PARTS;
    if (verify->only != NULL) {
        while (verify->at < verify->n_names &&
               !hone_span_is(name_of(verify), verify->only)) {
            verify->at += 1;
        }
        if (verify->at == verify->n_names) {
            return hone_error_set(err, HONE_E_NOT_FOUND,
                                  "the data folder has no skill %s", verify->only);
        }
        verify->n_names = verify->at + 1;
        verify->phase = PHASE_BEGIN;
    }
    return 0;
}

static int step_parts(struct hone_verify *verify, struct hone_error *err)
{
    bool more = false;
    int rc = hone_store_check_part(verify->store, verify->part, &more, err);
    rc = note_corrupt(verify, rc, "database", 0, err);
    verify->part += 1;
    verify->phase = more ? PHASE_PARTS : PHASE_CALLS;
    return rc;
}

static int step_calls(struct hone_verify *verify, struct hone_error *err)
{
    struct hone_store_blocks blocks = {0};
    int rc =
        hone_store_check_calls(verify->store, verify->block, BLOCKS_PAGE, &blocks, err);
    if (rc == 0 && blocks.damaged != 0) {
        note(verify, "calls", (uint64_t)blocks.damaged,
             "the block of calls is not what its row says");
    }
    rc = note_corrupt(verify, rc, "calls", 0, err);
    verify->block = blocks.last;
    verify->n_blocks += blocks.n_blocks;
    verify->n_records += blocks.n_records;
    if (blocks.n_blocks == 0) {
        verify->phase = verify->n_names > 0 ? PHASE_BEGIN : PHASE_DONE;
    }
    return rc;
}

/* ---- a skill's chain ---- */

/* Forgets what was found of the skill at hand. */
static void begin_anew(struct hone_verify *verify)
{
    while (json_array_size(verify->problems) > verify->n_problems_before) {
        (void)json_array_remove(verify->problems, verify->n_problems_before);
    }
    verify->n_cut = verify->n_cut_before;
    hone_verify_lineage_finish(&verify->lineage);
    verify->chain = (struct hone_audit_chain){0};
    verify->version = 0;
    verify->n_live = 0;
    verify->position = 0;
    verify->n_files = verify->file_at = 0;
    verify->phase = PHASE_BEGIN;
}

/* 1: an audit row came in between, and the check begins anew. */
static int restart_if_changed(struct hone_verify *verify, struct hone_error *err)
{
    uint64_t n_audit = 0;
    int rc = hone_store_count_audit(verify->store, verify->skill.id, &n_audit, err);
    if (rc != 0 || n_audit == verify->n_audit) {
        return rc;
    }
    if (++verify->n_restarts > RESTARTS_MAX) {
        return hone_error_set(err, HONE_E_BUSY,
                              "the versions of %.*s change faster than they are checked",
                              (int)name_of(verify).len, name_of(verify).data);
    }
    begin_anew(verify);
    return 1;
}

static int step_begin(struct hone_verify *verify, struct hone_error *err)
{
    int64_t skill_id = verify->names[verify->at].id;
    verify->n_problems_before = json_array_size(verify->problems);
    verify->n_cut_before = verify->n_cut;
    verify->chain_is_whole = true;
    verify->phase = PHASE_CHAIN;
    int rc = hone_store_read_skill(verify->store, skill_id, &verify->skill, err);
    return rc == 0
               ? hone_store_count_audit(verify->store, skill_id, &verify->n_audit, err)
               : rc;
}

static int check_event(struct hone_verify *verify,
                       const struct hone_verify_lineage_event *event,
                       struct hone_error *err)
{
    struct hone_store_event *stored = NULL;
    size_t n = 0;
    if (event->position == 0) {
        return 0;
    }
    int rc = hone_store_read_log(verify->store, verify->skill.id, event->position - 1, 1,
                                 &verify->arena, &stored, &n, err);
    if (rc != 0) {
        return rc;
    }
    bool agrees = n == 1 && stored->position == event->position &&
                  stored->kind == event->kind &&
                  hone_digest_equal(hone_digest_of(stored->body), event->body);
    return agrees ? 0
                  : hone_error_set(err, HONE_E_CORRUPT,
                                   "event %llu of the log is not the one it wrote",
                                   (unsigned long long)event->position);
}

static int check_row(struct hone_verify *verify, const struct hone_store_audit *row,
                     struct hone_error *err)
{
    struct hone_verify_lineage_event event;
    int rc = hone_audit_check(&verify->chain, verify->skill.id, row, err);
    if (rc == 0) {
        rc = hone_verify_lineage_add(&verify->lineage, row, &event, err);
    }
    return rc == 0 ? check_event(verify, &event, err) : rc;
}

/* The chain ends here, whole or at its first broken row. */
static void end_chain(struct hone_verify *verify)
{
    struct hone_error err;
    if (verify->chain_is_whole && verify->chain.n_rows < verify->n_audit) {
        verify->chain_is_whole = false;
        note(verify, "audit", verify->chain.n_rows + 1, "the audit row is missing");
    }
    if (verify->chain_is_whole &&
        hone_verify_lineage_check_skill(&verify->lineage, &verify->skill, &err) != 0) {
        note(verify, "skill", 0, err.message);
    }
    verify->phase = PHASE_VERSIONS;
}

static int step_chain(struct hone_verify *verify, struct hone_error *err)
{
    struct hone_store_audit *rows = NULL;
    size_t n_rows = 0;
    int rc = restart_if_changed(verify, err);
    if (rc != 0) {
        return rc < 0 ? rc : 0;
    }
    rc = hone_store_read_audit(verify->store, verify->skill.id, verify->chain.n_rows,
                               AUDIT_PAGE, &verify->arena, &rows, &n_rows, err);
    for (size_t i = 0; rc == 0 && i < n_rows; i++) {
        uint64_t expected = verify->chain.n_rows + 1;
        rc = check_row(verify, &rows[i], err);
        if (rc != 0) {
            rc = note_corrupt(verify, rc, "audit", expected, err);
            verify->chain_is_whole = false;
            n_rows = 0; /* what follows hangs on this row */
        }
    }
    if (rc == 0 && n_rows == 0) {
        end_chain(verify);
    }
    return rc;
}

/* ---- its versions ---- */

static void add_file(struct hone_verify *verify, uint32_t version,
                     struct hone_digest tensors, uint64_t size_bytes)
{
    static const struct hone_digest none;
    if (hone_digest_equal(tensors, none)) {
        return;
    }
    if (verify->n_files == verify->files_capacity) {
        verify->files_capacity =
            verify->files_capacity == 0 ? 16 : verify->files_capacity * 2;
        verify->files = hone_alloc_resize(verify->files, verify->files_capacity,
                                          sizeof(verify->files[0]));
    }
    verify->files[verify->n_files++] = (struct named_file){version, tensors, size_bytes};
}

static int check_parent(struct hone_verify *verify,
                        const struct hone_store_version *version, struct hone_error *err)
{
    struct hone_store_version parent;
    if (version->parent == 0) {
        return 0;
    }
    if (version->parent >= version->number) {
        return hone_error_set(err, HONE_E_CORRUPT, "its parent %u is not older",
                              (unsigned)version->parent);
    }
    int rc = hone_store_read_version(verify->store, verify->skill.id, version->parent,
                                     &verify->arena, &parent, err);
    if (rc == HONE_E_NOT_FOUND) {
        return hone_error_set(err, HONE_E_CORRUPT, "its parent %u is missing",
                              (unsigned)version->parent);
    }
    if (rc == 0 && parent.position > version->position) {
        return hone_error_set(
            err, HONE_E_CORRUPT, "its position %llu lies before its parent's %llu",
            (unsigned long long)version->position, (unsigned long long)parent.position);
    }
    return rc;
}

static int check_version(struct hone_verify *verify, uint32_t number,
                         struct hone_error *err)
{
    struct hone_store_version version;
    int rc = hone_store_read_version(verify->store, verify->skill.id, number,
                                     &verify->arena, &version, err);
    if (rc == HONE_E_NOT_FOUND) {
        return hone_error_set(err, HONE_E_CORRUPT, "the version is missing");
    }
    if (rc != 0) {
        return rc;
    }
    bool is_live = version.status == HONE_STORE_LIVE;
    verify->n_live += is_live ? 1 : 0;
    add_file(verify, number, version.tensors, version.tensors_bytes);
    rc = check_parent(verify, &version, err);
    if (rc == 0 && verify->chain_is_whole) {
        rc = hone_verify_lineage_check_version(&verify->lineage, &version, err);
    }
    if (rc == 0 && is_live != (number == verify->skill.live_version)) {
        rc = hone_error_set(
            err, HONE_E_CORRUPT, "its status is %s, but version %u is the live one",
            hone_store_status_name(version.status), (unsigned)verify->skill.live_version);
    }
    return rc;
}

/* Rows behind the last version belong to nothing. */
static int end_versions(struct hone_verify *verify, struct hone_error *err)
{
    struct hone_store_version version;
    uint32_t next = verify->skill.last_version + 1;
    int rc = hone_store_read_version(verify->store, verify->skill.id, next,
                                     &verify->arena, &version, err);
    if (rc == 0) {
        note(verify, "version", next, "the version is newer than the skill's last");
    }
    if (verify->skill.last_version > 0 && verify->n_live != 1) {
        struct hone_error found;
        (void)hone_error_set(&found, HONE_E_CORRUPT,
                             "%u versions are live instead of one", verify->n_live);
        note(verify, "skill", 0, found.message);
    }
    verify->phase = PHASE_LOG;
    return rc == HONE_E_NOT_FOUND ? 0 : note_corrupt(verify, rc, "version", next, err);
}

static int step_versions(struct hone_verify *verify, struct hone_error *err)
{
    int rc = restart_if_changed(verify, err);
    if (rc != 0) {
        return rc < 0 ? rc : 0;
    }
    for (int i = 0; rc == 0 && i < VERSIONS_PAGE; i++) {
        if (verify->version == verify->skill.last_version) {
            return end_versions(verify, err);
        }
        verify->version += 1;
        rc = check_version(verify, verify->version, err);
        if (rc != 0) {
            rc = note_corrupt(verify, rc, "version", verify->version, err);
        }
    }
    return rc;
}

/* ---- its log and checkpoint ---- */

/* Events that came since the skill was read are the matter of the next check. */
static int end_log(struct hone_verify *verify, struct hone_error *err)
{
    struct hone_store_skill now;
    uint64_t beyond = 0;
    size_t n = 0;
    int rc = hone_store_read_skill(verify->store, verify->skill.id, &now, err);
    if (rc == 0) {
        rc = hone_store_read_positions(verify->store, now.id, now.log_end, 1, &beyond, &n,
                                       err);
    }
    if (rc == 0 && n > 0) {
        note(verify, "log", beyond, "the event lies beyond the log's end");
    }
    verify->phase = PHASE_CHECKPOINT;
    return note_corrupt(verify, rc, "log", 0, err);
}

static int step_log(struct hone_verify *verify, struct hone_error *err)
{
    size_t n = 0;
    uint64_t *positions =
        hone_arena_alloc(&verify->arena, POSITIONS_PAGE, sizeof(positions[0]));
    int rc =
        positions != NULL
            ? hone_store_read_positions(verify->store, verify->skill.id, verify->position,
                                        POSITIONS_PAGE, positions, &n, err)
            : hone_error_set(err, HONE_E_LIMIT, "no room for positions");
    for (size_t i = 0; i < n && verify->position < verify->skill.log_end; i++) {
        if (positions[i] != verify->position + 1) {
            n = 0; /* the rest is behind the gap */
            break;
        }
        verify->position = positions[i];
    }
    if (rc == 0 && n == 0 && verify->position < verify->skill.log_end) {
        note(verify, "log", verify->position + 1, "the event is missing");
        verify->phase = PHASE_CHECKPOINT;
        return 0;
    }
    if (rc == 0 && verify->position < verify->skill.log_end) {
        return 0;
    }
    return rc == 0 ? end_log(verify, err) : note_corrupt(verify, rc, "log", 0, err);
}

static int step_checkpoint(struct hone_verify *verify, struct hone_error *err)
{
    struct hone_store_checkpoint checkpoint;
    struct hone_store_skill now;
    int rc = hone_store_read_skill(verify->store, verify->skill.id, &now, err);
    verify->phase = PHASE_FILE;
    if (rc == 0) {
        rc = hone_store_read_checkpoint(verify->store, now.id, &checkpoint, err);
    }
    if (rc != 0) {
        return rc == HONE_E_NOT_FOUND ? 0
                                      : note_corrupt(verify, rc, "checkpoint", 0, err);
    }
    if (checkpoint.version != now.live_version) {
        note(verify, "checkpoint", 0, "it does not build on the live version");
    } else if (checkpoint.position < now.position || checkpoint.position > now.log_end) {
        note(verify, "checkpoint", 0,
             "its position lies outside of what follows the live version");
    }
    add_file(verify, 0, checkpoint.tensors, checkpoint.tensors_bytes);
    return 0;
}

/* ---- its files ---- */

static void end_skill(struct hone_verify *verify)
{
    uint64_t n_bytes = 0;
    char hash[HONE_DIGEST_TEXT_LEN + 1];
    struct hone_span name = name_of(verify);
    for (size_t i = 0; i < verify->n_files; i++) {
        n_bytes += verify->files[i].size_bytes;
    }
    hone_digest_format(verify->chain.hash, hash);
    (void)json_array_append_new(
        verify->skills,
        json_pack("{s:o,s:I,s:s,s:i,s:i,s:I,s:I,s:I}", "skill",
                  json_stringn(name.data, name.len), "audit_rows",
                  (json_int_t)verify->chain.n_rows, "audit_hash", hash, "versions",
                  (int)verify->version, "live", (int)verify->skill.live_version, "events",
                  (json_int_t)verify->position, "files", (json_int_t)verify->n_files,
                  "bytes", (json_int_t)n_bytes));
    verify->at += 1;
    bool more = verify->at < verify->n_names;
    if (more) {
        verify->n_restarts = 0;
        verify->n_problems_before = json_array_size(verify->problems);
        verify->n_cut_before = verify->n_cut;
        begin_anew(verify);
    } else {
        verify->phase = PHASE_DONE;
    }
}

static int step_file(struct hone_verify *verify, struct hone_error *err)
{
    if (verify->file_at == verify->n_files) {
        end_skill(verify);
        return 0;
    }
    const struct named_file *named = &verify->files[verify->file_at];
    char *path = hone_store_blob_path(verify->store, named->tensors);
    int rc = hone_verify_file_step(&verify->file, path, named->tensors, named->size_bytes,
                                   FILE_BYTES, err);
    free(path);
    if (rc == 1) {
        return 0;
    }
    hone_verify_file_finish(&verify->file);
    if (rc == 0) {
        verify->file_at += 1;
        return 0;
    }
    verify->suspicion = *err;
    verify->phase = PHASE_SUSPECT;
    return 0;
}

/* The file may have been given up since its row was read: then it is no matter. */
static int step_suspect(struct hone_verify *verify, struct hone_error *err)
{
    const struct named_file *named = &verify->files[verify->file_at];
    struct hone_digest tensors = {{0}};
    int rc = 0;
    if (named->version > 0) {
        struct hone_store_version version;
        rc = hone_store_read_version(verify->store, verify->skill.id, named->version,
                                     &verify->arena, &version, err);
        tensors = rc == 0 ? version.tensors : tensors;
    } else {
        struct hone_store_checkpoint checkpoint;
        rc =
            hone_store_read_checkpoint(verify->store, verify->skill.id, &checkpoint, err);
        tensors = rc == 0 ? checkpoint.tensors : tensors;
    }
    if (rc == 0 && hone_digest_equal(tensors, named->tensors)) {
        note(verify, named->version > 0 ? "tensors" : "checkpoint", named->version,
             verify->suspicion.message);
    }
    verify->file_at += 1;
    verify->phase = PHASE_FILE;
    return rc == HONE_E_NOT_FOUND ? 0 : rc;
}

int hone_verify_step(struct hone_verify *verify, struct hone_error *err)
{
    static int (*const steps[])(struct hone_verify *, struct hone_error *) = {
        [PHASE_SKILLS] = step_skills, [PHASE_PARTS] = step_parts,
        [PHASE_CALLS] = step_calls,   [PHASE_BEGIN] = step_begin,
        [PHASE_CHAIN] = step_chain,   [PHASE_VERSIONS] = step_versions,
        [PHASE_LOG] = step_log,       [PHASE_CHECKPOINT] = step_checkpoint,
        [PHASE_FILE] = step_file,     [PHASE_SUSPECT] = step_suspect,
    };
    hone_arena_reset(&verify->arena);
    return verify->phase == PHASE_DONE ? 0 : steps[verify->phase](verify, err);
}

json_t *hone_verify_report(const struct hone_verify *verify)
{
    bool is_whole = json_array_size(verify->problems) == 0 && verify->n_cut == 0;
    json_t *calls = verify->only == NULL
                        ? json_pack("{s:I,s:I}", "blocks", (json_int_t)verify->n_blocks,
                                    "records", (json_int_t)verify->n_records)
                        : json_null();
    return json_pack("{s:b,s:O,s:o,s:O,s:I}", "whole", (int)is_whole, "skills",
                     verify->skills, "calls", calls, "problems", verify->problems,
                     "problems_cut", (json_int_t)verify->n_cut);
}
