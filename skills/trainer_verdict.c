#include "skills/trainer_verdict.h"

#include "schema/json.h"
#include "skills/trainer.h"

#include <math.h>

int hone_trainer_verdict_read(struct hone_trainer_verdict *out,
                              const struct hone_event *event, struct hone_error *err)
{
    static const enum hone_gate_verdict verdicts[] = {
        HONE_GATE_INCONCLUSIVE, HONE_GATE_PROMOTED, HONE_GATE_REJECTED, HONE_GATE_ERROR};
    struct hone_span name = hone_json_text(event->body, "verdict");
    const json_t *candidate = json_object_get(event->body, "candidate");
    const json_t *version = json_object_get(event->body, "version");
    size_t i = 0, n = sizeof(verdicts) / sizeof(verdicts[0]);
    while (i < n && !hone_span_is(name, hone_gate_verdict_name(verdicts[i]))) {
        i++;
    }
    json_int_t number = json_integer_value(version);
    bool promoted = i < n && verdicts[i] == HONE_GATE_PROMOTED;
    if (i == n || !json_is_integer(candidate) || json_integer_value(candidate) < 0 ||
        !json_is_integer(version) || number < 0 || number > UINT32_MAX ||
        promoted != (number != 0)) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "log position %llu: the verdict is damaged",
                              (unsigned long long)event->position);
    }
    *out = (struct hone_trainer_verdict){
        verdicts[i], (uint64_t)json_integer_value(candidate), (uint32_t)number};
    return 0;
}

/* JSON has no infinity: a figure that is not finite becomes null. */
static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *hone_trainer_verdict_body(const struct hone_gate_report *report,
                                  uint64_t candidate_position, uint32_t version)
{
    return json_pack(
        "{s:s, s:I, s:I, s:{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:I, s:b}}",
        "verdict", hone_gate_verdict_name(report->verdict), "candidate",
        (json_int_t)candidate_position, "version", (json_int_t)version, "report",
        "reason", report->reason != NULL ? report->reason : "", "n_pairs",
        (json_int_t)report->n_pairs, "mean_gain", real_or_null(report->mean_gain),
        "se_gain", real_or_null(report->se_gain), "anchor_accuracy",
        real_or_null(report->anchor_accuracy), "served_accuracy",
        real_or_null(report->served_accuracy), "accuracy_difference",
        real_or_null(report->accuracy_difference), "se_accuracy_difference",
        real_or_null(report->se_accuracy_difference), "log_wealth_gain",
        report->log_wealth_gain, "log_wealth_harm", report->log_wealth_harm, "sources",
        (json_int_t)report->n_sources, "single_source", report->n_sources == 1);
}
