/* Vowpal Wabbit's text format, one example a line:
 *
 *   [label [importance [base]]] ['tag]|[namespace[:scale]] feature[:value] ... |...
 *
 * and, of contextual bandits, action:cost:probability in the label's place. What has no
 * counterpart is passed over: base, scale, probability. Thread: any; pure. */
#ifndef HONE_OFFLINE_IMPORT_VW_H
#define HONE_OFFLINE_IMPORT_VW_H

#include "offline/import.h"

#define HONE_IMPORT_VW_FEATURES_MAX 65536 /* of a line */

/* As hone_import_line. */
int hone_import_vw_line(const struct hone_import_settings *settings,
                        struct hone_span line, struct hone_buf *out,
                        struct hone_error *err) HONE_MUST_USE;

#endif
