/* The parts of an explanation as JSON (docs/control.md). Thread: any; pure. */
#ifndef HONE_SERVER_EXPLANATION_JSON_H
#define HONE_SERVER_EXPLANATION_JSON_H

#include "base/attr.h"
#include "server/fate.h"
#include "store/store.h"

#include <jansson.h>

/* What is known of the skill of a call. */
struct hone_explanation_json_context {
    bool learns;
    bool is_gated;    /* what it has learnt is served when it is a version */
    uint64_t trained; /* what the served state includes */
    uint32_t live;
    bool input_is_kept;
};

const char *hone_explanation_json_kind(enum hone_store_feedback_kind kind);
/* A gate's report in a sentence. New references, all of them. */
json_t *hone_explanation_json_words(const json_t *evidence) HONE_MUST_USE;
json_t *hone_explanation_json_call(const struct hone_call_record *call) HONE_MUST_USE;
json_t *hone_explanation_json_feedback(
    const struct hone_store_event *event, const struct hone_fate *fate,
    const struct hone_explanation_json_context *context) HONE_MUST_USE;

#endif
