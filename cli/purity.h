/* Runs `hone serve --stdio` as a client would and looks at every byte on its stdout: only
 * JSON-RPC messages, one a line, may be there.
 *
 * Blocks. One thread. */
#ifndef HONE_CLI_PURITY_H
#define HONE_CLI_PURITY_H

#include "base/attr.h"
#include "base/error.h"

#include <stddef.h>

/* Serves the skills from a temporary data folder. *n_answers is how many requests were
 * answered (out of two). HONE_E_CORRUPT names the first line that is no message;
 * HONE_E_AGAIN: the server did not end in time. */
int hone_purity_check(size_t *n_answers, char *const *skills, size_t n_skills,
                      struct hone_error *err) HONE_MUST_USE;
/* The check of what was read: every line must be a JSON-RPC message, the
 * last one complete. */
int hone_purity_check_lines(size_t *n_answers, const char *data, size_t len,
                            struct hone_error *err) HONE_MUST_USE;

#endif
