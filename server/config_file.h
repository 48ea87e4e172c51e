/* hone.yaml: the configuration file.
 * Thread: any. */
#ifndef HONE_SERVER_CONFIG_FILE_H
#define HONE_SERVER_CONFIG_FILE_H

#include "base/attr.h"
#include "server/config.h"

/* Sets what the file says. Relative folders are relative to the file. Errors name file
 * and line. */
int hone_config_file_read(struct hone_config *config, const char *path,
                          struct hone_error *err) HONE_MUST_USE;

#endif
