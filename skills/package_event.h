/* What the log says when a package has changed: its digest and its definition - all of it that learning
 * depends on - so that folding a log gives the same state whatever the package has become since.
 * A trainer keeps the definition that is in force at its position.
 * Thread: any. */
#ifndef HONE_SKILLS_PACKAGE_EVENT_H
#define HONE_SKILLS_PACKAGE_EVENT_H

#include "base/attr.h"
#include "base/error.h"
#include "skills/package.h"

#include <jansson.h>

/* {"package": digest, "fields": [{"name","type","required"}], "labels": [{"name","description"}],
 * "labels_open", "labels_max", "min_pairs"}, and where they are not the default "was" and "weight" of a label, "multi_label", "drift": false,
 * "abstain_error_rate" or "abstain_coverage"; of a score skill also "target": {"min","max",
 * "tolerance","coverage","half_life"}, and "category" in a field that is one; of a choose skill
 * "choose": its settings. New reference. */
json_t *hone_package_event_body(const struct hone_package *package);

/* *out becomes a copy of package with the definition that the body gives; its texts are borrowed
 * from package and body. HONE_E_CORRUPT. Free with hone_package_event_finish. */
int hone_package_event_read(struct hone_package *out, const struct hone_package *package,
                            const json_t *body, struct hone_error *err) HONE_MUST_USE;
/* Accepts zeroed memory. */
void hone_package_event_finish(struct hone_package *read);

#endif
