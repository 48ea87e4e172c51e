/* fuzz: store - the manifest of a backup. Paths that are accepted stay inside the folder. */
#include "store/backup_manifest.h"

#include "base/check.h"

#include <string.h>

#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err = {0};
    struct hone_arena arena;
    struct hone_backup_manifest manifest = {0};
    hone_arena_init(&arena, ARENA_BYTES);
    int rc = hone_backup_manifest_parse(&manifest, hone_span_of((const char *)data, size),
                                        &arena, &err);
    HONE_INVARIANT(rc == 0 || (err.code == rc && err.message[0] != '\0'));
    for (size_t i = 0; i < manifest.n_files; i++) {
        const char *path = manifest.files[i].path;
        HONE_INVARIANT(path[0] != '/' && strstr(path, "..") == NULL);
    }
    hone_arena_finish(&arena);
    return 0;
}
