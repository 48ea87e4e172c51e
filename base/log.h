/* Log lines: one event, one line on stderr, `time level component message key=value`.
 *
 * The sink is the only file-scope state of the program. Only server/ and cli/ log above
 * debug; libraries return errors instead. Thread: any (a line is one write). */
#ifndef HONE_BASE_LOG_H
#define HONE_BASE_LOG_H

#include "base/attr.h"

#include <stdbool.h>

enum hone_log_level {
    HONE_LOG_ERROR,
    HONE_LOG_WARN,
    HONE_LOG_INFO,
    HONE_LOG_DEBUG,
};

/* Set once before threads exist. components is a comma list such as "train,store" that
 * limits debug lines to those components, or NULL for all. json selects one JSON
 * object per line. */
void hone_log_configure(enum hone_log_level level, const char *components, bool json);
/* HONE_E_INVALID for an unknown name; names are error, warn, info, debug. */
int hone_log_level_parse(enum hone_log_level *out, const char *name) HONE_MUST_USE;

/* Would a line be written? For what costs something to find out. */
bool hone_log_wants(enum hone_log_level level, const char *component);

void hone_log_write(enum hone_log_level level, const char *component, const char *format,
                    ...) HONE_PRINTF(3, 4);

#define hone_log_error(component, ...)                                                   \
    hone_log_write(HONE_LOG_ERROR, component, __VA_ARGS__)
#define hone_log_warn(component, ...)                                                    \
    hone_log_write(HONE_LOG_WARN, component, __VA_ARGS__)
#define hone_log_info(component, ...)                                                    \
    hone_log_write(HONE_LOG_INFO, component, __VA_ARGS__)
#define hone_log_debug(component, ...)                                                   \
    hone_log_write(HONE_LOG_DEBUG, component, __VA_ARGS__)

#endif
