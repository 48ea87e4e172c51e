#include "cli/scratch.h"

#include "base/alloc.h"
#include "base/file.h"
#include "server/config.h"

#include <errno.h>
#include <stdlib.h>

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

void hone_scratch_remove(const char *path)
{
    if (path != NULL) {
        hone_file_remove_tree(path);
    }
}
