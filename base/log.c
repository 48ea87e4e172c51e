#include "base/log.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* PIPE_BUF on Linux: a write of at most so many bytes to a pipe is never torn
 * apart. Time, level, component and JSON's names take less than
 * LINE_BYTES_MAX - TEXT_BYTES_MAX. */
#define LINE_BYTES_MAX       4096
#define TEXT_BYTES_MAX       3840 /* of the message, with JSON's escapes */
#define COMPONENT_BYTES_MAX  64
#define COMPONENTS_BYTES_MAX 256

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static struct {
    enum hone_log_level level;
    char components[COMPONENTS_BYTES_MAX]; /* comma list; empty means all */
    bool json;
} sink = {.level = HONE_LOG_INFO};

void hone_log_configure(enum hone_log_level level, const char *components, bool json)
{
    sink.level = level;
    sink.json = json;
    (void)snprintf(sink.components, sizeof(sink.components), "%s",
                   components != NULL ? components : "");
}

int hone_log_level_parse(enum hone_log_level *out, const char *name)
{
    for (int i = HONE_LOG_ERROR; i <= HONE_LOG_DEBUG; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *out = (enum hone_log_level)i;
            return 0;
        }
    }
    return HONE_E_INVALID;
}

static bool is_listed(const char *component)
{
    size_t len = strlen(component);
    const char *at = sink.components;
    while (*at != '\0') {
        size_t word_len = strcspn(at, ",");
        if (word_len == len && memcmp(at, component, len) == 0) {
            return true;
        }
        at += word_len + (at[word_len] == ',' ? 1 : 0);
    }
    return sink.components[0] == '\0';
}

bool hone_log_wants(enum hone_log_level level, const char *component)
{
    return level <= sink.level && (level < HONE_LOG_DEBUG || is_listed(component));
}

/* Plain text has no control characters left: only these two need an escape in JSON. Stops
 * before the character that would not fit. */
static void escape_json(char out[TEXT_BYTES_MAX + 1], const char *text)
{
    const char *end = out + TEXT_BYTES_MAX;
    for (; *text != '\0'; text++) {
        bool starts_character = ((unsigned char)*text & 0xc0u) != 0x80u;
        if (starts_character && end - out < 4) {
            break;
        }
        if (*text == '"' || *text == '\\') {
            *out++ = '\\';
        }
        *out++ = *text;
    }
    *out = '\0';
}

static int format_line(char line[LINE_BYTES_MAX], enum hone_log_level level,
                       const char *component, const char *text)
{
    char time[HONE_CLOCK_TEXT_SIZE];
    hone_clock_format_unix_ms(time, hone_clock_unix_ms());
    if (!sink.json) {
        return snprintf(line, LINE_BYTES_MAX, "%s %s %.*s %s\n", time, level_names[level],
                        COMPONENT_BYTES_MAX, component, text);
    }
    char escaped[TEXT_BYTES_MAX + 1];
    escape_json(escaped, text);
    return snprintf(
        line, LINE_BYTES_MAX,
        "{\"time\":\"%s\",\"level\":\"%s\",\"component\":\"%.*s\",\"message\":\"%s\"}\n",
        time, level_names[level], COMPONENT_BYTES_MAX, component, escaped);
}

/* One write(2); a sink that does not take it loses the line, never blocks
 * the caller twice. */
static void write_line(const char *line, size_t len)
{
    ssize_t n = 0;
    do {
        n = write(STDERR_FILENO, line, len);
    } while (n < 0 && errno == EINTR);
}

void hone_log_write(enum hone_log_level level, const char *component, const char *format,
                    ...)
{
    if (!hone_log_wants(level, component)) {
        return;
    }
    int saved_errno = errno;
    /* One byte more than is kept shows whether the cut tears a character. */
    char text[TEXT_BYTES_MAX + 2], line[LINE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n >= 0) {
        struct hone_span kept = hone_text_prefix(hone_span_text(text), TEXT_BYTES_MAX);
        text[kept.len] = '\0';
        hone_text_make_plain(text, kept.len);
        int len = format_line(line, level, component, text);
        HONE_INVARIANT(len > 0 && len < LINE_BYTES_MAX);
        write_line(line, (size_t)len);
    }
    errno = saved_errno;
}
