/* Which data folder a command means.
 *
 * Thread: any; blocks. */
#ifndef HONE_CLI_PLACE_H
#define HONE_CLI_PLACE_H

#include "base/attr.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "server/config.h"

/* Initialises config and reads environment, file and command line; the caller completes
 * and, in any case, finishes it. */
int hone_place_read(struct hone_config *config, const struct hone_arguments *arguments,
                    struct hone_error *err) HONE_MUST_USE;

/* Reads the configuration for a command and completes it. When neither the command line
 * nor the environment nor the configuration file names skills or a data folder, the one
 * folder below the default state folder whose server is running is meant;
 * HONE_E_NOT_FOUND when there is none or more than one. config is initialised here and
 * finished by the caller in any case. */
int hone_place_find(struct hone_config *config, const struct hone_arguments *arguments,
                    struct hone_error *err) HONE_MUST_USE;

/* The default state folder, free() it: $XDG_STATE_HOME/hone or ~/.local/state/hone; NULL
 * when neither variable is set. */
char *hone_place_state_folder(void);

/* How many data folders below folder have a server that accepts connections; *found is
 * the last of them (free() it), NULL when there is none. */
int hone_place_count_running(const char *folder, char **found);

#endif
