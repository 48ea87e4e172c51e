#include "server/config_file.h"

#include "base/alloc.h"
#include "base/file.h"
#include "skills/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 4096

/* The path as seen from the file's folder. */
static void place(const char *file, const char *path, char out[VALUE_MAX])
{
    const char *slash = strrchr(file, '/');
    if (path[0] == '/' || slash == NULL) {
        (void)snprintf(out, VALUE_MAX, "%s", path);
    } else {
        (void)snprintf(out, VALUE_MAX, "%.*s/%s", (int)(slash - file), file, path);
    }
}

static bool is_path(const struct hone_option *option)
{
    return option->value != NULL &&
           (strcmp(option->value, "DIR") == 0 || strcmp(option->value, "PATH") == 0);
}

static int set_scalar(struct hone_config *config, const struct hone_option *option,
                      const json_t *value, const char *file, struct hone_error *err)
{
    char text[VALUE_MAX];
    if (json_is_string(value) && is_path(option)) {
        place(file, json_string_value(value), text);
    } else if (json_is_string(value)) {
        (void)snprintf(text, sizeof(text), "%s", json_string_value(value));
    } else if (json_is_integer(value)) {
        (void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    } else if (json_is_boolean(value)) {
        (void)snprintf(text, sizeof(text), "%s", json_is_true(value) ? "true" : "false");
    } else {
        return hone_error_set(err, HONE_E_INVALID, "%s cannot have this value",
                              option->name);
    }
    return hone_config_set(config, option, text, err);
}

static int set_value(struct hone_config *config, const struct hone_option *option,
                     const json_t *value, const char *file, struct hone_error *err)
{
    if (option->type != HONE_OPTION_LIST || !json_is_array(value)) {
        return set_scalar(config, option, value, file, err);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        int status = set_scalar(config, option, json_array_get(value, i), file, err);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

static int set_member(struct hone_config *config, const char *key, const json_t *value,
                      const char *file, struct hone_error *err)
{
    const struct hone_option *option = hone_config_find(key, strlen(key));
    if (option == NULL || strcmp(option->name, "config") == 0) {
        const char *nearest = hone_config_nearest(key);
        (void)hone_error_set(err, HONE_E_INVALID, "unknown option %s", key);
        if (nearest != NULL) {
            (void)hone_error_hint(err, "did you mean %s?", nearest);
        }
        return HONE_E_INVALID;
    }
    return set_value(config, option, value, file, err);
}

/* "retention: {calls_days: 30}" says the same as "retention_calls_days: 30". */
static int set_group(struct hone_config *config, const char *group, json_t *members,
                     const char *file, struct hone_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    int status = 0;
    json_object_foreach(members, key, value)
    {
        char *name = hone_alloc_format("%s_%s", group, key);
        status = set_member(config, name, value, file, err);
        free(name);
        if (status != 0) {
            break;
        }
    }
    return status;
}

static int set_all(struct hone_config *config, json_t *root,
                   const struct hone_yaml_lines *lines, const char *file,
                   struct hone_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    if (!json_is_object(root)) {
        return hone_error_set(err, HONE_E_INVALID, "%s: must be a mapping of options",
                              file);
    }
    json_object_foreach(root, key, value)
    {
        int status = json_is_object(value) && hone_config_find(key, strlen(key)) == NULL
                         ? set_group(config, key, value, file, err)
                         : set_member(config, key, value, file, err);
        if (status != 0) {
            char pointer[VALUE_MAX];
            (void)snprintf(pointer, sizeof(pointer), "/%s", key);
            hone_error_prefix(err, "%s:%d", file, hone_yaml_line(lines, pointer));
            return status;
        }
    }
    return 0;
}

int hone_config_file_read(struct hone_config *config, const char *path,
                          struct hone_error *err)
{
    char *text = NULL;
    size_t len = 0;
    json_t *root = NULL;
    struct hone_yaml_lines *lines = NULL;
    int status = hone_file_read(&text, &len, path, HONE_YAML_BYTES_MAX, err);
    if (status != 0) {
        goto out;
    }
    status = hone_yaml_parse(&root, &lines, hone_span_of(text, len), path, 1, err);
    if (status != 0) {
        goto out;
    }
    status = set_all(config, root, lines, path, err);
out:
    hone_yaml_lines_destroy(lines);
    json_decref(root);
    free(text);
    return status;
}
