#include "server/hello.h"

#include "base/alloc.h"
#include "protocol/jsonrpc.h"
#include "schema/json.h"
#include "server/config_arguments.h"
#include "server/package_stamp.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELLO_ID "\"hone/hello\""
#define LEAVE_ID "\"hone/leave\""

static const char *const verdict_names[] = {"accepted", "refused", "outdated"};
#define N_VERDICTS (sizeof verdict_names / sizeof *verdict_names)

/* ---- the relay's side ---- */

static json_t *skills_json(const struct hone_config *config)
{
    json_t *skills = json_array();
    for (size_t i = 0; i < config->n_skills; i++) {
        (void)json_array_append_new(skills, json_string(config->skills[i]));
    }
    return skills;
}

static const struct transport {
    const char *name; /* of the option, and of its member in the greeting */
    size_t offset;    /* in struct hone_config */
    bool is_path;
    const char *lacks; /* what a process without it does not do */
} transports[] = {
    {"http", offsetof(struct hone_config, http), false, "serve HTTP at"},
    {"http_socket", offsetof(struct hone_config, http_socket), true,
     "serve HTTP at the socket"},
    {"socket", offsetof(struct hone_config, socket), true, "serve at the socket"},
    {"tcp", offsetof(struct hone_config, tcp), false, "serve TCP at"},
};
#define N_TRANSPORTS (sizeof transports / sizeof *transports)

/* The transports that a client relies on besides its own. */
static void add_transports(json_t *params, const struct hone_config *config)
{
    for (size_t i = 0; i < N_TRANSPORTS; i++) {
        const char *where = NULL;
        memcpy(&where, (const char *)config + transports[i].offset, sizeof where);
        if (where != NULL) {
            char *text = transports[i].is_path ? hone_config_arguments_absolute(where)
                                               : hone_alloc_text(where);
            (void)json_object_set_new(params, transports[i].name, json_string(text));
            free(text);
        }
    }
}

