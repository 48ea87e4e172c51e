/* What is held back of a skill, for people. One thread. */
#ifndef HONE_CLI_HOLD_LINES_H
#define HONE_CLI_HOLD_LINES_H

#include <jansson.h>
#include <stdio.h>

/* A line for each part that is held, as `hold` of status and versions has them. */
void hone_hold_lines_print(FILE *file, const json_t *hold);
/* " to version N by WHO since WHEN: WHY", the version for a pin alone; nothing for what is not an object. */
void hone_hold_lines_print_why(FILE *file, const json_t *part);

#endif
