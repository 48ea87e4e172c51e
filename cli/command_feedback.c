#include "cli/command.h"

#include "cli/backend.h"
#include "cli/command_tool.h"

#include <stdlib.h>

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value != NULL) {
        json_object_set_new(object, key, json_string(value));
    }
}

/* Refuses here what the server would refuse, so that the person reads the
 * names of options. */
static int check_shape(const struct hone_arguments *arguments, struct hone_error *err)
{
    int n = (hone_arguments_flag(arguments, "label") ? 1 : 0) +
            (hone_arguments_flag(arguments, "reward") ? 1 : 0) +
            (hone_arguments_flag(arguments, "correction") ? 1 : 0);
    if (n > 1) {
        return hone_error_set(
            err, HONE_E_INVALID,
            "only one of --label, --reward and --correction can be given");
    }
    if (n == 0 && !hone_arguments_flag(arguments, "comment")) {
        (void)hone_error_set(err, HONE_E_INVALID, "the feedback says nothing");
        (void)hone_error_hint(err,
                              "give --label LABEL, --reward NUMBER or --correction TEXT");
        return HONE_E_INVALID;
    }
    return 0;
}

static int make_feedback(json_t **out, const struct hone_arguments *arguments,
                         struct hone_error *err)
{
    double reward = 0;
    int code = check_shape(arguments, err);
    if (code != 0) {
        return code;
    }
    int given = hone_arguments_number(&reward, arguments, "reward", 0, 1, err);
    if (given < 0) {
        return given;
    }
    json_t *feedback =
        json_pack("{s:s, s:s}", "call_id", arguments->words[0], "source", "cli");
    if (feedback == NULL) {
        return hone_error_set(err, HONE_E_INVALID, "the call's id is not UTF-8");
    }
    if (given == 1) {
        json_object_set_new(feedback, "reward", json_real(reward));
    }
    set_text(feedback, "label", hone_arguments_value(arguments, "label"));
    set_text(feedback, "correction", hone_arguments_value(arguments, "correction"));
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
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, &err);
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
