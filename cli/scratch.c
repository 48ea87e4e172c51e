#include "cli/scratch.h"

#include "base/alloc.h"
#include "server/config.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#define OPEN_FOLDERS_MAX 16

int hone_scratch_create(char **out, struct hone_error *err)
{
    const char *base = hone_config_environment("TMPDIR");
    char *path = hone_alloc_format("%s/hone-XXXXXX",
                                   base != NULL && base[0] != '\0' ? base : "/tmp");
    if (mkdtemp(path) == NULL) {
        int code =
            hone_error_set_errno(err, errno, "cannot make a temporary folder (%s)", path);
        free(path);
        return code;
    }
    *out = path;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *position)
{
    (void)status;
    (void)type;
    (void)position;
    (void)remove(path);
    return 0;
}

void hone_scratch_remove(const char *path)
{
    if (path != NULL) {
        (void)nftw(path, remove_entry, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS);
    }
}
