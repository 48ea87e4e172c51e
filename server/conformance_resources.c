/* Resources: a text, an image, one that changes, and a family of them. */
#include "base/base64.h"
#include "base/check.h"
#include "server/app_internal.h"
#include "server/conformance_internal.h"

#define IMAGE_BYTES_MAX 256

static void read_text(struct hone_exchange *exchange, struct hone_span uri, void *owner)
{
    (void)owner;
    hone_catalog_reply_text(
        exchange, uri, "text/plain",
        hone_span_text("This is the content of the static text resource."));
}

static void read_image(struct hone_exchange *exchange, struct hone_span uri, void *owner)
{
    struct hone_buf bytes;
    (void)owner;
    hone_buf_init(&bytes, IMAGE_BYTES_MAX);
    HONE_INVARIANT(hone_base64_parse(&bytes, hone_span_text(hone_conformance_png),
                                     HONE_BASE64_PADDED) == 0);
    hone_catalog_reply_blob(exchange, uri, "image/png", hone_buf_span(&bytes));
    hone_buf_finish(&bytes);
}

static void read_watched(struct hone_exchange *exchange, struct hone_span uri,
                         void *owner)
{
    const struct hone_conformance *conformance = owner;
    const char *text =
        hone_arena_format(&exchange->arena, "The watched resource has changed %u times.",
                          conformance->n_changes);
    hone_catalog_reply_text(exchange, uri, "text/plain", hone_span_text(text));
}

#define TEMPLATE_BEGIN "test://template/"
#define TEMPLATE_END   "/data"

/* The variable's value; what it is between was matched already. */
static struct hone_span id_of(struct hone_span uri)
{
    size_t around = sizeof(TEMPLATE_BEGIN) - 1 + sizeof(TEMPLATE_END) - 1;
    return uri.len >= around
               ? hone_span_of(uri.data + sizeof(TEMPLATE_BEGIN) - 1, uri.len - around)
               : hone_span_of(NULL, 0);
}

static void read_template(struct hone_exchange *exchange, struct hone_span uri,
                          void *owner)
{
    struct hone_span id = id_of(uri);
    (void)owner;
    json_t *data =
        json_pack("{s:s%, s:b, s:o}", "id", id.data, id.len, "templateTest", 1, "data",
                  json_sprintf("Data for ID: %.*s", (int)id.len, id.data));
    char *text = json_dumps(data, JSON_COMPACT);
    HONE_INVARIANT(text != NULL);
    hone_catalog_reply_text(exchange, uri, "application/json", hone_span_text(text));
    free(text);
    json_decref(data);
}

static void complete_id(struct hone_exchange *exchange, struct hone_span variable,
                        struct hone_span typed, json_t *values, void *owner)
{
    (void)exchange;
    (void)variable;
    (void)owner;
    if (typed.len <= 3 && hone_span_equal(hone_span_of("123", typed.len), typed)) {
        (void)json_array_append_new(values, json_string("123"));
    }
}

/* Sorted by URI. */
static const struct hone_resource resources[] = {
    {.shown = {.uri = "test://static-binary",
               .name = "static-binary",
               .description = "An image.",
               .mime_type = "image/png",
               .size_bytes = -1},
     .read = read_image},
    {.shown = {.uri = "test://static-text",
               .name = "static-text",
               .description = "A text.",
               .mime_type = "text/plain",
               .size_bytes = -1},
     .read = read_text},
    {.shown = {.uri = "test://watched-resource",
               .name = "watched-resource",
               .description = "Changes when test_trigger_resource_change is called.",
               .mime_type = "text/plain",
               .size_bytes = -1},
     .read = read_watched},
};

int hone_conformance_resources_add(struct hone_conformance *conformance,
                                   struct hone_error *err)
{
    static const struct hone_resource_template template = {
        .shown = {.uri_template = TEMPLATE_BEGIN "{id}" TEMPLATE_END,
                  .name = "template",
                  .description = "Data by its id.",
                  .mime_type = "application/json"},
        .read = read_template,
        .complete = complete_id,
    };
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        struct hone_resource resource = resources[i];
        resource.owner = conformance;
        int status = hone_catalog_add_resource(conformance->app->catalog, &resource, err);
        if (status != 0) {
            return status;
        }
    }
    return hone_catalog_add_template(conformance->app->catalog, &template, err);
}
