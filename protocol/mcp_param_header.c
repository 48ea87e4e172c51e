/* The table is made once from the schema, when a tool is added; a call then looks at the
 * declared arguments only. */
#include "protocol/mcp_param_header.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "protocol/mcp_header.h"
#include "schema/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HTTP_BAD_REQUEST 400
#define PREFIX           "Mcp-Param-"
#define MARK             "x-mcp-header"
#define PRINTED_MAX      64 /* bytes of a peer's text that go into a message */
#define NUMBER_MAX       64 /* bytes of a number in a header */

struct param {
    char header[sizeof(PREFIX) + HONE_MCP_PARAM_HEADER_NAME];
    char *path[HONE_MCP_PARAM_HEADERS_DEPTH]; /* names of properties, from the root on */
    size_t n_path;
};

struct hone_mcp_param_headers {
    struct param *params;
    size_t n_params;
};

/* ---- making the table ---- */

/* Where in a schema the walk is. */
struct walk {
    struct hone_mcp_param_headers *table;
    const char *path[HONE_MCP_PARAM_HEADERS_DEPTH];
    size_t n_path;
    struct hone_error *err;
};

static bool is_token(const char *name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (const char *c = name; *c != '\0'; c++) {
        bool is_alnum = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= 'a' && *c <= 'z');
        if (!is_alnum && strchr(others, *c) == NULL) {
            return false;
        }
    }
    return name[0] != '\0';
}

static bool has_type(const json_t *schema)
{
    const char *type = json_string_value(json_object_get(schema, "type"));
    return type != NULL && (strcmp(type, "string") == 0 || strcmp(type, "integer") == 0 ||
                            strcmp(type, "boolean") == 0);
}

static const struct param *find_param(const struct hone_mcp_param_headers *table,
                                      const char *name)
{
    for (size_t i = 0; i < table->n_params; i++) {
        if (strcasecmp(table->params[i].header + sizeof(PREFIX) - 1, name) == 0) {
            return &table->params[i];
        }
    }
    return NULL;
}

static int check_mark(const struct walk *walk, const json_t *schema, const char *name)
{
    const char *property = walk->n_path > 0 ? walk->path[walk->n_path - 1] : "(root)";
    if (walk->n_path == 0) {
        return hone_error_set(walk->err, HONE_E_INVALID,
                              "\"" MARK "\" marks properties, not the schema itself");
    }
    if (name == NULL || !is_token(name)) {
        return hone_error_set(walk->err, HONE_E_INVALID,
                              "\"" MARK
                              "\" of %s must name a header: letters, digits and "
                              "hyphens",
                              property);
    }
    if (strlen(name) > HONE_MCP_PARAM_HEADER_NAME) {
        return hone_error_set(walk->err, HONE_E_LIMIT,
                              "\"" MARK "\" of %s is longer than %d bytes", property,
                              HONE_MCP_PARAM_HEADER_NAME);
    }
    if (!has_type(schema)) {
        return hone_error_set(walk->err, HONE_E_INVALID,
                              "%s has \"" MARK
                              "\", so its type must be string, integer or boolean",
                              property);
    }
    if (find_param(walk->table, name) != NULL) {
        return hone_error_set(walk->err, HONE_E_INVALID,
                              "\"" MARK "\": %s stands at two properties", name);
    }
    if (walk->table->n_params == HONE_MCP_PARAM_HEADERS_MAX) {
        return hone_error_set(walk->err, HONE_E_LIMIT, "more than %d \"" MARK "\"",
                              HONE_MCP_PARAM_HEADERS_MAX);
    }
    return 0;
}

