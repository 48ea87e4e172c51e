#include "cli/command.h"

#include "cli/backend.h"
#include "cli/command_tool.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define REWARD_MAX 1e9 /* what a skill can declare at most */

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value != NULL) {
        json_object_set_new(object, key, json_string(value));
    }
}

/* Words parted by commas; the empty text is none. */
static void set_list(json_t *object, const char *key, const char *words)
{
    if (words == NULL) {
        return;
    }
    json_t *list = json_array();
    for (const char *begin = words[0] != '\0' ? words : NULL; begin != NULL;) {
        const char *comma = strchr(begin, ',');
        size_t len = comma != NULL ? (size_t)(comma - begin) : strlen(begin);
        (void)json_array_append_new(list, json_stringn(begin, len));
        begin = comma != NULL ? comma + 1 : NULL;
    }
    json_object_set_new(object, key, list);
}

/* Refuses here what the server would refuse, so that the person reads the
 * names of options. */
static int check_shape(const struct hone_arguments *arguments, struct hone_error *err)
{
    bool of_label = hone_arguments_flag(arguments, "label") &&
                    hone_arguments_flag(arguments, "reward");
    int n = (hone_arguments_flag(arguments, "label") && !of_label ? 1 : 0) +
            (hone_arguments_flag(arguments, "labels") ? 1 : 0) +
            (hone_arguments_flag(arguments, "value") ? 1 : 0) +
            (hone_arguments_flag(arguments, "reward") ? 1 : 0) +
            (hone_arguments_flag(arguments, "correction") ? 1 : 0) +
            (hone_arguments_flag(arguments, "choice") ? 1 : 0) +
            (hone_arguments_flag(arguments, "order") ? 1 : 0);
    if (n > 1) {
        return hone_error_set(
            err, HONE_E_INVALID,
            "only one of --label, --labels, --value, --reward, --correction, --choice "
            "and "
            "--order can be given; of two, --label and --reward go together");
    }
    if (n == 0 && !hone_arguments_flag(arguments, "comment")) {
        (void)hone_error_set(err, HONE_E_INVALID, "the feedback says nothing");
        (void)hone_error_hint(
            err,
            "give --label LABEL, --labels LABEL,LABEL, --value NUMBER, --reward NUMBER, "
            "--correction TEXT, --choice ID or --order ID,ID");
        return HONE_E_INVALID;
    }
    return 0;
}

/* What the feedback is about: a call, or an input that comes with it. */
static int begin_feedback(json_t **out, const struct hone_arguments *arguments,
                          struct hone_error *err)
{
    const char *text = hone_arguments_value(arguments, "input");
    json_t *input = NULL;
    if (text == NULL) {
        *out = json_pack("{s:s, s:s}", "call_id", arguments->words[0], "source", "cli");
        return *out != NULL
                   ? 0
                   : hone_error_set(err, HONE_E_INVALID, "the call's id is not UTF-8");
    }
    int code = hone_command_tool_parse(&input, hone_span_text(text), err);
    if (code == 0) {
        *out = json_pack("{s:o, s:s}", "input", input, "source", "cli");
    }
    return code;
}

static int make_feedback(json_t **out, const struct hone_arguments *arguments,
                         struct hone_error *err)
{
    double reward = 0, value = 0;
    int code = check_shape(arguments, err);
    if (code != 0) {
        return code;
    }
    int given =
        hone_arguments_number(&reward, arguments, "reward", -REWARD_MAX, REWARD_MAX, err);
    if (given < 0) {
        return given;
    }
    int given_value =
        hone_arguments_number(&value, arguments, "value", -DBL_MAX, DBL_MAX, err);
    if (given_value < 0) {
        return given_value;
    }
    json_t *feedback = NULL;
    code = begin_feedback(&feedback, arguments, err);
    if (code != 0) {
        return code;
    }
    if (given == 1) {
        json_object_set_new(feedback, "reward", json_real(reward));
    }
    if (given_value == 1) {
        json_object_set_new(feedback, "value", json_real(value));
    }
    set_text(feedback, "skill", hone_arguments_value(arguments, "skill"));
    set_text(feedback, "output", hone_arguments_value(arguments, "output"));
    set_text(feedback, "label", hone_arguments_value(arguments, "label"));
    set_text(feedback, "correction", hone_arguments_value(arguments, "correction"));
    set_text(feedback, "choice", hone_arguments_value(arguments, "choice"));
    set_list(feedback, "labels", hone_arguments_value(arguments, "labels"));
    set_list(feedback, "order", hone_arguments_value(arguments, "order"));
    set_text(feedback, "comment", hone_arguments_value(arguments, "comment"));
    set_text(feedback, "idempotency_key", hone_arguments_value(arguments, "key"));
    set_text(feedback, "wait", hone_arguments_flag(arguments, "wait") ? "learned" : NULL);
    *out = feedback;
    return 0;
}

int hone_command_feedback(const struct hone_command_input *input)
{
    json_t *feedback = NULL;
    struct hone_error err;
    int n_words = hone_arguments_flag(input->arguments, "input") ? 0 : 1;
    int code = hone_arguments_check_words(input->arguments, n_words, n_words,
                                          input->usage, &err);
    if (code == 0) {
        code = make_feedback(&feedback, input->arguments, &err);
    }
    if (code != 0) {
        int exit_code = hone_backend_exit_code(NULL, code);
        (void)hone_output_fail(input->output, exit_code, &err);
        return exit_code;
    }
    int exit_code = hone_command_tool_run(input, "feedback", feedback,
                                          "next: hone status %s", "skill");
    json_decref(feedback);
    return exit_code;
}
