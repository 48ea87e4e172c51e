/* Tools that answer at once: each kind of content, an error, arguments of note. */
#include "base/text.h"
#include "schema/json.h"
#include "server/conformance_internal.h"

static json_t *image_block(void)
{
    return json_pack("{s:s, s:s, s:s}", "type", "image", "data", hone_conformance_png,
                     "mimeType", "image/png");
}

static json_t *resource_block(const char *uri, const char *mime_type, const char *text)
{
    return json_pack("{s:s, s:{s:s, s:s, s:s}}", "type", "resource", "resource", "uri",
                     uri, "mimeType", mime_type, "text", text);
}

static void simple_text(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    hone_conformance_reply_text(exchange, "This is a simple text response for testing.");
}

static void image_content(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    hone_conformance_reply_content_take(exchange, json_pack("[o]", image_block()));
}

static void audio_content(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    hone_conformance_reply_content_take(
        exchange, json_pack("[{s:s, s:s, s:s}]", "type", "audio", "data",
                            hone_conformance_wav, "mimeType", "audio/wav"));
}

static void embedded_resource(struct hone_exchange *exchange,
                              const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    hone_conformance_reply_content_take(
        exchange,
        json_pack("[o]", resource_block("test://embedded-resource", "text/plain",
                                        "This is an embedded resource content.")));
}

static void multiple_content_types(struct hone_exchange *exchange,
                                   const struct hone_mcp_tool_call *tool_call,
                                   void *owner)
{
    (void)tool_call;
    (void)owner;
    hone_conformance_reply_content_take(
        exchange,
        json_pack("[o, o, o]",
                  hone_conformance_text_block("Multiple content types test:"),
                  image_block(),
                  resource_block("test://mixed-content-resource", "application/json",
                                 "{\"test\":\"data\",\"value\":123}")));
}

static void error_handling(struct hone_exchange *exchange,
                           const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    hone_conformance_reply_error(exchange,
                                 "This tool intentionally returns an error for testing");
}

static void greet(struct hone_exchange *exchange,
                  const struct hone_mcp_tool_call *tool_call, void *owner)
{
    struct hone_span name = hone_json_text(tool_call->arguments, "name");
    (void)owner;
    hone_conformance_reply_text(exchange, "Hello, %.*s!", (int)name.len, name.data);
}

static void header_argument(struct hone_exchange *exchange,
                            const struct hone_mcp_tool_call *tool_call, void *owner)
{
    struct hone_span region = hone_json_text(tool_call->arguments, "region");
    (void)owner;
    hone_conformance_reply_text(exchange, "Region: %.*s", (int)region.len,
                                region.len > 0 ? region.data : "");
}

static void contact(struct hone_exchange *exchange,
                    const struct hone_mcp_tool_call *tool_call, void *owner)
{
    (void)tool_call;
    (void)owner;
    hone_conformance_reply_text(exchange, "The arguments fit the schema.");
}

#define CONTACT_SCHEMA                                                                   \
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\"," \
    "\"$defs\":{\"address\":{\"$anchor\":\"addressDef\",\"type\":\"object\","            \
    "\"properties\":{\"street\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"}}}}" \
    ","                                                                                  \
    "\"properties\":{\"name\":{\"type\":\"string\"},"                                    \
    "\"address\":{\"$ref\":\"#/$defs/address\"},"                                        \
    "\"contactMethod\":{\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},"            \
    "\"phone\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"}},"                  \
    "\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{\"required\":[\"email\"]}]}],"   \
    "\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},"                  \
    "\"required\":[\"contactMethod\"]},\"then\":{\"required\":[\"phone\"]},"             \
    "\"else\":{\"required\":[\"email\"]},\"additionalProperties\":false}"

#define REGION_SCHEMA                                                                    \
    "{\"type\":\"object\",\"properties\":{\"region\":{\"type\":\"string\","              \
    "\"description\":\"Where to go\",\"x-mcp-header\":\"Region\"}},"                     \
    "\"additionalProperties\":false}"

#define NAME_SCHEMA                                                                      \
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},"              \
    "\"required\":[\"name\"],\"additionalProperties\":false}"

/* Sorted by name. */
static const struct hone_conformance_tool tools[] = {
    {"greet", "Greets somebody.", NAME_SCHEMA, HONE_TOOL_TASKS_NEVER, greet},
    {"json_schema_2020_12_tool", "Takes arguments by a rich JSON Schema.", CONTACT_SCHEMA,
     HONE_TOOL_TASKS_NEVER, contact},
    {"test_audio_content", "Returns a sound.", NULL, HONE_TOOL_TASKS_NEVER,
     audio_content},
    {"test_embedded_resource", "Returns a resource.", NULL, HONE_TOOL_TASKS_NEVER,
     embedded_resource},
    {"test_error_handling", "Returns an error.", NULL, HONE_TOOL_TASKS_NEVER,
     error_handling},
    {"test_image_content", "Returns an image.", NULL, HONE_TOOL_TASKS_NEVER,
     image_content},
    {"test_multiple_content_types", "Returns text, an image and a resource.", NULL,
     HONE_TOOL_TASKS_NEVER, multiple_content_types},
    {"test_simple_text", "Returns a text.", NULL, HONE_TOOL_TASKS_NEVER, simple_text},
    {"test_x_mcp_header", "Takes an argument that HTTP clients repeat in a header.",
     REGION_SCHEMA, HONE_TOOL_TASKS_NEVER, header_argument},
};

int hone_conformance_content_add(struct hone_conformance *conformance,
                                 struct hone_error *err)
{
    return hone_conformance_add_tools(conformance, tools,
                                      sizeof(tools) / sizeof(tools[0]), err);
}
