#include "skills/kind.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "schema/json.h"
#include "skills/kind_table.h"
#include "skills/label.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERFACE_BYTES_MAX (1024 * 1024)

size_t hone_kind_n(void)
{
    return hone_kind_table_n;
}

const struct hone_kind *hone_kind_at(size_t index)
{
    HONE_REQUIRE(index < hone_kind_table_n);
    return hone_kind_table[index];
}

const struct hone_kind *hone_kind_find(struct hone_span name)
{
    for (size_t i = 0; i < hone_kind_table_n; i++) {
        if (hone_span_is(name, hone_kind_table[i]->name)) {
            return hone_kind_table[i];
        }
    }
    return NULL;
}

const char *hone_kind_nearest(const char *name)
{
    const char **names = hone_alloc_zeroed(hone_kind_table_n, sizeof(*names));
    for (size_t i = 0; i < hone_kind_table_n; i++) {
        names[i] = hone_kind_table[i]->name;
    }
    const char *nearest = hone_text_nearest(name, names, hone_kind_table_n);
    free(names);
    return nearest;
}

/* The best of an order; all of any other value, which is one line. */
static struct hone_span first_line(struct hone_span value)
{
    const char *end = value.len > 0 ? memchr(value.data, '\n', value.len) : NULL;
    return end != NULL ? hone_span_of(value.data, (size_t)(end - value.data)) : value;
}

bool hone_kind_is_right(const struct hone_package *package,
                        const struct hone_event *event)
{
    return package->kind->is_right != NULL
               ? package->kind->is_right(package, event)
               : hone_label_same(first_line(event->feedback.value), event->output);
}

static int digest_of(struct hone_digest *out, const json_t *value, struct hone_error *err)
{
    struct hone_buf buf;
    hone_buf_init(&buf, INTERFACE_BYTES_MAX);
    int code = hone_json_append_canonical(&buf, value);
    if (code == 0) {
        *out = hone_digest_of(hone_buf_span(&buf));
    } else {
        (void)hone_error_set(err, code, "the interface is too large");
    }
    hone_buf_finish(&buf);
    return code;
}

int hone_kind_interface_seal(struct hone_interface *interface, struct hone_error *err)
{
    size_t len = strlen(interface->description);
    if (len > HONE_KIND_DESCRIPTION_BYTES_MAX) {
        return hone_error_set(
            err, HONE_E_LIMIT,
            "the tool's description has %zu bytes, %zu more than the %d that "
            "clients show: shorten the description in SKILL.md",
            len, len - HONE_KIND_DESCRIPTION_BYTES_MAX, HONE_KIND_DESCRIPTION_BYTES_MAX);
    }
    char icon[HONE_DIGEST_TEXT_LEN + 1];
    if (interface->icon != NULL) {
        hone_digest_format(interface->icon->file->digest, icon);
    }
    json_t *all =
        json_pack("{s:s, s:s, s:s, s:O, s:O*, s:s*}", "name", interface->name, "title",
                  interface->title, "description", interface->description, "inputSchema",
                  interface->input_schema, "outputSchema", interface->output_schema,
                  "icon", interface->icon != NULL ? icon : NULL);
    if (all == NULL) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory for the interface");
    }
    int code = digest_of(&interface->digest, all, err);
    json_decref(all);
    return code;
}

void hone_kind_interface_begin(struct hone_interface *out,
                               const struct hone_package *package, const char *format,
                               ...)
{
    char sentence[HONE_KIND_DESCRIPTION_BYTES_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    const char *text = package->description;
    bool is_sentence = strchr(".!?", text[strlen(text) - 1]) != NULL;
    out->name = package->name;
    out->title = package->title;
    out->icon = package->icon.file != NULL ? &package->icon : NULL;
    out->owned_description =
        hone_alloc_format("%s%s %s", text, is_sentence ? "" : ".", sentence);
    out->description = out->owned_description;
}

int hone_kind_interface_end(struct hone_interface *out, const char *output_schema,
                            struct hone_error *err)
{
    if (out->input_schema == NULL) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory for the interface");
    }
    int code = hone_json_parse(&out->output_schema, hone_span_text(output_schema), err);
    return code != 0 ? code : hone_kind_interface_seal(out, err);
}

void hone_kind_interface_finish(struct hone_interface *interface)
{
    json_decref(interface->input_schema);
    json_decref(interface->output_schema);
    free(interface->owned_description);
    *interface = (struct hone_interface){0};
}
