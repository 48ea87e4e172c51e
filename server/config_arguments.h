/* A configuration as a command line, and what of it two processes must have in common.
 * Thread: any. */
#ifndef HONE_SERVER_CONFIG_ARGUMENTS_H
#define HONE_SERVER_CONFIG_ARGUMENTS_H

#include "base/digest.h"
#include "server/config.h"

/* "hone serve --name=value ..." with every option that is not its default, paths absolute,
 * so that a process in another folder and without HONE_* in its environment serves the
 * same. What says how this process itself runs (stdio, standalone, background, config) is
 * left out. NULL at the end; hone_config_arguments_destroy frees it. */
char **hone_config_arguments_make(const struct hone_config *config);
void hone_config_arguments_destroy(char **arguments); /* accepts NULL */

/* The same path from anywhere; free() it. */
char *hone_config_arguments_absolute(const char *path);

/* The environment without HONE_*. The texts are borrowed from the environment; free() the
 * array. */
char **hone_config_arguments_environment(void);

/* Over what changes the answers: the set of skills folders, and how calls are learnt from. */
struct hone_digest hone_config_arguments_digest(const struct hone_config *config);

#endif
