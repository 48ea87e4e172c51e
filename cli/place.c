#include "cli/place.h"

#include "base/alloc.h"
#include "cli/client.h"
#include "server/app.h"

#include <dirent.h>
#include <stdlib.h>

char *hone_place_state_folder(void)
{
    const char *state = hone_config_environment("XDG_STATE_HOME");
    const char *home = hone_config_environment("HOME");
    /* A relative XDG path is to be ignored, says its specification. */
    if (state != NULL && state[0] == '/') {
        return hone_alloc_format("%s/hone", state);
    }
    return home != NULL ? hone_alloc_format("%s/.local/state/hone", home) : NULL;
}

static bool is_running(const char *data_folder)
{
    struct hone_client *client = NULL;
    char *path = hone_app_control_path(data_folder);
    int code = hone_client_connect(&client, path, NULL);
    hone_client_destroy(client);
    free(path);
    return code == 0;
}

int hone_place_count_running(const char *folder, char **found)
{
    int n = 0;
    DIR *listing = opendir(folder);
    *found = NULL;
    if (listing == NULL) {
        return 0;
    }
    for (const struct dirent *entry = readdir(listing); entry != NULL;
         entry = readdir(listing)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char *data_folder = hone_alloc_format("%s/%s", folder, entry->d_name);
        if (is_running(data_folder)) {
            n++;
            free(*found);
            *found = data_folder;
        } else {
            free(data_folder);
        }
    }
    closedir(listing);
    return n;
}

static int find_running(struct hone_config *config, struct hone_error *err)
{
    char *state = hone_place_state_folder();
    char *found = NULL;
    int n = state != NULL ? hone_place_count_running(state, &found) : 0;
    int code = 0;
    if (n == 1) {
        config->data = found;
        found = NULL;
    } else if (n == 0) {
        code = hone_error_set(
            err, HONE_E_NOT_FOUND,
            "no skills and no data folder are named, and no server is running");
        (void)hone_error_hint(
            err, "say where: --skills DIR or --data DIR, or write hone.yaml");
    } else {
        code = hone_error_set(err, HONE_E_NOT_FOUND,
                              "%d servers are running below %s; which one is meant?", n,
                              state);
        (void)hone_error_hint(
            err, "say which: --data DIR, or the --skills DIR that it serves");
    }
    free(found);
    free(state);
    return code;
}

int hone_place_read(struct hone_config *config, const struct hone_arguments *arguments,
                    struct hone_error *err)
{
    const char **rest =
        hone_alloc_zeroed((size_t)arguments->n_settings + 1, sizeof *rest);
    int n_rest = 0;
    hone_config_init(config);
    int code = hone_config_read(config, arguments->n_settings, arguments->settings, 0,
                                rest, &n_rest, err);
    free(rest);
    return code;
}

int hone_place_find(struct hone_config *config, const struct hone_arguments *arguments,
                    struct hone_error *err)
{
    int code = hone_place_read(config, arguments, err);
    if (code == 0 && config->data == NULL && config->n_skills == 0) {
        code = find_running(config, err);
    }
    return code == 0 ? hone_config_finalize(config, err) : code;
}
