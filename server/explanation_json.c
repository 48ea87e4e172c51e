#include "server/explanation_json.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *hone_explanation_json_kind(enum hone_store_feedback_kind kind)
{
    static const char *const names[] = {
        [HONE_STORE_FEEDBACK_LABEL] = "label",
        [HONE_STORE_FEEDBACK_REWARD] = "reward",
        [HONE_STORE_FEEDBACK_CORRECTION] = "correction",
        [HONE_STORE_FEEDBACK_COMMENT] = "comment",
        [HONE_STORE_FEEDBACK_CHOICE] = "choice",
        [HONE_STORE_FEEDBACK_DEMONSTRATION] = "demonstration",
        [HONE_STORE_FEEDBACK_VALUE] = "value",
        [HONE_STORE_FEEDBACK_ORDER] = "order",
    };
    return kind >= HONE_STORE_FEEDBACK_LABEL && kind <= HONE_STORE_FEEDBACK_ORDER
               ? names[kind]
               : "unknown";
}

static const char *outcome_name(enum hone_call_outcome outcome)
{
    static const char *const names[] = {
        [HONE_CALL_OK] = "ok",
        [HONE_CALL_TOOL_ERROR] = "error",
        [HONE_CALL_ABSTAINED] = "abstained",
        [HONE_CALL_CANCELLED] = "cancelled",
        [HONE_CALL_TIMEOUT] = "timeout",
        [HONE_CALL_DENIED] = "denied",
        [HONE_CALL_CRASHED] = "crashed",
    };
    return outcome >= HONE_CALL_OK && outcome <= HONE_CALL_CRASHED ? names[outcome]
                                                                   : "unknown";
}

/* Texts come from clients; what is not UTF-8 is left out. */
static json_t *make_text(struct hone_span text)
{
    json_t *value = json_stringn(text.len > 0 ? text.data : "", text.len);
    return value != NULL ? value : json_null();
}

static HONE_PRINTF(1, 2) json_t *make_format(const char *format, ...)
{
    char text[HONE_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return make_text(hone_span_text(text));
}

static double real_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

json_t *hone_explanation_json_words(const json_t *evidence)
{
    const char *reason = json_string_value(json_object_get(evidence, "reason"));
    json_int_t n_pairs = json_integer_value(json_object_get(evidence, "n_pairs"));
    double gain = real_of(evidence, "mean_gain");
    if (n_pairs == 0) {
        return make_format("%s", reason != NULL ? reason : "nothing is known of it");
    }
    return make_format(
        "on %lld calls whose right answer was told, each scored before it was learnt, it "
        "was %.3f nats %s than its parent (standard error %.3f) and right in %.1f %% "
        "instead of %.1f %%: %s",
        (long long)n_pairs, fabs(gain), gain < 0.0 ? "worse" : "better",
        real_of(evidence, "se_gain"), 100.0 * real_of(evidence, "served_accuracy"),
        100.0 * real_of(evidence, "anchor_accuracy"), reason != NULL ? reason : "");
}

json_t *hone_explanation_json_call(const struct hone_call_record *call)
{
    char id[HONE_UUID_TEXT_LEN + 1], when[HONE_CLOCK_TEXT_SIZE];
    hone_uuid_format(call->call_id, id);
    hone_clock_format_unix_ms(when, call->time_unix_ms);
    return json_pack(
        "{s:s,s:s,s:i,s:I,s:s,s:o,s:f,s:f,s:i,s:o,s:o,s:o,s:b}", "call_id", id, "time",
        when, "version", (int)call->version, "learned_through",
        (json_int_t)call->learned_through, "outcome", outcome_name(call->outcome),
        "output", make_text(call->output), "confidence", (double)call->confidence,
        "propensity", (double)call->propensity, "latency_us", (int)call->latency_us,
        "source", make_text(call->source), "episode", make_text(call->episode), "input",
        make_text(call->input), "input_cut", (int)call->input_cut);
}

/* ---- feedback ---- */

/* What became of it: a word and a sentence. */
struct end {
    const char *became;
    json_t *why;
};

static const char *reason_of(const struct hone_fate *fate)
{
    const char *reason = json_string_value(json_object_get(fate->entry, "reason"));
    return reason != NULL ? reason : "";
}

static struct end end_of(const struct hone_store_event *event,
                         const struct hone_fate *fate,
                         const struct hone_explanation_json_context *context)
{
    if (event->feedback.kind == HONE_STORE_FEEDBACK_COMMENT) {
        return (struct end){"ignored",
                            make_format("a comment is for people: nothing is learnt "
                                        "from it")};
    }
    if (!context->learns) {
        return (struct end){"ignored", make_format("the skill does not learn")};
    }
    if (!context->input_is_kept) {
        return (struct end){"ignored", make_format("the call's input is not kept")};
    }
    switch (fate->state) {
    case HONE_FATE_IN_VERSION:
        return (struct end){"learnt",
                            make_format("part of version %u", (unsigned)fate->version)};
    case HONE_FATE_WITHDRAWN:
        return (struct end){"withdrawn",
                            make_format("version %u, which had learnt it, did not pass "
                                        "the gate: %s",
                                        (unsigned)fate->version, reason_of(fate))};
    case HONE_FATE_ROLLED_BACK:
        return (struct end){"rolled_back",
                            make_format("the skill went back to version %u: %s",
                                        (unsigned)fate->version, reason_of(fate))};
    case HONE_FATE_PASSED_OVER:
        return (struct end){"ignored",
                            make_format("the skill was frozen: %s", reason_of(fate))};
    case HONE_FATE_INCREMENT:
    default:
        break;
    }
    if (context->is_gated && event->position <= context->trained) {
        return (struct end){"learnt", make_format("served as soon as a version with it "
                                                  "passes the gate")};
    }
    return event->position <= context->trained
               ? (struct end){"learnt", make_format("on top of version %u, which is live",
                                                    (unsigned)context->live)}
               : (struct end){"waiting",
                              make_format("the skill has learnt through position %llu",
                                          (unsigned long long)context->trained)};
}

json_t *
hone_explanation_json_feedback(const struct hone_store_event *event,
                               const struct hone_fate *fate,
                               const struct hone_explanation_json_context *context)
{
    const struct hone_store_feedback *feedback = &event->feedback;
    char id[HONE_UUID_TEXT_LEN + 1], when[HONE_CLOCK_TEXT_SIZE];
    struct end end = end_of(event, fate, context);
    hone_uuid_format(feedback->feedback_id, id);
    hone_clock_format_unix_ms(when, event->time_unix_ms);
    json_t *out = json_pack(
        "{s:s,s:I,s:s,s:o,s:s,s:o,s:f,s:f,s:o,s:b,s:s,s:o}", "feedback_id", id,
        "position", (json_int_t)event->position, "time", when, "source",
        make_text(feedback->source), "kind", hone_explanation_json_kind(feedback->kind),
        "value", make_text(feedback->value), "reward", feedback->reward, "weight",
        feedback->weight, "comment", make_text(feedback->comment), "repeated",
        (int)event->is_repeated, "became", end.became, "why", end.why);
    (void)json_object_set_new(
        out, "by", fate->entry != NULL ? json_incref(fate->entry) : json_null());
    return out;
}
