#include "skills/score_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES_MAX 64
#define QUOTED_BYTES     40

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct hone_span trimmed(struct hone_span text)
{
    while (text.len > 0 && is_space(text.data[0])) {
        text = hone_span_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && is_space(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* strtod takes more than JSON has: nan, infinity, hexadecimals, a plus sign. */
static bool is_json_number(const char *text)
{
    size_t at = text[0] == '-' ? 1 : 0;
    size_t n = strspn(text + at, "0123456789");
    if (n == 0 || (n > 1 && text[at] == '0')) {
        return false;
    }
    at += n;
    if (text[at] == '.') {
        n = strspn(text + at + 1, "0123456789");
        if (n == 0) {
            return false;
        }
        at += 1 + n;
    }
    if (text[at] == 'e' || text[at] == 'E') {
        at += text[at + 1] == '+' || text[at + 1] == '-' ? 2 : 1;
        n = strspn(text + at, "0123456789");
        if (n == 0) {
            return false;
        }
        at += n;
    }
    return text[at] == '\0';
}

int hone_score_value_parse(double *out, struct hone_span text, struct hone_error *err)
{
    char number[NUMBER_BYTES_MAX + 1];
    struct hone_span kept = trimmed(text);
    if (kept.len > 0 && kept.len <= NUMBER_BYTES_MAX &&
        memchr(kept.data, '\0', kept.len) == NULL) {
        memcpy(number, kept.data, kept.len);
        number[kept.len] = '\0';
        double value = strtod(number, NULL);
        if (is_json_number(number) && isfinite(value)) {
            *out = value;
            return 0;
        }
    }
    size_t n_quoted = text.len < QUOTED_BYTES ? text.len : QUOTED_BYTES;
    return hone_error_set(err, HONE_E_INVALID,
                          "'%.*s%s' is not a finite number such as 12.5", (int)n_quoted,
                          text.data != NULL ? text.data : "",
                          n_quoted < text.len ? "..." : "");
}

int hone_score_value_check(const struct hone_package *package, double value,
                           struct hone_error *err)
{
    const struct hone_package_target *target = &package->target;
    if (value >= target->min && value <= target->max) {
        return 0;
    }
    return hone_error_set(err, HONE_E_INVALID,
                          "the value %g is out of range: %s takes values from %g to %g",
                          value, package->name, target->min, target->max);
}

double hone_score_value_tolerance(const struct hone_package *package, double value)
{
    const struct hone_package_target *target = &package->target;
    if (target->tolerance > 0.0) {
        return target->tolerance;
    }
    bool bounded =
        target->min > -HONE_PACKAGE_TARGET_MAX && target->max < HONE_PACKAGE_TARGET_MAX;
    return bounded ? (target->max - target->min) / 10.0 : fabs(value) / 5.0;
}

bool hone_score_value_is_right(const struct hone_package *package, double answer,
                               double value)
{
    return fabs(answer - value) <= hone_score_value_tolerance(package, value);
}
