/* Prompts: text, arguments with completion, a resource, an image, one that asks. */
#include "server/app_internal.h"
#include "server/conformance_internal.h"

static json_t *message_take(json_t *content)
{
    return json_pack("{s:s, s:o}", "role", "user", "content", content);
}

static json_t *text_message(const char *text)
{
    return message_take(hone_conformance_text_block(text));
}

static void simple_prompt(struct hone_exchange *exchange, const json_t *arguments,
                          void *owner)
{
    (void)arguments;
    (void)owner;
    hone_catalog_reply_prompt_take(
        exchange, NULL,
        json_pack("[o]", text_message("This is a simple prompt for testing.")));
}

static void prompt_with_arguments(struct hone_exchange *exchange, const json_t *arguments,
                                  void *owner)
{
    (void)owner;
    const char *text =
        hone_arena_format(&exchange->arena, "Prompt with arguments: arg1='%s', arg2='%s'",
                          json_string_value(json_object_get(arguments, "arg1")),
                          json_string_value(json_object_get(arguments, "arg2")));
    hone_catalog_reply_prompt_take(
        exchange, NULL,
        json_pack("[o]",
                  text_message(text != NULL ? text : "The arguments are too long")));
}

static void prompt_with_resource(struct hone_exchange *exchange, const json_t *arguments,
                                 void *owner)
{
    (void)owner;
    json_t *block =
        json_pack("{s:s, s:{s:O, s:s, s:s}}", "type", "resource", "resource", "uri",
                  json_object_get(arguments, "resourceUri"), "mimeType", "text/plain",
                  "text", "Embedded resource content for testing.");
    hone_catalog_reply_prompt_take(
        exchange, NULL,
        json_pack("[o, o]", message_take(block),
                  text_message("Please process the embedded resource above.")));
}

static void prompt_with_image(struct hone_exchange *exchange, const json_t *arguments,
                              void *owner)
{
    (void)arguments;
    (void)owner;
    json_t *block = json_pack("{s:s, s:s, s:s}", "type", "image", "data",
                              hone_conformance_png, "mimeType", "image/png");
    hone_catalog_reply_prompt_take(
        exchange, NULL,
        json_pack("[o, o]", message_take(block),
                  text_message("Please analyze the image above.")));
}

static void prompt_that_asks(struct hone_exchange *exchange, const json_t *arguments,
                             void *owner)
{
    static const char form[] =
        "{\"user_context\":{\"method\":\"elicitation/create\",\"params\":{"
        "\"message\":\"What context should the prompt use?\",\"requestedSchema\":"
        "{\"type\":\"object\",\"properties\":{\"context\":{\"type\":\"string\"}},"
        "\"required\":[\"context\"]}}}}";
    (void)arguments;
    (void)owner;
    if (hone_conformance_inputs_gather(exchange, form, NULL)) {
        hone_catalog_reply_prompt_take(
            exchange, NULL,
            json_pack("[o]", text_message(hone_conformance_inputs_text(
                                 exchange, "user_context", "context"))));
    }
}

/* Words for any argument. */
static void complete(struct hone_exchange *exchange, struct hone_span argument,
                     struct hone_span typed, json_t *values, void *owner)
{
    static const char *const words[] = {"paris", "park", "party", "test"};
    (void)exchange;
    (void)argument;
    (void)owner;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) >= typed.len &&
            hone_span_equal(hone_span_of(words[i], typed.len), typed)) {
            (void)json_array_append_new(values, json_string(words[i]));
        }
    }
}

static const struct hone_mcp_prompt_argument two_arguments[] = {
    {.name = "arg1", .description = "The first argument", .required = true},
    {.name = "arg2", .description = "The second argument", .required = true},
};

static const struct hone_mcp_prompt_argument uri_argument[] = {
    {.name = "resourceUri", .description = "The resource to embed", .required = true},
};

/* Sorted by name. */
static const struct hone_prompt prompts[] = {
    {.shown = {.name = "test_input_required_result_prompt",
               .description = "Asks for its context."},
     .get = prompt_that_asks},
    {.shown = {.name = "test_prompt_with_arguments",
               .description = "Repeats its arguments.",
               .arguments = two_arguments,
               .n_arguments = 2},
     .get = prompt_with_arguments,
     .complete = complete},
    {.shown = {.name = "test_prompt_with_embedded_resource",
               .description = "Embeds a resource.",
               .arguments = uri_argument,
               .n_arguments = 1},
     .get = prompt_with_resource},
    {.shown = {.name = "test_prompt_with_image", .description = "Shows an image."},
     .get = prompt_with_image},
    {.shown = {.name = "test_simple_prompt", .description = "A text."},
     .get = simple_prompt},
};

int hone_conformance_prompts_add(struct hone_conformance *conformance,
                                 struct hone_error *err)
{
    for (size_t i = 0; i < sizeof(prompts) / sizeof(prompts[0]); i++) {
        int status = hone_catalog_add_prompt(conformance->app->catalog, &prompts[i], err);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}
