/* The icon of a package: one of its files, a small picture. Thread: any. */
#ifndef HONE_SKILLS_PACKAGE_ICON_H
#define HONE_SKILLS_PACKAGE_ICON_H

#include "base/attr.h"
#include "base/error.h"
#include "base/image.h"
#include "skills/package_files.h"

#define HONE_PACKAGE_ICON_BYTES_MAX (16 * 1024) /* every list of tools carries it */
#define HONE_PACKAGE_ICON_SIDE_MAX  1024        /* pixels; what a client must decode */

struct hone_package_icon {
    const struct hone_package_file *file; /* borrowed; NULL: none */
    struct hone_image_head head;
};

/* The file of that path as an icon. HONE_E_INVALID: it is not in the package, or no PNG or
 * JPEG; HONE_E_LIMIT: it is too large. Each with its fix. */
int hone_package_icon_find(struct hone_package_icon *out,
                           const struct hone_package_files *files, const char *path,
                           struct hone_error *err) HONE_MUST_USE;

#endif
