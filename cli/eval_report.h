/* A report of hone_eval_file as people and tables want it. Thread: main. */
#ifndef HONE_CLI_EVAL_REPORT_H
#define HONE_CLI_EVAL_REPORT_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define HONE_EVAL_REPORT_CONFUSED 10 /* pairs that people see */

/* For people; bars are drawn with block characters, or with # where the terminal's
 * character set is not UTF-8. */
void hone_eval_report_print(FILE *file, const json_t *report, bool is_utf8);
/* RFC 4180 with the columns what, x, y, value: a row per figure (what is its name),
 * figures of labels (precision, recall, f1; x the label), cells of the confusion
 * matrix (x the right label, y the answer) and points of the learning curve (curve_accuracy,
 * curve_recent, curve_log_loss; x the rows). */
int hone_eval_report_csv(const char *path, const json_t *report,
                         struct hone_error *err) HONE_MUST_USE;

#endif
