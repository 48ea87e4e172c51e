#include "skills/package_icon.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdlib.h>

static int refuse_missing(const struct hone_package_files *files, const char *path,
                          struct hone_error *err)
{
    const char **paths = hone_alloc_zeroed(files->n + 1, sizeof(*paths));
    for (size_t i = 0; i < files->n; i++) {
        paths[i] = files->items[i].path;
    }
    const char *nearest = hone_text_nearest(path, paths, files->n);
    free(paths);
    int code = hone_error_set(err, HONE_E_INVALID,
                              "the icon '%s' is not a file of the package", path);
    if (nearest != NULL) {
        (void)hone_error_hint(err, "did you mean '%s'?", nearest);
    } else {
        (void)hone_error_hint(err, "give its path from the package's folder on; hidden "
                                   "files and those below data/ do not belong to it");
    }
    return code;
}

static int check_sides(const struct hone_image_head *head, const char *path,
                       struct hone_error *err)
{
    if (head->width <= HONE_PACKAGE_ICON_SIDE_MAX &&
        head->height <= HONE_PACKAGE_ICON_SIDE_MAX) {
        return 0;
    }
    int code = hone_error_set(
        err, HONE_E_LIMIT, "the icon '%s' has %u by %u pixels, more than %d a side", path,
        (unsigned)head->width, (unsigned)head->height, HONE_PACKAGE_ICON_SIDE_MAX);
    (void)hone_error_hint(err, "scale it down: 64 by 64 pixels are enough");
    return code;
}

int hone_package_icon_find(struct hone_package_icon *out,
                           const struct hone_package_files *files, const char *path,
                           struct hone_error *err)
{
    struct hone_image_head head;
    struct hone_error cause;
    const struct hone_package_file *file = hone_package_files_find(files, path);
    if (file == NULL) {
        return refuse_missing(files, path, err);
    }
    if (file->len > HONE_PACKAGE_ICON_BYTES_MAX) {
        int code =
            hone_error_set(err, HONE_E_LIMIT, "the icon '%s' has %zu bytes, more than %d",
                           path, file->len, HONE_PACKAGE_ICON_BYTES_MAX);
        (void)hone_error_hint(err, "scale it down: 64 by 64 pixels are enough");
        return code;
    }
    struct hone_span bytes = hone_span_of(file->content, file->len);
    if (hone_image_read_head(&head, bytes, &cause) != 0) {
        int code =
            hone_error_set(err, HONE_E_INVALID, "the icon '%s' cannot be shown: %s", path,
                           cause.message);
        (void)hone_error_hint(err, "save it as PNG or JPEG; the name does not matter");
        return code;
    }
    int code = check_sides(&head, path, err);
    if (code == 0) {
        *out = (struct hone_package_icon){file, head};
    }
    return code;
}
