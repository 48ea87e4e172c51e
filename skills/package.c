#include "skills/package.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "base/span.h"
#include "base/text.h"
#include "schema/json.h"
#include "skills/kind.h"
#include "skills/manifest.h"
#include "skills/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define DOCUMENT_BYTES_MAX (1024 * 1024) /* of SKILL.md */
#define FENCE              "---"

/* The name of the folder itself: also for "." and for paths with slashes at the end. */
static int read_folder_name(char **out, const char *folder, struct hone_error *err)
{
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/') {
        len--;
    }
    char *path = hone_alloc_bytes(folder, len);
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    int code = 0;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        char *real = realpath(folder, NULL);
        if (real == NULL) {
            code = hone_error_set_errno(err, errno, "%s", folder);
        } else {
            *out = hone_alloc_text(strrchr(real, '/') + 1);
        }
        free(real);
    } else {
        *out = hone_alloc_text(name);
    }
    free(path);
    return code;
}

/* SKILL.md: front matter between two lines of "---", then the body. */

struct document {
    struct hone_span front_matter; /* its first line is line 2 of the file */
    struct hone_span body;
};

/* Takes the next line off *rest, without its line end. */
static struct hone_span take_line(struct hone_span *rest)
{
    const char *newline = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    size_t len = newline != NULL ? (size_t)(newline - rest->data) : rest->len;
    struct hone_span line = hone_span_of(rest->data, len);
    size_t used = newline != NULL ? len + 1 : len;
    *rest = hone_span_of(rest->data + used, rest->len - used);
    while (line.len > 0 && isspace((unsigned char)line.data[line.len - 1]) != 0) {
        line.len--;
    }
    return line;
}

static struct hone_span trim(struct hone_span text)
{
    while (text.len > 0 && isspace((unsigned char)text.data[0]) != 0) {
        text = hone_span_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && isspace((unsigned char)text.data[text.len - 1]) != 0) {
        text.len--;
    }
    return text;
}

static int split_document(struct document *out, struct hone_span text, const char *path,
                          struct hone_error *err)
{
    if (!hone_text_is_utf8(text) || memchr(text.data, '\0', text.len) != NULL) {
        return hone_error_set(err, HONE_E_INVALID, "%s: not a text in UTF-8", path);
    }
    if (text.len >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) {
        text = hone_span_of(text.data + 3, text.len - 3);
    }
    struct hone_span rest = text;
    if (!hone_span_is(take_line(&rest), FENCE)) {
        return hone_error_set(
            err, HONE_E_INVALID,
            "%s:1: the first line must be '---', which begins the front "
            "matter with 'name' and 'description'",
            path);
    }
    const char *start = rest.data;
    while (rest.len > 0) {
        const char *end = rest.data;
        if (hone_span_is(take_line(&rest), FENCE)) {
            out->front_matter = hone_span_of(start, (size_t)(end - start));
            out->body = trim(rest);
            return 0;
        }
    }
    return hone_error_set(err, HONE_E_INVALID,
                          "%s:1: the front matter has no end: a line '---' is missing",
                          path);
}

/* Front matter. */

static const char *fault_of_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > HONE_PACKAGE_NAME_MAX) {
        return "must have 1 to 64 characters";
    }
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len) {
        return "may have lower-case letters a-z, digits and hyphens only";
    }
    if (name[0] == '-' || name[len - 1] == '-') {
        return "must not begin or end with a hyphen";
    }
    return strstr(name, "--") != NULL ? "must not have two hyphens in a row" : NULL;
}

static int read_name(struct hone_package *package, const struct hone_yaml_lines *lines,
                     const char *path, struct hone_error *err)
{
    const char *name = json_string_value(json_object_get(package->front_matter, "name"));
    int line = hone_yaml_line(lines, "/name");
    const char *fault = fault_of_name(name);
    if (fault != NULL) {
        return hone_error_set(err, HONE_E_INVALID, "%s:%d: name '%s' %s", path, line,
                              name, fault);
    }
    char *folder_name = NULL;
    int code = read_folder_name(&folder_name, package->folder, err);
    if (code != 0) {
        return code;
    }
    if (folder_name != NULL && strcmp(name, folder_name) != 0) {
        code = hone_error_set(err, HONE_E_INVALID,
                              "%s:%d: name '%s' is not the name of the folder, '%s'",
                              path, line, name, folder_name);
        (void)hone_error_hint(err, "rename the folder to '%s' or change the name", name);
    }
    free(folder_name);
    package->name = hone_alloc_text(name);
    return code;
}

static int read_description(struct hone_package *package,
                            const struct hone_yaml_lines *lines, const char *path,
                            struct hone_error *err)
{
    struct hone_span text = trim(hone_json_text(package->front_matter, "description"));
    if (text.len == 0) {
        return hone_error_set(
            err, HONE_E_INVALID,
            "%s:%d: description is empty: say what the skill does and when "
            "to use it",
            path, hone_yaml_line(lines, "/description"));
    }
    package->description = hone_alloc_bytes(text.data, text.len);
    return 0;
}

