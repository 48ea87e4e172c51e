#include "server/feedback_json.h"

json_t *hone_feedback_json_outcome(const struct hone_feedback_outcome *outcome)
{
    if (outcome->status != 0) {
        json_t *failed = json_pack("{s:s,s:s,s:s}", "status", "error", "code",
                                   hone_error_name(outcome->status), "message",
                                   outcome->error.message);
        if (outcome->error.hint[0] != '\0') {
            (void)json_object_set_new(failed, "hint", json_string(outcome->error.hint));
        }
        return failed;
    }
    char feedback_id[HONE_UUID_TEXT_LEN + 1], call_id[HONE_UUID_TEXT_LEN + 1];
    hone_uuid_format(outcome->feedback_id, feedback_id);
    hone_uuid_format(outcome->call_id, call_id);
    json_t *out =
        json_pack("{s:s,s:s,s:s*,s:s,s:I,s:b,s:i}", "feedback_id", feedback_id, "status",
                  outcome->duplicate ? "duplicate" : "stored", "call_id",
                  outcome->is_demonstration ? NULL : call_id, "skill", outcome->skill,
                  "position", (json_int_t)outcome->position, "learned",
                  (int)outcome->learned, "version", (int)outcome->version);
    if (outcome->withheld) {
        (void)json_object_set_new(out, "served", json_false());
    }
    if (outcome->pinned != 0) {
        (void)json_object_set_new(out, "pinned", json_integer(outcome->pinned));
    }
    if (outcome->frozen) {
        (void)json_object_set_new(out, "frozen", json_true());
    }
    return out;
}

const char *hone_feedback_json_input_schema(void)
{
    return "{\"type\":\"object\",\"properties\":{"
           "\"call_id\":{\"type\":\"string\",\"description\":\"call_id of the result "
           "that is judged\"},"
           "\"label\":{\"type\":\"string\",\"description\":\"the right label\"},"
           "\"labels\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
           "\"maxItems\":100,\"description\":\"of a skill that gives sets: all labels "
           "that "
           "are right\"},"
           "\"value\":{\"type\":\"number\",\"description\":\"the true number\"},"
           "\"reward\":{\"type\":\"number\",\"description\":\"1: the result was right, "
           "0: it was wrong; or in the range that the skill declares\"},"
           "\"correction\":{\"type\":\"string\",\"description\":\"what the result should "
           "have been\"},"
           "\"choice\":{\"type\":\"string\",\"description\":\"id of the candidate that "
           "was the right one\"},"
           "\"order\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
           "\"maxItems\":100,\"description\":\"ids of candidates, best first; need not "
           "be "
           "all\"},"
           "\"comment\":{\"type\":\"string\",\"description\":\"a remark for people\"},"
           "\"skill\":{\"type\":\"string\",\"description\":\"name of the skill, checked "
           "when given\"},"
           "\"input\":{\"type\":\"object\",\"description\":\"instead of call_id, with "
           "skill: arguments of the skill whose right result is told\"},"
           "\"output\":{\"type\":\"string\",\"description\":\"with input and reward: the "
           "result that the reward is for\"},"
           "\"source\":{\"type\":\"string\",\"description\":\"who says so; with a token "
           "it is the token's name\"},"
           "\"idempotency_key\":{\"type\":\"string\",\"description\":\"the same key is "
           "stored once\"},"
           "\"wait\":{\"type\":\"string\",\"enum\":[\"stored\",\"learned\"],"
           "\"description\":\"learned: answer when the next call sees it\"}},"
           "\"additionalProperties\":false}";
}

const char *hone_feedback_json_output_schema(void)
{
    return "{\"type\":\"object\",\"properties\":{"
           "\"feedback_id\":{\"type\":\"string\"},\"status\":{\"type\":\"string\"},"
           "\"call_id\":{\"type\":\"string\"},\"skill\":{\"type\":\"string\"},"
           "\"position\":{\"type\":\"integer\"},\"learned\":{\"type\":\"boolean\"},"
           "\"version\":{\"type\":\"integer\"},"
           "\"served\":{\"type\":\"boolean\","
           "\"description\":\"false: learned, but not served before it is proven\"},"
           "\"pinned\":{\"type\":\"integer\"},"
           "\"frozen\":{\"type\":\"boolean\"}},"
           "\"required\":[\"feedback_id\",\"status\",\"skill\",\"position\","
           "\"learned\","
           "\"version\"]}";
}
