#include "cli/command.h"

#include "cli/place.h"
#include "skills/kind.h"
#include "skills/registry.h"

#include <string.h>

/* A folder without any package is a failure like a broken package. */
static int load(struct hone_registry *registry, struct hone_output *output,
                json_t *failures, const char *folder)
{
    struct hone_error err;
    int code = hone_registry_load(registry, folder, &err);
    if (code == 0) {
        return HONE_OUTPUT_OK;
    }
    json_array_append_new(
        failures, json_pack("{s:s, s:s}", "folder", folder, "message", err.message));
    if (!output->json) {
        (void)hone_output_fail(output, HONE_OUTPUT_USAGE, &err);
    }
    return hone_output_exit_code(code);
}

static void report_failures(const struct hone_registry *registry,
                            struct hone_output *output, json_t *failures)
{
    for (size_t i = 0; i < hone_registry_n_failures(registry); i++) {
        const struct hone_registry_failure *failure = hone_registry_failure(registry, i);
        json_t *entry = json_pack("{s:s, s:s}", "folder", failure->folder, "message",
                                  failure->error.message);
        if (failure->error.hint[0] != '\0') {
            json_object_set_new(entry, "hint", json_string(failure->error.hint));
        }
        json_array_append_new(failures, entry);
        if (!output->json) {
            (void)hone_output_fail(output, HONE_OUTPUT_USAGE, &failure->error);
        }
    }
}

static json_t *report_skills(const struct hone_registry *registry,
                             struct hone_output *output)
{
    json_t *skills = json_array();
    for (size_t i = 0; i < hone_registry_n(registry); i++) {
        const struct hone_package *package = hone_registry_at(registry, i)->package;
        json_array_append_new(
            skills, json_pack("{s:s, s:s, s:s, s:I}", "name", package->name, "kind",
                              package->kind->name, "folder", package->folder, "labels",
                              (json_int_t)package->n_labels));
        if (!output->json) {
            (void)fprintf(output->data, "ok  %s  %s", package->name, package->kind->name);
            if (package->n_labels > 0) {
                (void)fprintf(output->data, "  %zu %s", package->n_labels,
                              strcmp(package->kind->name, "rank") == 0 ? "candidates"
                                                                       : "labels");
            }
            (void)fprintf(output->data, "  %s\n", package->folder);
        }
    }
    return skills;
}

static int validate(struct hone_output *output, char *const *folders, size_t n_folders)
{
    struct hone_registry *registry = hone_registry_create();
    json_t *failures = json_array();
    int exit_code = HONE_OUTPUT_OK;
    for (size_t i = 0; i < n_folders; i++) {
        int one = load(registry, output, failures, folders[i]);
        exit_code = one != HONE_OUTPUT_OK ? one : exit_code;
    }
    json_t *skills = report_skills(registry, output);
    report_failures(registry, output, failures);
    if (hone_registry_n_failures(registry) > 0) {
        exit_code = HONE_OUTPUT_USAGE;
    }
    json_t *document = json_pack("{s:o, s:o}", "skills", skills, "failures", failures);
    if (output->json) {
        hone_output_json(output, document);
    }
    json_decref(document);
    hone_registry_destroy(registry);
    return exit_code;
}

static int validate_configured(const struct hone_command_input *input)
{
    struct hone_config config;
    struct hone_error err;
    int exit_code = HONE_OUTPUT_OK;
    int code = hone_place_find(&config, input->arguments, &err);
    if (code == 0 && config.n_skills == 0) {
        code = hone_error_set(&err, HONE_E_NOT_FOUND, "no skills folder is named");
        (void)hone_error_hint(&err, "usage: %s", input->usage);
    }
    if (code != 0) {
        exit_code = hone_output_fail(input->output, hone_output_exit_code(code), &err);
    } else {
        exit_code = validate(input->output, config.skills, config.n_skills);
    }
    hone_config_finish(&config);
    return exit_code;
}

int hone_command_validate(const struct hone_command_input *input)
{
    if (input->arguments->n_words == 0) {
        return validate_configured(input);
    }
    return validate(input->output, input->arguments->words,
                    (size_t)input->arguments->n_words);
}