static int read_front_matter(struct hone_package *package,
                             const struct hone_manifest_rules *rules,
                             struct hone_span text, const char *path,
                             struct hone_error *err)
{
    struct hone_yaml_lines *lines = NULL;
    int code = hone_yaml_parse(&package->front_matter, &lines, text, path, 2, err);
    if (code == 0) {
        code = hone_manifest_check(&rules->front_matter, package->front_matter, lines,
                                   path, err);
    }
    if (code == 0) {
        code = read_name(package, lines, path, err);
    }
    if (code == 0) {
        code = read_description(package, lines, path, err);
    }
    hone_yaml_lines_destroy(lines);
    return code;
}

static int check_size(const struct hone_package_file *file, size_t max_bytes,
                      const char *path, struct hone_error *err)
{
    return file->len <= max_bytes
               ? 0
               : hone_error_set(err, HONE_E_LIMIT, "%s: over %zu bytes", path, max_bytes);
}

static int read_document(struct hone_package *package,
                         const struct hone_manifest_rules *rules, const char *path,
                         struct hone_error *err)
{
    const struct hone_package_file *file =
        hone_package_files_find(&package->files, "SKILL.md");
    if (file == NULL) {
        return hone_error_set_errno(err, ENOENT, "%s", path);
    }
    struct document document = {0};
    int code = check_size(file, DOCUMENT_BYTES_MAX, path, err);
    if (code == 0) {
        code =
            split_document(&document, hone_span_of(file->content, file->len), path, err);
    }
    if (code == 0) {
        code = read_front_matter(package, rules, document.front_matter, path, err);
    }
    if (code == 0) {
        package->instructions = hone_alloc_bytes(document.body.data, document.body.len);
    }
    return code;
}

static int read_manifest(struct hone_package *package,
                         const struct hone_manifest_rules *rules, const char *path,
                         struct hone_error *err)
{
    const struct hone_package_file *file =
        hone_package_files_find(&package->files, "skill.yaml");
    if (file == NULL) {
        hone_manifest_fill_default(package);
        return 0;
    }
    int code = check_size(file, HONE_YAML_BYTES_MAX, path, err);
    return code != 0
               ? code
               : hone_manifest_read(package, rules,
                                    hone_span_of(file->content, file->len), path, err);
}

static int load_into(struct hone_package *package,
                     const struct hone_manifest_rules *rules, struct hone_error *err)
{
    if (!hone_file_is_folder(package->folder)) {
        return hone_error_set(err, HONE_E_NOT_FOUND, "%s: there is no such folder",
                              package->folder);
    }
    char *document = hone_alloc_format("%s/SKILL.md", package->folder);
    char *manifest = hone_alloc_format("%s/skill.yaml", package->folder);
    /* One reading: what is parsed, hashed and served are the same bytes. */
    int code =
        hone_package_files_read(&package->files, &package->digest, package->folder, err);
    if (code == 0) {
        code = read_document(package, rules, document, err);
    }
    if (code == 0) {
        code = read_manifest(package, rules, manifest, err);
    }
    if (code == 0 && !package->kind->learns && package->instructions[0] == '\0') {
        code =
            hone_error_set(err, HONE_E_INVALID,
                           "%s: a guide skill gives the text below the front matter, but "
                           "there is none",
                           document);
    }
    free(document);
    free(manifest);
    return code;
}

int hone_package_load(struct hone_package **out, const char *folder,
                      struct hone_error *err)
{
    struct hone_manifest_rules *rules = hone_manifest_rules_create();
    int code = hone_package_load_by(out, rules, folder, err);
    hone_manifest_rules_destroy(rules);
    return code;
}

int hone_package_load_by(struct hone_package **out,
                         const struct hone_manifest_rules *rules, const char *folder,
                         struct hone_error *err)
{
    struct hone_package *package = hone_alloc_zeroed(1, sizeof(*package));
    package->folder = hone_alloc_text(folder);
    int code = load_into(package, rules, err);
    if (code != 0) {
        hone_package_destroy(package);
        return code;
    }
    *out = package;
    return 0;
}

struct hone_package *hone_package_create_built_in(const char *name,
                                                  const struct hone_package_text *texts,
                                                  size_t n_texts,
                                                  const struct hone_kind *kind)
{
    struct hone_error err;
    struct hone_manifest_rules *rules = hone_manifest_rules_create();
    struct hone_package *package = hone_alloc_zeroed(1, sizeof(*package));
    package->folder = hone_alloc_format("(built in)/%s", name);
    hone_package_files_make(&package->files, &package->digest, texts, n_texts);
    HONE_REQUIRE(read_document(package, rules, package->folder, &err) == 0);
    hone_manifest_rules_destroy(rules);
    hone_manifest_fill_default(package);
    package->kind = kind;
    return package;
}

void hone_package_destroy(struct hone_package *package)
{
    if (package == NULL) {
        return;
    }
    for (size_t i = 0; i < package->n_fields; i++) {
        free(package->fields[i].name);
        free(package->fields[i].description);
    }
    /* A label that was refused half-way is not counted, so all that is
     * counted is whole. */
    for (size_t i = 0; i < package->n_labels; i++) {
        free(package->labels[i].name);
        free(package->labels[i].description);
        free(package->labels[i].was);
    }
    free(package->fields);
    free(package->labels);
    free(package->target.unit);
    hone_package_files_finish(&package->files);
    json_decref(package->trusted_sources);
    json_decref(package->front_matter);
    free(package->instructions);
    free(package->description);
    free(package->title);
    free(package->name);
    free(package->folder);
    free(package);
}
