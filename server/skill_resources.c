#include "server/skill_resources.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "protocol/mcp_content.h"
#include "protocol/mcp_list.h"
#include "protocol/mcp_skills.h"
#include "protocol/uri.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/catalog.h"
#include "server/catalog_page.h"
#include "server/skill_file.h"
#include "server/skill_icon.h"
#include "server/skill_status.h"
#include "server/subscriptions.h"

#include <stdlib.h>

#define SKILLS_PAGE_ITEMS_MAX 100 /* an entry may name 512 files */
#define URI_PRINTED_MAX       256
#define SCHEME                "skill://"
#define FOLDER_MIME           "inode/directory"
#define TASK_BYTES_MAX        (256U * 1024)

struct files {
    struct hone_skill *skill;
    struct hone_skill_file *items; /* sorted by path */
    size_t n;
    json_t *entry; /* of the skills extension */
    char *status_uri, *status_title;
    json_t *icons; /* of the skill, or NULL */
    json_t *status_annotations;
};

struct hone_skill_resources {
    struct hone_app *app;
    struct files *skills; /* in order of name */
    size_t n_skills;
    struct hone_map *by_document; /* URI of SKILL.md -> struct files */
    json_t *document_annotations; /* of each SKILL.md */
    struct hone_catalog_pages pages;
};

/* ---- files and status ---- */

static int add_files(struct hone_skill_resources *resources, struct files *files,
                     struct hone_error *err)
{
    const struct hone_package *package = files->skill->package;
    int status = 0;
    for (size_t i = 0; i < files->n && status == 0; i++) {
        struct hone_resource resource = {
            .shown = hone_skill_file_shown(&files->items[i], package),
            .read = hone_skill_file_read,
            .owner = &files->items[i],
        };
        status = hone_catalog_add_resource(resources->app->catalog, &resource, err);
    }
    return status;
}

static int add_status(struct hone_skill_resources *resources, struct files *files,
                      struct hone_error *err)
{
    struct hone_resource resource = {
        .shown = {.uri = files->status_uri,
                  .name = files->skill->package->name,
                  .title = files->status_title,
                  .description = "Which version answers, how much it has learnt and how "
                                 "often it was right.",
                  .mime_type = "application/json",
                  .size_bytes = -1,
                  .annotations = files->status_annotations},
        .read = hone_skill_status_read,
        .owner = files->skill,
    };
    return hone_catalog_add_resource(resources->app->catalog, &resource, err);
}

static json_t *make_entry(const struct files *files, const char *document_uri)
{
    struct hone_mcp_skills_file *shown = hone_alloc_zeroed(files->n, sizeof(*shown));
    for (size_t i = 0; i < files->n; i++) {
        const struct hone_skill_file *item = &files->items[i];
        shown[i] =
            (struct hone_mcp_skills_file){item->uri, item->file->digest, item->file->len};
    }
    json_t *entry = hone_mcp_skills_entry(
        document_uri, files->skill->package->front_matter, shown, files->n);
    free(shown);
    return entry;
}

static void take_skill(struct hone_skill_resources *resources, struct hone_skill *skill)
{
    const struct hone_package *package = skill->package;
    struct files *files = &resources->skills[resources->n_skills++];
    files->skill = skill;
    files->icons = hone_skill_icon(package);
    files->status_annotations = hone_skill_status_annotations(skill);
    files->n = package->files.n;
    files->items = hone_alloc_zeroed(files->n, sizeof(*files->items));
    for (size_t i = 0; i < files->n; i++) {
        hone_skill_file_init(&files->items[i], package, &package->files.items[i]);
        if (hone_skill_file_is_document(&files->items[i])) {
            files->items[i].icons = files->icons;
            files->items[i].annotations = resources->document_annotations;
        }
    }
    char *document_uri = hone_alloc_format(SCHEME "%s/SKILL.md", package->name);
    files->entry = make_entry(files, document_uri);
    files->status_uri = hone_skill_status_uri(package->name);
    files->status_title = hone_alloc_format("What %s has learnt", package->title);
    (void)hone_map_set(resources->by_document, hone_span_text(document_uri), files);
    free(document_uri);
}

/* ---- prompts ---- */

static const struct hone_mcp_prompt_argument task_argument = {
    .name = "task",
    .title = "Task",
    .description = "What the instructions are wanted for.",
};

static void get_guide(struct hone_exchange *exchange, const json_t *arguments,
                      void *owner)
{
    const struct hone_skill *skill = owner;
    struct hone_span task = hone_json_text(arguments, "task");
    struct hone_buf text;
    hone_buf_init(&text, HONE_PACKAGE_FILE_BYTES_MAX + TASK_BYTES_MAX);
    (void)hone_buf_append_text(&text, skill->package->instructions);
    if (task.len > 0) {
        (void)hone_buf_append_text(&text, "\n\nTask: ");
        (void)hone_buf_append_span(&text, hone_text_prefix(task, TASK_BYTES_MAX / 2));
    }
    json_t *messages = json_array();
    (void)json_array_append_new(messages,
                                hone_mcp_content_message("user", hone_buf_span(&text)));
    hone_buf_finish(&text);
    hone_catalog_reply_prompt_take(exchange, skill->package->description, messages);
}

