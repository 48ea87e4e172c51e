#include "bench/support/make_skill.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "bench/support/fail.h"

#include <jansson.h>
#include <stdlib.h>

#define FILE_BYTES_MAX (1024U * 1024)

/* A JSON string is also a double-quoted scalar of YAML. */
static void append_quoted(struct hone_buf *out, const char *text)
{
    json_t *value = json_string(text);
    char *quoted = json_dumps(value, JSON_ENCODE_ANY);
    hone_fail_unless(quoted != NULL, "a label is not UTF-8");
    (void)hone_buf_append_text(out, quoted);
    free(quoted);
    json_decref(value);
}

static void write_file(const char *folder, const char *name, const struct hone_buf *text)
{
    struct hone_error err;
    char *path = hone_alloc_format("%s/%s", folder, name);
    hone_fail_on(text->error, &(struct hone_error){.message = "the skill is too large"});
    hone_fail_on(hone_file_write(path, hone_buf_span(text), 0644, &err), &err);
    free(path);
}

void hone_make_skill(const char *parent, const char *name,
                     const struct hone_dataset *labels)
{
    struct hone_error err;
    struct hone_buf text;
    char *folder = hone_alloc_format("%s/%s", parent, name);
    hone_fail_on(hone_file_make_folder(folder, 0755, &err), &err);
    hone_buf_init(&text, FILE_BYTES_MAX);
    (void)hone_buf_append_format(
        &text,
        "---\nname: %s\ndescription: Finds which of %zu labels a "
        "text belongs to.\n---\n\n# %s\n",
        name, labels->n_rows, name);
    write_file(folder, "SKILL.md", &text);
    hone_buf_clear(&text);
    (void)hone_buf_append_text(&text, "format: 1\nkind: classify\nlabels:\n");
    for (size_t i = 0; i < labels->n_rows; i++) {
        (void)hone_buf_append_text(&text, "  - ");
        append_quoted(&text, labels->rows[i].label);
        (void)hone_buf_append_text(&text, ": ");
        append_quoted(&text, labels->rows[i].text);
        (void)hone_buf_append_char(&text, '\n');
    }
    write_file(folder, "skill.yaml", &text);
    hone_buf_finish(&text);
    free(folder);
}
