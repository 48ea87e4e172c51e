/* What a trainer asks of a feedback event by itself. Thread: any; pure. */
#ifndef HONE_SKILLS_TRAINER_FEEDBACK_H
#define HONE_SKILLS_TRAINER_FEEDBACK_H

#include "base/attr.h"
#include "base/error.h"
#include "skills/event.h"
#include "skills/kind.h"
#include "skills/package.h"

#include <stdbool.h>

/* HONE_E_CORRUPT for what no log may hold. */
int hone_trainer_feedback_check(const struct hone_kind *kind,
                                const struct hone_event *event,
                                struct hone_error *err) HONE_MUST_USE;
/* Does feedback of this source count as evidence? */
bool hone_trainer_feedback_is_trusted(const struct hone_package *then,
                                      struct hone_span source);
/* Of an event that a learner could do nothing with; a static text. */
const char *hone_trainer_feedback_why_ignored(const struct hone_event *event);

#endif