static int add_param(struct walk *walk, const json_t *schema, const json_t *mark)
{
    struct hone_mcp_param_headers *table = walk->table;
    const char *name = json_string_value(mark);
    int code = check_mark(walk, schema, name);
    if (code != 0) {
        return code;
    }
    table->params =
        hone_alloc_resize(table->params, table->n_params + 1, sizeof(*table->params));
    struct param *param = &table->params[table->n_params++];
    memset(param, 0, sizeof(*param));
    (void)snprintf(param->header, sizeof(param->header), PREFIX "%s", name);
    for (size_t i = 0; i < walk->n_path; i++) {
        param->path[param->n_path++] = hone_alloc_text(walk->path[i]);
    }
    return 0;
}

/* Does any schema below, which no chain of `properties` reaches, carry the mark? What is
 * data and not a schema cannot. */
static bool has_stray(const json_t *value, bool is_schema)
{
    const char *key = NULL;
    size_t index = 0;
    json_t *member = NULL;
    json_array_foreach((json_t *)(uintptr_t)value, index, member)
    {
        if (has_stray(member, true)) {
            return true;
        }
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if (!is_schema) {
            if (has_stray(member, true)) {
                return true;
            }
            continue;
        }
        bool is_data = strcmp(key, "const") == 0 || strcmp(key, "enum") == 0 ||
                       strcmp(key, "default") == 0 || strcmp(key, "examples") == 0;
        bool is_map = strcmp(key, "properties") == 0 || strcmp(key, "$defs") == 0 ||
                      strcmp(key, "definitions") == 0 ||
                      strcmp(key, "patternProperties") == 0 ||
                      strcmp(key, "dependentSchemas") == 0;
        if (strcmp(key, MARK) == 0 || (!is_data && has_stray(member, !is_map))) {
            return true;
        }
    }
    return false;
}

static int walk_schema(struct walk *walk, const json_t *schema);

static int walk_properties(struct walk *walk, const json_t *properties)
{
    const char *name = NULL;
    json_t *schema = NULL;
    json_object_foreach((json_t *)(uintptr_t)properties, name, schema)
    {
        if (walk->n_path == HONE_MCP_PARAM_HEADERS_DEPTH) {
            return has_stray(properties, false)
                       ? hone_error_set(walk->err, HONE_E_LIMIT,
                                        "\"" MARK "\" is nested deeper than %d",
                                        HONE_MCP_PARAM_HEADERS_DEPTH)
                       : 0;
        }
        walk->path[walk->n_path++] = name;
        int code = walk_schema(walk, schema);
        walk->n_path -= 1;
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* The schema without what the walk sees itself. */
static bool has_stray_beside(const json_t *schema)
{
    json_t *rest = json_copy((json_t *)(uintptr_t)schema);
    (void)json_object_del(rest, "properties");
    (void)json_object_del(rest, MARK);
    bool found = has_stray(rest, true);
    json_decref(rest);
    return found;
}

static int walk_schema(struct walk *walk, const json_t *schema)
{
    if (!json_is_object(schema)) {
        return 0; /* true and false are schemas too */
    }
    const json_t *mark = json_object_get(schema, MARK);
    int code = mark != NULL ? add_param(walk, schema, mark) : 0;
    if (code == 0 && has_stray_beside(schema)) {
        return hone_error_set(walk->err, HONE_E_INVALID,
                              "\"" MARK "\" stands where no chain of properties leads");
    }
    return code == 0 ? walk_properties(walk, json_object_get(schema, "properties"))
                     : code;
}

int hone_mcp_param_header_create(struct hone_mcp_param_headers **out,
                                 const json_t *input_schema, struct hone_error *err)
{
    struct hone_mcp_param_headers *table = hone_alloc_zeroed(1, sizeof(*table));
    struct walk walk = {.table = table, .err = err};
    int code = walk_schema(&walk, input_schema);
    if (code != 0 || table->n_params == 0) {
        hone_mcp_param_header_destroy(table);
        table = NULL;
    }
    if (code == 0) {
        *out = table;
    }
    return code;
}

void hone_mcp_param_header_destroy(struct hone_mcp_param_headers *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->n_params; i++) {
        for (size_t at = 0; at < table->params[i].n_path; at++) {
            free(table->params[i].path[at]);
        }
    }
    free(table->params);
    free(table);
}

/* ---- checking a call ---- */

static const json_t *find_argument(const struct param *param, const json_t *arguments)
{
    const json_t *value = arguments;
    for (size_t i = 0; i < param->n_path; i++) {
        value = json_object_get(value, param->path[i]);
    }
    return json_is_null(value) ? NULL : value;
}

/* What a header may hold: visible ASCII, space and tab. */
static bool is_plain(struct hone_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if ((c < 0x20 && c != '\t') || c > 0x7e) {
            return false;
        }
    }
    return true;
}