int hone_hello_write(struct hone_buf *out, const struct hone_config *config,
                     const char *build)
{
    char digest[HONE_DIGEST_TEXT_LEN + 1], packages[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(hone_config_arguments_digest(config), digest);
    hone_digest_format(hone_package_stamp_read(config), packages);
    json_t *params = json_pack("{s:s,s:s,s:s,s:o,s:i}", "build", build, "configuration",
                               digest, "packages", packages, "skills",
                               skills_json(config), "pid", (int)getpid());
    add_transports(params, config);
    int status = hone_jsonrpc_write_request(out, hone_span_text(HELLO_ID),
                                            HONE_HELLO_METHOD, params);
    json_decref(params);
    return status;
}

int hone_hello_write_leave(struct hone_buf *out)
{
    return hone_jsonrpc_write_request(out, hone_span_text(LEAVE_ID), HONE_HELLO_LEAVE,
                                      NULL);
}

int hone_hello_read_answer(enum hone_hello_verdict *verdict, long *pid,
                           struct hone_span line, struct hone_error *err)
{
    json_t *message = NULL;
    int status = hone_json_parse(&message, line, err);
    const json_t *result = json_object_get(message, "result");
    const char *name = json_string_value(json_object_get(result, "status"));
    size_t found = 0;
    while (name != NULL && found < N_VERDICTS &&
           strcmp(verdict_names[found], name) != 0) {
        found++;
    }
    if (status != 0 || name == NULL || found == N_VERDICTS) {
        status = hone_error_set(err, HONE_E_CORRUPT,
                                "the owner of the data folder answers "
                                "in a way that is not known here");
    } else {
        const char *reason = json_string_value(json_object_get(result, "reason"));
        const char *hint = json_string_value(json_object_get(result, "hint"));
        *verdict = (enum hone_hello_verdict)found;
        *pid = (long)json_integer_value(json_object_get(result, "pid"));
        if (*verdict == HONE_HELLO_REFUSED) {
            (void)hone_error_set(err, HONE_E_DENIED, "%s",
                                 reason != NULL ? reason : "the owner refuses");
            (void)hone_error_hint(err, "%s", hint != NULL ? hint : "");
        }
    }
    json_decref(message);
    return status;
}

/* ---- the owner's side ---- */

static bool has_skill(const struct hone_config *config, const char *folder)
{
    for (size_t i = 0; i < config->n_skills; i++) {
        if (folder != NULL && strcmp(config->skills[i], folder) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_same_skills(const struct hone_config *config, const json_t *skills)
{
    for (size_t i = 0; i < json_array_size(skills); i++) {
        if (!has_skill(config, json_string_value(json_array_get(skills, i)))) {
            return false;
        }
    }
    return json_array_size(skills) == config->n_skills;
}

/* The first transport that the relay's client relies on and that is not served. */
static const struct transport *find_lacking(const struct hone_config *config,
                                            const json_t *params)
{
    const struct transport *lacking = NULL;
    json_t *ours = json_object();
    add_transports(ours, config);
    for (size_t i = 0; i < N_TRANSPORTS && lacking == NULL; i++) {
        const json_t *wanted = json_object_get(params, transports[i].name);
        if (json_is_string(wanted) &&
            !json_equal(json_object_get(ours, transports[i].name), wanted)) {
            lacking = &transports[i];
        }
    }
    json_decref(ours);
    return lacking;
}

/* Why this relay's client would not get what it asks for; false when it would. */
static bool find_difference(const struct hone_hello_owner *owner, const json_t *params,
                            struct hone_error *err)
{
    const struct hone_config *config = owner->config;
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    const json_t *skills = json_object_get(params, "skills");
    const char *theirs = json_string_value(json_object_get(params, "configuration"));
    const struct transport *lacking = find_lacking(config, params);
    hone_digest_format(hone_config_arguments_digest(config), digest);
    if (json_array_size(skills) > 0 && !has_same_skills(config, skills)) {
        (void)hone_error_set(err, HONE_E_DENIED, "serves other skills from it: %s%s",
                             config->n_skills > 0 ? config->skills[0] : "none",
                             config->n_skills > 1 ? " and more" : "");
    } else if (json_array_size(skills) > 0 &&
               (theirs == NULL || strcmp(theirs, digest) != 0)) {
        (void)hone_error_set(err, HONE_E_DENIED,
                             "has another conformance, record_input_bytes (%lld) or "
                             "tools_list_max (%lld)",
                             (long long)config->record_input_bytes,
                             (long long)config->tools_list_max);
    } else if (lacking != NULL) {
        (void)hone_error_set(err, HONE_E_DENIED, "does not %s %s", lacking->lacks,
                             json_string_value(json_object_get(params, lacking->name)));
    } else {
        return false;
    }
    return true;
}

static bool is_outdated(const struct hone_hello_owner *owner, const json_t *params)
{
    char packages[HONE_DIGEST_TEXT_LEN + 1];
    const char *build = json_string_value(json_object_get(params, "build"));
    const char *theirs = json_string_value(json_object_get(params, "packages"));
    hone_digest_format(owner->packages, packages);
    return (build != NULL && hone_build_compare(build, owner->build) > 0) ||
           (json_array_size(json_object_get(params, "skills")) > 0 && theirs != NULL &&
            strcmp(theirs, packages) != 0);
}

enum hone_hello_verdict hone_hello_judge(const struct hone_hello_owner *owner,
                                         const json_t *params, struct hone_error *err)
{
    if (find_difference(owner, params, err)) {
        hone_error_prefix(err, "process %ld owns the data folder %s and", (long)getpid(),
                          owner->config->data);
        (void)hone_error_hint(err,
                              "name another data folder with --data DIR (with "
                              "--standalone, too), or none: then each set of skills "
                              "folders has its own; or stop that process: hone stop");
        return HONE_HELLO_REFUSED;
    }
    return owner->may_leave && is_outdated(owner, params) ? HONE_HELLO_OUTDATED
                                                          : HONE_HELLO_ACCEPTED;
}

int hone_hello_write_answer(struct hone_buf *out, struct hone_span id,
                            const struct hone_hello_owner *owner,
                            enum hone_hello_verdict verdict, const struct hone_error *err)
{
    json_t *result = json_pack("{s:s,s:s,s:i}", "status", verdict_names[verdict], "build",
                               owner->build, "pid", (int)getpid());
    if (verdict == HONE_HELLO_REFUSED) {
        (void)json_object_set_new(result, "reason", json_string(err->message));
        (void)json_object_set_new(result, "hint", json_string(err->hint));
    }
    int status = hone_jsonrpc_write_result(out, id, result);
    json_decref(result);
    return status;
}
