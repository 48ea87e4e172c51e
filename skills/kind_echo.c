#include "skills/kind_echo.h"

static int make_interface(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err)
{
    out->name = package->name;
    out->title = package->title;
    out->icon = package->icon.file != NULL ? &package->icon : NULL;
    out->description = package->description;
    out->input_schema = json_pack("{s:s, s:{s:{s:s}}, s:[s], s:b}", "type", "object",
                                  "properties", "text", "type", "string", "required",
                                  "text", "additionalProperties", 0);
    if (out->input_schema == NULL) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory for the interface");
    }
    return hone_kind_interface_seal(out, err);
}

static int answer(const struct hone_package *package, void *view, void *scratch,
                  const struct hone_call_input *arguments, struct hone_arena *arena,
                  struct hone_answer *out, struct hone_error *err)
{
    (void)package;
    (void)view;
    (void)scratch;
    struct hone_span text;
    if (hone_call_input_text(&text, arguments, "text", arena) != 0) {
        return hone_error_set(err, HONE_E_LIMIT, "the text is too long to give back");
    }
    /* The output is in the recorded input already. */
    *out = (struct hone_answer){.text = text, .confidence = 1.0F, .propensity = 1.0F};
    return 0;
}

const struct hone_kind hone_kind_echo = {
    .name = "echo",
    .learns = false,
    .reads_text = true,
    .make_interface = make_interface,
    .answer = answer,
};
