/* PCRE2 is told to call back before each item of a pattern that it tries (a callout), and
 * so its work is counted. Its own match limit does not suffice: that counts anew from each
 * place where a match may begin, and a run such as a* counts as one, however long. */
#include "schema/pattern.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "schema/dialect.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>

#define OPTIONS                                                                          \
    (PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS |       \
     PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT)

#define TRANSLATION_BYTES_MAX (96 * HONE_PATTERN_BYTES_MAX)

/* Between two callouts at most a class as long as the pattern is tried, or the n of {n,m}
 * characters, or a back reference is compared with the text. A unit of work buys: */
#define UNIT_PATTERN_BYTES 64
#define UNIT_COUNT         16
#define UNIT_TEXT_BYTES    64

struct hone_pattern {
    pcre2_code *code;
    size_t unit; /* of work, for one callout and each byte between two */
    bool has_back_references;
};

struct work {
    size_t left, unit;
    size_t at; /* place in the text at the last callout */
};

static int refuse(struct hone_error *err, int code, struct hone_span text, size_t at,
                  const char *why)
{
    size_t n = hone_text_n_characters(hone_span_of(text.data, at));
    return hone_error_set(err, code,
                          "the regular expression is refused at character %zu: "
                          "%s",
                          n + 1, why);
}

static int refuse_as_pcre2(struct hone_error *err, struct hone_span text, int number,
                           size_t offset)
{
    char why[128];
    if (number == PCRE2_ERROR_HEAP_FAILED) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory for a regular expression");
    }
    bool is_limit = number == PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP ||
                    number == PCRE2_ERROR_PATTERN_TOO_LARGE ||
                    number == PCRE2_ERROR_QUANTIFIER_TOO_BIG;
    (void)pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof(why));
    return refuse(err, is_limit ? HONE_E_LIMIT : HONE_E_INVALID, text,
                  hone_dialect_origin(text, offset), why);
}

static int compile_translation(struct hone_pattern *pattern, struct hone_span text,
                               struct hone_span translation, struct hone_error *err)
{
    int number = PCRE2_ERROR_HEAP_FAILED;
    PCRE2_SIZE offset = 0;
    uint32_t last_reference = 0;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context != NULL) {
        (void)pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
        (void)pcre2_set_newline(context, PCRE2_NEWLINE_ANY);
        (void)pcre2_set_parens_nest_limit(context, HONE_PATTERN_DEPTH_MAX + 1);
        pattern->code = pcre2_compile((PCRE2_SPTR)translation.data, translation.len,
                                      OPTIONS, &number, &offset, context);
        pcre2_compile_context_free(context);
    }
    if (pattern->code == NULL) {
        return refuse_as_pcre2(err, text, number, offset);
    }
    (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_BACKREFMAX, &last_reference);
    pattern->has_back_references = last_reference > 0;
    return 0;
}

static int compile(struct hone_pattern *pattern, struct hone_span text,
                   struct hone_error *err)
{
    struct hone_buf translation;
    struct hone_dialect_refusal refusal;
    size_t count_max = 0;
    hone_buf_init(&translation, TRANSLATION_BYTES_MAX);
    int code = hone_dialect_translate(&translation, &count_max, text, &refusal);
    if (code != 0) {
        (void)refuse(err, code, text, refusal.at, refusal.why);
    } else if (translation.error != 0) {
        code = hone_error_set(err, translation.error, "no room for a regular expression");
    } else {
        code = compile_translation(pattern, text, hone_buf_span(&translation), err);
    }
    pattern->unit = 1 + text.len / UNIT_PATTERN_BYTES + count_max / UNIT_COUNT;
    hone_buf_finish(&translation);
    return code;
}

int hone_pattern_compile(struct hone_pattern **out, struct hone_span text,
                         struct hone_error *err)
{
    if (text.len > HONE_PATTERN_BYTES_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "a regular expression of more than %d bytes",
                              HONE_PATTERN_BYTES_MAX);
    }
    struct hone_pattern *pattern = hone_alloc_zeroed(1, sizeof(*pattern));
    int code = compile(pattern, text, err);
    if (code != 0) {
        hone_pattern_destroy(pattern);
        return code;
    }
    *out = pattern;
    return 0;
}

void hone_pattern_destroy(struct hone_pattern *pattern)
{
    if (pattern == NULL) {
        return;
    }
    pcre2_code_free(pattern->code);
    free(pattern);
}

static int on_callout(pcre2_callout_block *block, void *data)
{
    struct work *work = data;
    size_t at = block->current_position;
    size_t n = 1 + (at > work->at ? at - work->at : work->at - at);
    if (n > work->left / work->unit) {
        work->left = 0;
        return PCRE2_ERROR_CALLOUT;
    }
    work->left -= n * work->unit;
    work->at = at;
    return 0;
}

static int match(const struct hone_pattern *pattern, struct hone_span text,
                 struct work *work, pcre2_match_context *context, pcre2_match_data *data)
{
    const char *bytes = text.data != NULL ? text.data : "";
    uint32_t limit = work->left < UINT32_MAX ? (uint32_t)work->left : UINT32_MAX;
    (void)pcre2_set_match_limit(context, limit);
    (void)pcre2_set_depth_limit(context, HONE_PATTERN_BACKTRACKS_MAX);
    (void)pcre2_set_heap_limit(context, HONE_PATTERN_HEAP_KIB_MAX);
    (void)pcre2_set_callout(context, on_callout, work);
    return pcre2_match(pattern->code, (PCRE2_SPTR)bytes, text.len, 0, 0, data, context);
}

int hone_pattern_search(bool *found, const struct hone_pattern *pattern,
                        struct hone_span text, size_t *work_left)
{
    size_t compared = pattern->has_back_references ? text.len / UNIT_TEXT_BYTES : 0;
    struct work work = {.left = *work_left, .unit = pattern->unit + compared};
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int answer = PCRE2_ERROR_NOMEMORY;
    if (context != NULL && data != NULL) {
        answer = match(pattern, text, &work, context, data);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    if (answer < 0 && answer != PCRE2_ERROR_NOMATCH) {
        *work_left = 0;
        return answer == PCRE2_ERROR_NOMEMORY ? HONE_E_NOMEM : HONE_E_LIMIT;
    }
    *work_left = work.left;
    *found = answer >= 0;
    return 0;
}
