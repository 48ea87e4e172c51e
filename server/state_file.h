/* The tensors of a skill as a file that another process may read: of what is served now,
 * written to a temporary file, or of a version. Thread: loop. */
#ifndef HONE_SERVER_STATE_FILE_H
#define HONE_SERVER_STATE_FILE_H

#include "server/session.h"
#include "skills/registry.h"

/* Params: version, a number; without it what is served, once the skill is at rest. Answers
 * {skill, path, temporary, digest, version, position, folder, package} and ends the
 * exchange; who asked removes a temporary file. folder is the package's and package its
 * digest when it was loaded. HONE_E_NOT_FOUND: no such version, or its tensors are not
 * kept. */
void hone_state_file(struct hone_exchange *exchange, struct hone_skill *skill);

#endif
