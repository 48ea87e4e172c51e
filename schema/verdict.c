#include "schema/verdict.h"

#include "base/buf.h"
#include "base/text.h"
#include "schema/node.h"
#include "schema/pattern.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void hone_verdict_init(struct hone_verdict *verdict, struct hone_verdict_failure *failure)
{
    *verdict =
        (struct hone_verdict){.steps_left = HONE_VERDICT_STEPS_MAX, .failure = failure};
}

bool hone_verdict_spend(struct hone_verdict *verdict, size_t n)
{
    if (verdict->gave_up || n > verdict->steps_left) {
        verdict->gave_up = true;
        return false;
    }
    verdict->steps_left -= n;
    return true;
}

bool hone_verdict_search(struct hone_verdict *verdict, const struct hone_pattern *pattern,
                         struct hone_span text)
{
    bool found = false;
    size_t work_left = verdict->steps_left * HONE_VERDICT_STEP_MATCHES;
    if (hone_pattern_search(&found, pattern, text, &work_left) != 0) {
        verdict->gave_up = true;
        verdict->pattern_gave_up = true;
    }
    verdict->steps_left = work_left / HONE_VERDICT_STEP_MATCHES;
    return found;
}

static bool check_rules(struct hone_verdict *verdict, const struct hone_node *node,
                        const json_t *value, const struct hone_verdict_place *place)
{
    struct hone_verdict_at at = {.node = node, .value = value, .place = place};
    if (json_is_false(node->schema)) {
        return hone_verdict_fail(verdict, &at, "no value is allowed here");
    }
    for (size_t i = 0; i < node->n_rules; i++) {
        at.rule = &node->rules[i];
        if (at.rule->keyword->check != NULL && !at.rule->keyword->check(verdict, &at)) {
            return false;
        }
    }
    return true;
}

bool hone_verdict_check(struct hone_verdict *verdict, const struct hone_node *node,
                        const json_t *value, const struct hone_verdict_place *place)
{
    if (verdict->depth == HONE_VERDICT_DEPTH_MAX) {
        verdict->gave_up = true;
    }
    if (!hone_verdict_spend(verdict, 1 + node->n_rules)) {
        return false;
    }
    verdict->depth += 1;
    bool good = check_rules(verdict, node, value, place);
    verdict->depth -= 1;
    return good;
}

bool hone_verdict_try(struct hone_verdict *verdict, const struct hone_node *node,
                      const json_t *value, const struct hone_verdict_place *place)
{
    struct hone_verdict_failure *asked = verdict->failure;
    verdict->failure = NULL;
    bool good = hone_verdict_check(verdict, node, value, place);
    verdict->failure = asked;
    return good;
}

static void append_key(struct hone_buf *buf, const char *key)
{
    for (const char *c = key; *c != '\0'; c++) {
        if (*c == '~') {
            (void)hone_buf_append_text(buf, "~0");
        } else if (*c == '/') {
            (void)hone_buf_append_text(buf, "~1");
        } else {
            (void)hone_buf_append_char(buf, *c);
        }
    }
}

static void append_pointer(struct hone_buf *buf, const struct hone_verdict_place *place)
{
    if (place == NULL) {
        return;
    }
    append_pointer(buf, place->up);
    (void)hone_buf_append_char(buf, '/');
    if (place->key != NULL) {
        append_key(buf, place->key);
    } else {
        (void)hone_buf_append_format(buf, "%zu", place->index);
    }
}

/* Fills what fits into text, at a character's boundary. */
static void keep_prefix(char *text, size_t text_bytes, struct hone_span whole)
{
    struct hone_span kept = hone_text_prefix(whole, text_bytes - 1);
    if (kept.len > 0) {
        memcpy(text, kept.data, kept.len);
    }
    text[kept.len] = '\0';
}

static size_t depth_of(const struct hone_verdict_place *place)
{
    size_t depth = 0;
    for (; place != NULL; place = place->up) {
        depth += 1;
    }
    return depth;
}

bool hone_verdict_fail(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                       const char *format, ...)
{
    struct hone_verdict_failure *failure = verdict->failure;
    if (failure == NULL || verdict->gave_up) {
        return false;
    }
    struct hone_buf pointer;
    hone_buf_init(&pointer, HONE_SCHEMA_POINTER_MAX - 1);
    append_pointer(&pointer, at->place);
    keep_prefix(failure->fault.pointer, sizeof(failure->fault.pointer),
                hone_buf_span(&pointer));
    hone_buf_finish(&pointer);
    (void)snprintf(failure->fault.keyword, sizeof(failure->fault.keyword), "%s",
                   at->rule != NULL ? at->rule->keyword->name : "false");
    failure->depth = depth_of(at->place);

    /* The pointer always fits; of a long sentence the end is lost. */
    int n = snprintf(failure->message, sizeof(failure->message), "%s%s",
                     failure->fault.pointer, at->place != NULL ? ": " : "");
    va_list args;
    va_start(args, format);
    (void)vsnprintf(failure->message + n, sizeof(failure->message) - (size_t)n, format,
                    args);
    va_end(args);
    return false;
}