static int add_prompt(struct hone_skill_resources *resources, const struct files *files,
                      struct hone_error *err)
{
    struct hone_skill *skill = files->skill;
    struct hone_prompt prompt = {
        .shown = {.name = skill->package->name,
                  .title = skill->package->title,
                  .description = skill->package->description,
                  .arguments = &task_argument,
                  .n_arguments = 1,
                  .icons = files->icons},
        .get = get_guide,
        .owner = skill,
    };
    return hone_catalog_add_prompt(resources->app->catalog, &prompt, err);
}

/* ---- beginning and end ---- */

static json_t *describe_skill(void *owner, size_t index, enum hone_mcp_revision revision)
{
    const struct hone_skill_resources *resources = owner;
    (void)revision;
    return json_incref(resources->skills[index].entry);
}

/* Files first, in the order of the skills, then what they have learnt, so that a page of
 * resources shows what belongs together. */
static int fill_catalog(struct hone_skill_resources *resources, struct hone_error *err)
{
    int status = 0;
    for (size_t i = 0; i < resources->n_skills && status == 0; i++) {
        status = add_files(resources, &resources->skills[i], err);
    }
    for (size_t i = 0; i < resources->n_skills && status == 0; i++) {
        status = add_status(resources, &resources->skills[i], err);
    }
    for (size_t i = 0; i < resources->n_skills && status == 0; i++) {
        const struct files *files = &resources->skills[i];
        if (strcmp(files->skill->package->kind->name, "guide") == 0) {
            status = add_prompt(resources, files, err);
        }
    }
    return status != 0 ? status : hone_skill_status_add_versions(resources->app, err);
}

int hone_skill_resources_create(struct hone_skill_resources **out, struct hone_app *app,
                                struct hone_error *err)
{
    struct hone_skill_resources *resources = hone_alloc_zeroed(1, sizeof(*resources));
    size_t n = hone_registry_n(app->registry);
    resources->app = app;
    resources->by_document = hone_map_create();
    resources->document_annotations =
        json_pack("{s:[s], s:i}", "audience", "assistant", "priority", 1);
    resources->skills = hone_alloc_zeroed(n + 1, sizeof(*resources->skills));
    resources->pages = (struct hone_catalog_pages){
        .method = "skills/list",
        .key = "skills",
        .page_items_max = SKILLS_PAGE_ITEMS_MAX,
    };
    for (size_t i = 0; i < n; i++) {
        struct hone_skill *skill = hone_registry_at(app->registry, i);
        if (skill->owner_data != NULL) {
            take_skill(resources, skill);
        }
    }
    struct hone_catalog_source source = {
        .n_items = resources->n_skills, .describe = describe_skill, .owner = resources};
    int status = fill_catalog(resources, err);
    if (status == 0) {
        status = hone_catalog_page_seal(&resources->pages, &source, &app->identity, err);
    }
    if (status != 0) {
        hone_skill_resources_destroy(resources);
        return status;
    }
    *out = resources;
    return 0;
}

void hone_skill_resources_destroy(struct hone_skill_resources *resources)
{
    if (resources == NULL) {
        return;
    }
    for (size_t i = 0; i < resources->n_skills; i++) {
        struct files *files = &resources->skills[i];
        for (size_t j = 0; j < files->n; j++) {
            hone_skill_file_finish(&files->items[j]);
        }
        free(files->items);
        free(files->status_uri);
        free(files->status_title);
        json_decref(files->entry);
        json_decref(files->icons);
        json_decref(files->status_annotations);
    }
    json_decref(resources->document_annotations);
    free(resources->skills);
    hone_map_destroy(resources->by_document);
    hone_catalog_page_finish(&resources->pages);
    free(resources);
}

/* ---- methods ---- */

void hone_skill_resources_list(struct hone_exchange *exchange)
{
    hone_catalog_page_answer(exchange, &exchange->app->skill_resources->pages);
}

static void refuse_uri(struct hone_exchange *exchange, const char *what,
                       struct hone_span uri)
{
    struct hone_span shown = hone_text_prefix(uri, URI_PRINTED_MAX);
    hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS, "there is no %s %.*s", what,
                         (int)shown.len, shown.len > 0 ? shown.data : "");
}

void hone_skill_resources_get(struct hone_exchange *exchange)
{
    const struct hone_skill_resources *resources = exchange->app->skill_resources;
    struct hone_span uri = hone_jsonrpc_param_text(&exchange->message, "uri");
    const struct files *files = hone_map_find(resources->by_document, uri);
    if (files == NULL) {
        refuse_uri(exchange, "skill", uri);
        return;
    }
    hone_exchange_reply_take(exchange,
                             hone_mcp_skills_get_result_take(exchange->request.era,
                                                             json_incref(files->entry),
                                                             &exchange->app->identity));
}

/* The skill that a directory's URI is in, and the directory's part of it: "" or
 * "references". */
