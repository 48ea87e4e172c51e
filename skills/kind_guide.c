#include "skills/kind_guide.h"

static int make_interface(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err)
{
    out->name = package->name;
    out->title = package->title;
    out->icon = package->icon.file != NULL ? &package->icon : NULL;
    out->description = package->description;
    out->input_schema =
        json_pack("{s:s, s:{s:{s:s, s:s}}, s:b}", "type", "object", "properties", "task",
                  "type", "string", "description",
                  "What the instructions are wanted for.", "additionalProperties", 0);
    if (out->input_schema == NULL) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory for the interface");
    }
    return hone_kind_interface_seal(out, err);
}

static int answer(const struct hone_package *package, void *view, void *scratch,
                  const struct hone_call_input *arguments, struct hone_arena *arena,
                  struct hone_answer *out, struct hone_error *err)
{
    (void)view;
    (void)scratch;
    (void)arguments;
    struct hone_span text;
    if (hone_arena_span(arena, hone_span_text(package->instructions), &text) != 0) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "the instructions of %s are too long to give",
                              package->name);
    }
    /* Nothing is recorded as the output: the package's digest says what was given. */
    *out = (struct hone_answer){.text = text, .confidence = 1.0F, .propensity = 1.0F};
    return 0;
}

const struct hone_kind hone_kind_guide = {
    .name = "guide",
    .learns = false,
    .reads_text = true,
    .make_interface = make_interface,
    .answer = answer,
};
