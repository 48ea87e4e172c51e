/* Is what a client answered an answer to what it was asked? Pure. Thread: any. */
#ifndef HONE_SERVER_INPUTS_CHECK_H
#define HONE_SERVER_INPUTS_CHECK_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>

/* request: {"method", "params"} of elicitation/create, sampling/createMessage or
 * roots/list; NULL when nobody knows what was asked: then only what every answer has in
 * common is looked at. The content of an accepted form is checked against its
 * requestedSchema. HONE_E_INVALID with a sentence that names what is wrong. */
int hone_inputs_check(const json_t *request, const json_t *answer,
                      struct hone_error *err) HONE_MUST_USE;

#endif
