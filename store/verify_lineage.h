/* What a skill's audit rows say of its versions, to hold beside the rows of the versions.
 * Thread: any; pure. */
#ifndef HONE_STORE_VERIFY_LINEAGE_H
#define HONE_STORE_VERIFY_LINEAGE_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "store/store.h"

#include <stdint.h>

struct hone_verify_lineage_version {
    uint32_t parent;
    enum hone_store_status status;
    struct hone_digest package, tensors, evidence;
    uint64_t position;
};

/* Zeroed memory is before the first row. */
struct hone_verify_lineage {
    struct hone_verify_lineage_version *versions; /* the number n at n - 1 */
    size_t n_versions, capacity;
    uint32_t live;
    uint64_t position;
    struct hone_digest package, interface;
};

/* The event that a row says it wrote; position 0: none. */
struct hone_verify_lineage_event {
    uint64_t position;
    enum hone_store_event_kind kind;
    struct hone_digest body;
};

/* Takes the next row, whose hash is right. HONE_E_CORRUPT: it does not fit those before. */
int hone_verify_lineage_add(struct hone_verify_lineage *lineage,
                            const struct hone_store_audit *row,
                            struct hone_verify_lineage_event *event,
                            struct hone_error *err) HONE_MUST_USE;
/* Does a version's row say what the audit rows say? HONE_E_CORRUPT. */
int hone_verify_lineage_check_version(const struct hone_verify_lineage *lineage,
                                      const struct hone_store_version *version,
                                      struct hone_error *err) HONE_MUST_USE;
/* The same for the skill's row. */
int hone_verify_lineage_check_skill(const struct hone_verify_lineage *lineage,
                                    const struct hone_store_skill *skill,
                                    struct hone_error *err) HONE_MUST_USE;
void hone_verify_lineage_finish(struct hone_verify_lineage *lineage);

#endif
