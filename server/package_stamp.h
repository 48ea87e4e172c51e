/* A stamp of what lies in the skills folders: it changes when a file in them does. Reads
 * names, sizes and times only. Thread: any; blocks for a moment. */
#ifndef HONE_SERVER_PACKAGE_STAMP_H
#define HONE_SERVER_PACKAGE_STAMP_H

#include "base/digest.h"
#include "server/config.h"

#define HONE_PACKAGE_STAMP_ENTRIES_MAX 20000 /* what comes after these is not looked at */

/* config: completed. Hidden entries do not count, and a folder counts by its content. */
struct hone_digest hone_package_stamp_read(const struct hone_config *config);

#endif