static const struct files *find_directory(const struct hone_skill_resources *resources,
                                          struct hone_span uri,
                                          struct hone_span *directory)
{
    const size_t scheme_len = strlen(SCHEME);
    if (uri.len <= scheme_len || memcmp(uri.data, SCHEME, scheme_len) != 0) {
        return NULL;
    }
    if (uri.data[uri.len - 1] == '/') {
        uri.len -= 1;
    }
    struct hone_span rest = hone_span_of(uri.data + scheme_len, uri.len - scheme_len);
    const char *slash = rest.len > 0 ? memchr(rest.data, '/', rest.len) : NULL;
    size_t name_len = slash != NULL ? (size_t)(slash - rest.data) : rest.len;
    for (size_t i = 0; i < resources->n_skills; i++) {
        const struct files *files = &resources->skills[i];
        if (hone_span_is(hone_span_of(rest.data, name_len),
                         files->skill->package->name)) {
            *directory = slash != NULL ? hone_span_of(slash + 1, rest.len - name_len - 1)
                                       : hone_span_of("", 0);
            return files;
        }
    }
    return NULL;
}

static json_t *describe_folder(const char *uri, size_t uri_len, size_t name_at,
                               enum hone_mcp_revision revision)
{
    struct hone_buf name;
    char *folder_uri = hone_alloc_bytes(uri, uri_len);
    struct hone_span encoded = hone_span_of(uri + name_at, uri_len - name_at);
    hone_buf_init(&name, encoded.len + 1);
    if (hone_uri_decode(&name, encoded) != 0) {
        (void)hone_buf_append_span(&name, encoded);
    }
    struct hone_mcp_resource shown = {
        .uri = folder_uri, .name = name.data, .mime_type = FOLDER_MIME, .size_bytes = -1};
    json_t *described = hone_mcp_list_resource(&shown, revision);
    hone_buf_finish(&name);
    free(folder_uri);
    return described;
}

/* Direct children, in order of path: what lies in one folder stands together. NULL when
 * there are none, and so no such directory. */
static json_t *list_children(const struct files *files, struct hone_span directory,
                             enum hone_mcp_revision revision)
{
    const struct hone_package *package = files->skill->package;
    char *prefix =
        hone_alloc_format(SCHEME "%s/%.*s%s", package->name, (int)directory.len,
                          directory.data, directory.len > 0 ? "/" : "");
    const size_t prefix_len = strlen(prefix);
    json_t *children = json_array();
    struct hone_span last = {NULL, 0}; /* folder that was listed last */
    for (size_t i = 0; i < files->n; i++) {
        const struct hone_skill_file *file = &files->items[i];
        if (strncmp(file->uri, prefix, prefix_len) != 0) {
            continue;
        }
        const char *slash = strchr(file->uri + prefix_len, '/');
        if (slash == NULL) {
            struct hone_mcp_resource shown = hone_skill_file_shown(file, package);
            (void)json_array_append_new(children,
                                        hone_mcp_list_resource(&shown, revision));
            continue;
        }
        struct hone_span folder = hone_span_of(file->uri, (size_t)(slash - file->uri));
        if (!hone_span_equal(folder, last)) {
            (void)json_array_append_new(
                children, describe_folder(folder.data, folder.len, prefix_len, revision));
            last = folder;
        }
    }
    free(prefix);
    if (json_array_size(children) == 0) {
        json_decref(children);
        return NULL;
    }
    return children;
}

void hone_skill_resources_read_directory(struct hone_exchange *exchange)
{
    const struct hone_skill_resources *resources = exchange->app->skill_resources;
    const json_t *params = hone_jsonrpc_params(&exchange->message);
    struct hone_span uri = hone_json_text(params, "uri");
    const json_t *cursor = json_object_get(params, "cursor");
    struct hone_span directory = {NULL, 0};
    if (cursor != NULL && (!json_is_string(cursor) || json_string_length(cursor) > 0)) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid cursor: a directory has one page");
        return;
    }
    const struct files *files = find_directory(resources, uri, &directory);
    json_t *children = files != NULL ? list_children(files, directory,
                                                     hone_catalog_page_revision(exchange))
                                     : NULL;
    if (children == NULL) {
        refuse_uri(exchange, "directory", uri);
        return;
    }
    hone_exchange_reply_take(
        exchange, hone_mcp_skills_directory_result_take(exchange->request.era, children,
                                                        &exchange->app->identity));
}

void hone_skill_resources_updated(struct hone_app *app, const struct hone_skill *skill)
{
    struct hone_skill_resources *resources = app->skill_resources;
    for (size_t i = 0; i < resources->n_skills; i++) {
        struct files *files = &resources->skills[i];
        if (files->skill == skill) {
            json_t *annotations = hone_skill_status_annotations(skill);
            hone_catalog_annotate_resource(app->catalog, files->status_uri, annotations);
            json_decref(files->status_annotations);
            files->status_annotations = annotations;
            hone_subscriptions_resource_updated(app, hone_span_text(files->status_uri));
        }
    }
}
