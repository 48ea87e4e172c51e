#include "cli/command.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/demo.h"
#include "cli/place.h"
#include "cli/scratch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_SKILL "triage"
#define LIMIT_MAX     1000000

/* Where the examples lie, seen from the program's folder: a build folder of the source
 * tree (build/PRESET) or an installation (bin). */
static const char *const example_folders[] = {"../../examples", "../share/hone/examples"};

static void add_examples(struct hone_config *config)
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash = NULL;
    if (len > 0) {
        program[len] = '\0';
        slash = strrchr(program, '/');
    }
    if (slash == NULL) {
        return;
    }
    *slash = '\0';
    for (size_t i = 0; i < sizeof example_folders / sizeof *example_folders; i++) {
        char *folder = hone_alloc_format("%s/%s", program, example_folders[i]);
        char *real = realpath(folder, NULL);
        free(folder);
        if (real != NULL && hone_file_is_folder(real)) {
            config->skills[config->n_skills++] = real;
            return;
        }
        free(real);
    }
}

/* *scratch is the temporary data folder, to remove at the end; NULL when
 * one was named. */
static int prepare(struct hone_config *config, const struct hone_arguments *arguments,
                   char **scratch, struct hone_error *err)
{
    int code = hone_place_read(config, arguments, err);
    if (code == 0 && config->n_skills == 0) {
        add_examples(config);
    }
    if (code == 0 && config->data == NULL) {
        code = hone_scratch_create(scratch, err);
        if (code == 0) {
            config->data = hone_alloc_text(*scratch);
        }
    }
    return code == 0 ? hone_config_finalize(config, err) : code;
}

int hone_command_demo(const struct hone_command_input *input)
{
    const struct hone_arguments *arguments = input->arguments;
    struct hone_config config;
    struct hone_error err;
    char *scratch = NULL;
    long limit = 0;
    hone_config_init(&config);
    int code = hone_arguments_check_words(arguments, 0, 1, input->usage, &err);
    if (code == 0) {
        int given =
            hone_arguments_integer(&limit, arguments, "limit", 1, LIMIT_MAX, &err);
        code = given < 0 ? given : 0;
    }
    if (code == 0) {
        hone_config_finish(&config);
        code = prepare(&config, arguments, &scratch, &err);
    }
    if (code == 0) {
        struct hone_demo_options options = {
            .skill = arguments->n_words == 1 ? arguments->words[0] : DEFAULT_SKILL,
            .skills = config.skills,
            .n_skills = config.n_skills,
            .data = config.data,
            .url = hone_arguments_value(arguments, "url"),
            .once = hone_arguments_flag(arguments, "once"),
            .limit = (size_t)limit,
        };
        code = hone_demo_run(&options, input->output, &err);
    }
    hone_scratch_remove(scratch);
    free(scratch);
    hone_config_finish(&config);
    return code == 0 ? HONE_OUTPUT_OK
                     : hone_output_fail(input->output, hone_output_exit_code(code), &err);
}
