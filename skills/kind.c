#include "skills/kind.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "schema/json.h"
#include "skills/kind_choose.h"
#include "skills/kind_classify.h"
#include "skills/kind_guide.h"
#include "skills/kind_rank.h"
#include "skills/kind_score.h"

#include <stdlib.h>

#define INTERFACE_BYTES_MAX (1024 * 1024)

/* Sorted by name. */
static const struct hone_kind *const kinds[] = {
    &hone_kind_choose, &hone_kind_classify, &hone_kind_guide,
    &hone_kind_rank,   &hone_kind_score,
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

size_t hone_kind_n(void)
{
    return N_KINDS;
}

const struct hone_kind *hone_kind_at(size_t index)
{
    HONE_REQUIRE(index < N_KINDS);
    return kinds[index];
}

const struct hone_kind *hone_kind_find(struct hone_span name)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (hone_span_is(name, kinds[i]->name)) {
            return kinds[i];
        }
    }
    return NULL;
}

const char *hone_kind_nearest(const char *name)
{
    const char *names[N_KINDS];
    for (size_t i = 0; i < N_KINDS; i++) {
        names[i] = kinds[i]->name;
    }
    return hone_text_nearest(name, names, N_KINDS);
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

void hone_kind_interface_finish(struct hone_interface *interface)
{
    json_decref(interface->input_schema);
    json_decref(interface->output_schema);
    free(interface->owned_description);
    *interface = (struct hone_interface){0};
}
