#include "server/skill_file.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "protocol/uri.h"
#include "server/catalog.h"

#include <stdlib.h>
#include <string.h>

#define DOCUMENT      "SKILL.md"
#define URI_BYTES_MAX (64U * 1024)

/* Sorted by extension. */
static const struct extension {
    const char *name, *mime_type;
} extensions[] = {
    {"c", "text/x-c"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"gif", "image/gif"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript"},
    {"json", "application/json"},
    {"jsonl", "application/jsonl"},
    {"markdown", "text/markdown"},
    {"md", "text/markdown"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"py", "text/x-python"},
    {"sh", "text/x-shellscript"},
    {"svg", "image/svg+xml"},
    {"toml", "application/toml"},
    {"ts", "text/x-typescript"},
    {"tsv", "text/tab-separated-values"},
    {"txt", "text/plain"},
    {"wasm", "application/wasm"},
    {"webp", "image/webp"},
    {"xml", "application/xml"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"zip", "application/zip"},
};

static const char *mime_type_of(const char *path, bool is_text)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash : path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof(extensions) / sizeof(extensions[0]);
         i++) {
        if (strcmp(dot + 1, extensions[i].name) == 0) {
            return extensions[i].mime_type;
        }
    }
    return is_text ? "text/plain" : "application/octet-stream";
}

static bool is_text(const struct hone_package_file *file)
{
    return memchr(file->content, '\0', file->len) == NULL &&
           hone_text_is_utf8(hone_span_of(file->content, file->len));
}

void hone_skill_file_init(struct hone_skill_file *out, const struct hone_package *package,
                          const struct hone_package_file *file)
{
    struct hone_buf uri;
    hone_buf_init(&uri, URI_BYTES_MAX);
    (void)hone_buf_append_format(&uri, "skill://%s/", package->name);
    (void)hone_uri_append_path(&uri, hone_span_text(file->path));
    *out = (struct hone_skill_file){
        .file = file, .uri = hone_buf_take(&uri, NULL), .is_text = is_text(file)};
    /* A path has at most PACKAGE_FILES_DEPTH_MAX names of 255 bytes. */
    HONE_INVARIANT(out->uri != NULL);
    out->mime_type = mime_type_of(file->path, out->is_text);
}

void hone_skill_file_finish(struct hone_skill_file *file)
{
    free(file->uri);
}

bool hone_skill_file_is_document(const struct hone_skill_file *file)
{
    return strcmp(file->file->path, DOCUMENT) == 0;
}

struct hone_mcp_resource hone_skill_file_shown(const struct hone_skill_file *file,
                                               const struct hone_package *package)
{
    bool is_document = hone_skill_file_is_document(file);
    return (struct hone_mcp_resource){
        .uri = file->uri,
        .name = is_document ? package->name : file->file->path,
        .description = is_document ? package->description : NULL,
        .mime_type = file->mime_type,
        .size_bytes = (int64_t)file->file->len,
        .icons = file->icons,
        .annotations = file->annotations,
    };
}

void hone_skill_file_read(struct hone_exchange *exchange, struct hone_span uri,
                          void *owner)
{
    const struct hone_skill_file *file = owner;
    struct hone_span content = hone_span_of(file->file->content, file->file->len);
    if (file->is_text) {
        hone_catalog_reply_text(exchange, uri, file->mime_type, content);
    } else {
        hone_catalog_reply_blob(exchange, uri, file->mime_type, content);
    }
}