/* 42, 42.0 and 4.2e1 are one number. */
static bool is_same_number(struct hone_span text, const json_t *number)
{
    json_t *parsed = NULL;
    struct hone_error err;
    if (text.len > NUMBER_MAX || hone_json_parse(&parsed, text, &err) != 0) {
        return false;
    }
    bool same = false;
    if (json_is_integer(parsed) && json_is_integer(number)) {
        same = json_integer_value(parsed) == json_integer_value(number);
    } else if (json_is_number(parsed)) {
        same = !(json_number_value(parsed) < json_number_value(number)) &&
               !(json_number_value(parsed) > json_number_value(number));
    }
    json_decref(parsed);
    return same;
}

static bool is_same(struct hone_span text, const json_t *argument)
{
    switch (json_typeof(argument)) {
    case JSON_STRING:
        return hone_span_equal(text, hone_span_of(json_string_value(argument),
                                                  json_string_length(argument)));
    case JSON_INTEGER:
    case JSON_REAL:
        return is_same_number(text, argument);
    case JSON_TRUE:
        return hone_span_is(text, "true");
    case JSON_FALSE:
        return hone_span_is(text, "false");
    default:
        return false;
    }
}

static int refuse(struct hone_jsonrpc_problem *problem, const struct param *param,
                  const char *what)
{
    hone_jsonrpc_problem_set(problem, HONE_RPC_HEADER_MISMATCH, HTTP_BAD_REQUEST,
                             "header mismatch: %s %s", param->header, what);
    return -1;
}

static int compare(const struct param *param, struct hone_span sent,
                   const json_t *argument, struct hone_jsonrpc_problem *problem)
{
    struct hone_buf decoded;
    int result = 0;
    if (!is_plain(sent)) {
        return refuse(problem, param, "holds bytes that a header may not hold");
    }
    hone_buf_init(&decoded, sent.len + 1);
    if (hone_mcp_header_decode(&decoded, sent) != 0) {
        result = refuse(problem, param, "is not valid base64 between its markers");
    } else if (!is_same(hone_buf_span(&decoded), argument)) {
        char what[PRINTED_MAX + 64];
        (void)snprintf(what, sizeof(what),
                       "is \"%.*s\" but the argument in the body differs",
                       (int)(sent.len < PRINTED_MAX ? sent.len : PRINTED_MAX), sent.data);
        result = refuse(problem, param, what);
    }
    hone_buf_finish(&decoded);
    return result;
}

int hone_mcp_param_header_check(const struct hone_mcp_param_headers *table,
                                const json_t *arguments,
                                const struct hone_mcp_headers *headers,
                                struct hone_jsonrpc_problem *problem)
{
    if (table == NULL || headers == NULL || headers->find == NULL) {
        return 0;
    }
    for (size_t i = 0; i < table->n_params; i++) {
        const struct param *param = &table->params[i];
        const json_t *argument = find_argument(param, arguments);
        struct hone_span sent = headers->find(headers->owner, param->header);
        int code = 0;
        if (sent.data == NULL) {
            code = argument != NULL ? refuse(problem, param, "is missing") : 0;
        } else if (argument == NULL) {
            code = refuse(problem, param, "is there but the argument is not");
        } else {
            code = compare(param, sent, argument, problem);
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}
