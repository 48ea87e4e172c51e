#include "store/verify_lineage.h"

#include "base/alloc.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number_of(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

/* Zero when there is none. */
static struct hone_digest digest_of(const json_t *object, const char *name)
{
    struct hone_digest digest = {{0}};
    const json_t *value = json_object_get(object, name);
    struct hone_span text =
        hone_span_of(json_string_value(value), json_string_length(value));
    if (hone_digest_parse(&digest, text) != 0) {
        digest = (struct hone_digest){{0}};
    }
    return digest;
}

static enum hone_store_status status_of(const json_t *version)
{
    const char *name = json_string_value(json_object_get(version, "status"));
    int status = HONE_STORE_CANDIDATE;
    while (status < HONE_STORE_ROLLED_BACK &&
           (name == NULL ||
            strcmp(name, hone_store_status_name((enum hone_store_status)status)) != 0)) {
        status++;
    }
    return (enum hone_store_status)status;
}

static int add_version(struct hone_verify_lineage *lineage, const json_t *version,
                       struct hone_error *err)
{
    uint64_t number = number_of(version, "number");
    if (number != lineage->n_versions + 1) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "it makes version %llu, but the next is %zu",
                              (unsigned long long)number, lineage->n_versions + 1);
    }
    if (lineage->n_versions == lineage->capacity) {
        lineage->capacity = lineage->capacity == 0 ? 64 : lineage->capacity * 2;
        lineage->versions = hone_alloc_resize(lineage->versions, lineage->capacity,
                                              sizeof(lineage->versions[0]));
    }
    lineage->versions[lineage->n_versions++] = (struct hone_verify_lineage_version){
        .parent = (uint32_t)number_of(version, "parent"),
        .status = status_of(version),
        .package = digest_of(version, "package"),
        .tensors = digest_of(version, "tensors"),
        .evidence = digest_of(version, "evidence_sha256"),
        .position = number_of(version, "position"),
    };
    return 0;
}

/* Who stops being live is retired, or rolled back by a rollback. */
static int move_live(struct hone_verify_lineage *lineage, uint64_t former, uint64_t live,
                     struct hone_span action, struct hone_error *err)
{
    if (former != lineage->live) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "it says that version %llu was live, but it was %u",
                              (unsigned long long)former, (unsigned)lineage->live);
    }
    if (live > lineage->n_versions) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "it makes version %llu live, which does not exist",
                              (unsigned long long)live);
    }
    if (live == former) {
        return 0;
    }
    if (former > 0) {
        lineage->versions[former - 1].status = hone_span_is(action, "rollback")
                                                   ? HONE_STORE_ROLLED_BACK
                                                   : HONE_STORE_RETIRED;
    }
    if (live > 0) {
        lineage->versions[live - 1].status = HONE_STORE_LIVE;
    }
    lineage->live = (uint32_t)live;
    return 0;
}

int hone_verify_lineage_add(struct hone_verify_lineage *lineage,
                            const struct hone_store_audit *row,
                            struct hone_verify_lineage_event *event,
                            struct hone_error *err)
{
    json_t *detail = json_loadb(row->detail.len > 0 ? row->detail.data : "",
                                row->detail.len, JSON_ALLOW_NUL, NULL);
    const json_t *version = json_object_get(detail, "new_version");
    const json_t *written = json_object_get(detail, "event");
    int rc = version != NULL ? add_version(lineage, version, err) : 0;
    if (rc == 0) {
        rc = move_live(lineage, number_of(detail, "former_live"),
                       number_of(detail, "live"), row->action, err);
    }
    lineage->position = number_of(detail, "position");
    lineage->package = digest_of(detail, "package");
    lineage->interface = digest_of(detail, "interface");
    *event = (struct hone_verify_lineage_event){
        .position = number_of(written, "position"),
        .kind = (enum hone_store_event_kind)number_of(written, "kind"),
        .body = digest_of(written, "body_sha256"),
    };
    json_decref(detail);
    return rc;
}

int hone_verify_lineage_check_version(const struct hone_verify_lineage *lineage,
                                      const struct hone_store_version *version,
                                      struct hone_error *err)
{
    static const struct hone_digest none;
    if (version->number == 0 || version->number > lineage->n_versions) {
        return hone_error_set(err, HONE_E_CORRUPT, "no audit row has made it");
    }
    const struct hone_verify_lineage_version *said =
        &lineage->versions[version->number - 1];
    const char *differs = NULL;
    if (said->parent != version->parent) {
        differs = "parent";
    } else if (said->position != version->position) {
        differs = "position";
    } else if (!hone_digest_equal(said->package, version->package)) {
        differs = "package";
    } else if ((version->status == HONE_STORE_LIVE ||
                !hone_digest_equal(version->tensors, none)) &&
               !hone_digest_equal(said->tensors, version->tensors)) {
        differs = "tensors"; /* those of versions that are not live may be removed */
    } else if (!hone_digest_equal(said->evidence, hone_digest_of(version->evidence))) {
        differs = "evidence";
    }
    if (differs != NULL) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "its %s is not what the audit row of its making says",
                              differs);
    }
    return said->status == version->status
               ? 0
               : hone_error_set(err, HONE_E_CORRUPT,
                                "its status is %s, but by the audit rows it is %s",
                                hone_store_status_name(version->status),
                                hone_store_status_name(said->status));
}

int hone_verify_lineage_check_skill(const struct hone_verify_lineage *lineage,
                                    const struct hone_store_skill *skill,
                                    struct hone_error *err)
{
    if (skill->live_version != lineage->live) {
        return hone_error_set(
            err, HONE_E_CORRUPT,
            "the skill says that version %u is live, the audit rows say %u",
            (unsigned)skill->live_version, (unsigned)lineage->live);
    }
    if (skill->last_version != lineage->n_versions) {
        return hone_error_set(
            err, HONE_E_CORRUPT,
            "the skill says that its last version is %u, the audit rows have made %zu",
            (unsigned)skill->last_version, lineage->n_versions);
    }
    bool agrees = lineage->n_versions == 0 ||
                  (skill->position == lineage->position &&
                   hone_digest_equal(skill->package, lineage->package) &&
                   hone_digest_equal(skill->interface, lineage->interface));
    return agrees ? 0
                  : hone_error_set(err, HONE_E_CORRUPT,
                                   "position, package or interface of the skill is not "
                                   "what its last audit row says");
}

void hone_verify_lineage_finish(struct hone_verify_lineage *lineage)
{
    free(lineage->versions);
    *lineage = (struct hone_verify_lineage){0};
}
