#include "server/inputs_check.h"

#include "schema/json.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stdint.h>

static int refuse(struct hone_error *err, const char *what)
{
    return hone_error_set(err, HONE_E_INVALID, "%s", what);
}

/* ---- elicitation/create ---- */

static bool is_text_list(const json_t *value)
{
    size_t i;
    const json_t *item;
    json_array_foreach(value, i, item)
    {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return json_is_array(value);
}

static bool is_form_value(const json_t *value)
{
    return json_is_string(value) || json_is_number(value) || json_is_boolean(value) ||
           is_text_list(value);
}

static int check_content_shape(const json_t *content, struct hone_error *err)
{
    const char *key;
    const json_t *value;
    if (content != NULL && !json_is_object(content)) {
        return refuse(err, "content must be an object");
    }
    json_object_foreach((json_t *)(uintptr_t)content, key, value)
    {
        if (!is_form_value(value)) {
            return refuse(err, "values of content must be strings, numbers, booleans or "
                               "lists of strings");
        }
    }
    return 0;
}

static int check_content(const json_t *schema, const json_t *content,
                         struct hone_error *err)
{
    struct hone_schema *compiled = NULL;
    int code = hone_schema_compile(&compiled, schema, err);
    if (code == 0) {
        json_t *nothing = json_object(); /* an empty form may come without content */
        code =
            hone_schema_check(compiled, content != NULL ? content : nothing, NULL, err);
        json_decref(nothing);
    }
    hone_schema_destroy(compiled);
    if (code != 0) {
        hone_error_prefix(err, "content");
        return HONE_E_INVALID;
    }
    return 0;
}

static int check_elicitation(const json_t *params, const json_t *answer,
                             struct hone_error *err)
{
    struct hone_span action = hone_json_text(answer, "action");
    const json_t *content = json_object_get(answer, "content");
    const json_t *schema = json_object_get(params, "requestedSchema");
    bool accepted = hone_span_is(action, "accept");
    if (!accepted && !hone_span_is(action, "decline") &&
        !hone_span_is(action, "cancel")) {
        return refuse(err, "action must be accept, decline or cancel");
    }
    int code = check_content_shape(content, err);
    return code == 0 && accepted && schema != NULL ? check_content(schema, content, err)
                                                   : code;
}

/* ---- sampling/createMessage, roots/list ---- */

static int check_sampling(const json_t *answer, struct hone_error *err)
{
    struct hone_span role = hone_json_text(answer, "role");
    const json_t *content = json_object_get(answer, "content");
    if (!hone_span_is(role, "assistant") && !hone_span_is(role, "user")) {
        return refuse(err, "role must be assistant or user");
    }
    if (!json_is_object(content) && !json_is_array(content)) {
        return refuse(err, "content must be a content block or a list of them");
    }
    return json_is_string(json_object_get(answer, "model"))
               ? 0
               : refuse(err, "model must be a string");
}

static int check_roots(const json_t *answer, struct hone_error *err)
{
    size_t i;
    const json_t *root;
    const json_t *roots = json_object_get(answer, "roots");
    if (!json_is_array(roots)) {
        return refuse(err, "roots must be a list");
    }
    json_array_foreach(roots, i, root)
    {
        if (!json_is_string(json_object_get(root, "uri"))) {
            return refuse(err, "each of roots must have a uri");
        }
    }
    return 0;
}

int hone_inputs_check(const json_t *request, const json_t *answer, struct hone_error *err)
{
    struct hone_span method = hone_json_text(request, "method");
    const json_t *params = json_object_get(request, "params");
    if (!json_is_object(answer)) {
        return refuse(err, "it must be an object");
    }
    if (hone_span_is(method, "elicitation/create") ||
        (request == NULL && json_object_get(answer, "action") != NULL)) {
        return check_elicitation(params, answer, err);
    }
    if (hone_span_is(method, "sampling/createMessage")) {
        return check_sampling(answer, err);
    }
    return hone_span_is(method, "roots/list") ? check_roots(answer, err) : 0;
}
