/* Which build of the program this is, and which of two builds is newer.
 *
 * A build is "VERSION+TIME": the version, and when the executable file was last modified
 * (Unix milliseconds), which tells builds of one version apart. Thread: any. */
#ifndef HONE_SERVER_BUILD_H
#define HONE_SERVER_BUILD_H

#define HONE_BUILD_TEXT_MAX 64

/* The build of the running program. */
void hone_build_format(char out[HONE_BUILD_TEXT_MAX]);
/* Below, at or above zero as a is older than, the same as or newer than b. What cannot be
 * read as a number counts as 0. */
int hone_build_compare(const char *a, const char *b);

#endif
