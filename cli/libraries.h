/* The foreign libraries that are loaded into this process, asked by name at run time, so
 * that the answer is about the library in use and not about the header it was built with.
 *
 * Thread: main. */
#ifndef HONE_CLI_LIBRARIES_H
#define HONE_CLI_LIBRARIES_H

#include <jansson.h>

/* "3.40.1", or NULL when the library does not say. Static text. */
const char *hone_libraries_sqlite(void);
/* {"sqlite": "3.40.1", ...} of those that say; a new reference. */
json_t *hone_libraries_versions(void);

#endif
