#include "server/secret_file.h"

#include "base/alloc.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME      "secret"
#define FILE_MODE      0600
#define FILE_BYTES_MAX 4096

static int make(struct hone_secret_key *out, const char *path, struct hone_error *err)
{
    struct hone_secret_key key = hone_secret_make_key();
    struct hone_span bytes = hone_span_of((const char *)key.bytes, sizeof(key.bytes));
    int code = hone_file_write(path, bytes, FILE_MODE, err);
    if (code == 0) {
        *out = key;
    }
    hone_secret_wipe(&key, sizeof(key));
    return code;
}

static int take(struct hone_secret_key *out, struct hone_span bytes, const char *path,
                struct hone_error *err)
{
    if (bytes.len != sizeof(out->bytes)) {
        hone_error_set(err, HONE_E_CORRUPT, "%s is not a key of %zu bytes", path,
                       sizeof(out->bytes));
        hone_error_hint(err, "remove it: a new one is made, and clients that were asked "
                             "something are asked again");
        return HONE_E_CORRUPT;
    }
    memcpy(out->bytes, bytes.data, bytes.len);
    return 0;
}

int hone_secret_file_open(struct hone_secret_key *out, const char *folder,
                          struct hone_error *err)
{
    char *path = hone_alloc_format("%s/" FILE_NAME, folder);
    char *data = NULL;
    size_t len = 0;
    int code = hone_file_read(&data, &len, path, FILE_BYTES_MAX, err);
    if (code == HONE_E_NOT_FOUND) {
        code = make(out, path, err);
    } else if (code == 0) {
        code = take(out, hone_span_of(data, len), path, err);
        hone_secret_wipe(data, len);
    }
    free(data);
    free(path);
    return code;
}
