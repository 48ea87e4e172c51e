#include "base/moment.h"

#include <stdbool.h>

#define MS_PER_DAY   INT64_C(86400000)
#define AGO_DIGITS   9
#define YEAR_MIN     1970
#define MONTHS       12
#define OFFSET_HOURS 23
#define FRACTION_MAX 9

struct reader {
    const char *at, *end;
};

static bool take(struct reader *reader, char c)
{
    if (reader->at < reader->end && *reader->at == c) {
        reader->at += 1;
        return true;
    }
    return false;
}

/* Exactly n digits. */
static bool take_digits(struct reader *reader, int n, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (reader->at == reader->end || *reader->at < '0' || *reader->at > '9') {
            return false;
        }
        value = 10 * value + (*reader->at - '0');
        reader->at += 1;
    }
    *out = value;
    return true;
}

/* ---- RFC 3339 ---- */

static int days_in_month(int year, int month)
{
    static const int days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

static int64_t days_since_epoch(int year, int month, int day)
{
    int64_t before = year - 1;
    int64_t days = 365 * (before - (YEAR_MIN - 1)) + before / 4 - before / 100 +
                   before / 400 - (YEAR_MIN - 1) / 4 + (YEAR_MIN - 1) / 100 -
                   (YEAR_MIN - 1) / 400;
    for (int m = 1; m < month; m++) {
        days += days_in_month(year, m);
    }
    return days + day - 1;
}

static bool read_date(struct reader *reader, int64_t *ms)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_digits(reader, 4, &year) || !take(reader, '-') ||
        !take_digits(reader, 2, &month) || !take(reader, '-') ||
        !take_digits(reader, 2, &day) || year < YEAR_MIN || month < 1 || month > MONTHS ||
        day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    *ms = days_since_epoch(year, month, day) * MS_PER_DAY;
    return true;
}

/* ".5" and more; what is finer than a millisecond is cut off. */
static bool read_fraction(struct reader *reader, int64_t *ms)
{
    int n = 0;
    int scale = 100;
    if (!take(reader, '.')) {
        return true;
    }
    for (int digit = 0; n < FRACTION_MAX && take_digits(reader, 1, &digit); n++) {
        *ms += (int64_t)scale * digit;
        scale /= 10;
    }
    return n > 0;
}

static bool read_offset(struct reader *reader, int64_t *ms)
{
    int hours = 0;
    int minutes = 0;
    if (take(reader, 'Z') || take(reader, 'z')) {
        return true;
    }
    bool is_west = take(reader, '-');
    if ((!is_west && !take(reader, '+')) || !take_digits(reader, 2, &hours) ||
        !take(reader, ':') || !take_digits(reader, 2, &minutes) || hours > OFFSET_HOURS ||
        minutes > 59) {
        return false;
    }
    int64_t offset_ms = INT64_C(60000) * (60 * hours + minutes);
    *ms += is_west ? offset_ms : -offset_ms;
    return true;
}

/* "T23:59:59" and what follows it. */
static bool read_time(struct reader *reader, int64_t *ms)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    if ((!take(reader, 'T') && !take(reader, 't') && !take(reader, ' ')) ||
        !take_digits(reader, 2, &hour) || !take(reader, ':') ||
        !take_digits(reader, 2, &minute) || !take(reader, ':') ||
        !take_digits(reader, 2, &second) || hour > 23 || minute > 59 ||
        second > 60) { /* a leap second */
        return false;
    }
    *ms += INT64_C(1000) * (60 * (60 * hour + minute) + second);
    return read_fraction(reader, ms) && read_offset(reader, ms);
}

static bool read_absolute(int64_t *out, struct reader reader)
{
    int64_t ms = 0;
    if (!read_date(&reader, &ms) ||
        (reader.at < reader.end && !read_time(&reader, &ms))) {
        return false;
    }
    *out = ms;
    return reader.at == reader.end;
}

/* ---- how long ago ---- */

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return 1000;
    case 'm':
        return 60000;
    case 'h':
        return 3600000;
    case 'd':
        return MS_PER_DAY;
    case 'w':
        return 7 * MS_PER_DAY;
    default:
        return 0;
    }
}

static bool read_relative(int64_t *out, struct reader reader, int64_t now_unix_ms)
{
    int64_t value = 0;
    int digit = 0;
    int n = 0;
    while (n < AGO_DIGITS && take_digits(&reader, 1, &digit)) {
        value = 10 * value + digit;
        n += 1;
    }
    (void)take(&reader, ' ');
    int64_t unit = reader.at < reader.end ? unit_ms(*reader.at) : 0;
    if (n == 0 || unit == 0) {
        return false;
    }
    reader.at += 1;
    if (!hone_span_is(hone_span_of(reader.at, (size_t)(reader.end - reader.at)),
                      " ago")) {
        return false;
    }
    *out = value * unit < now_unix_ms ? now_unix_ms - value * unit : 0;
    return true;
}

int hone_moment_parse(int64_t *unix_ms, struct hone_span text, int64_t now_unix_ms,
                      struct hone_error *err)
{
    if (hone_span_is(text, "now")) {
        *unix_ms = now_unix_ms;
        return 0;
    }
    if (text.len > 0) {
        struct reader reader = {text.data, text.data + text.len};
        if (read_absolute(unix_ms, reader) ||
            read_relative(unix_ms, reader, now_unix_ms)) {
            return 0;
        }
    }
    (void)hone_error_set(err, HONE_E_INVALID, "\"%.*s\" is no time",
                         (int)(text.len < 64 ? text.len : 64),
                         text.len > 0 ? text.data : "");
    (void)hone_error_hint(err, "for example 2026-01-31T23:59:59Z, 2026-01-31, 2h ago or "
                               "3d ago");
    return HONE_E_INVALID;
}
