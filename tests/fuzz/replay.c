/* Runs a fuzz target over every file of the folders or files named on the command line,
 * so that the corpora are ordinary tests under any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *data = NULL;
    size_t len = 0, n = 0;
    do {
        data = realloc(data, len + 65536);
        n = data != NULL ? fread(data + len, 1, 65536, file) : 0;
        len += n;
    } while (n > 0);
    fclose(file);
    (void)LLVMFuzzerTestOneInput(data, len);
    free(data);
    return 0;
}

static int replay_folder(const char *path, size_t *n_files)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        perror(path);
        return 1;
    }
    int failed = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char file[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        failed |= replay_file(file);
        *n_files += 1;
    }
    closedir(folder);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    size_t n_files = 0;
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            failed |= replay_folder(argv[i], &n_files);
        } else {
            failed |= replay_file(argv[i]);
            n_files += 1;
        }
    }
    printf("%zu inputs replayed\n", n_files);
    return failed || n_files == 0 ? 1 : 0;
}
