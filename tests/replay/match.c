#include "tests/replay/match.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES_MAX (1024U * 1024)
#define NAME_MAX_LEN   64
#define MORE           "..."

static bool match_at(const json_t *wanted, const json_t *got, json_t *captured,
                     char place[MATCH_PLACE_MAX], size_t at);

static bool differs(char place[MATCH_PLACE_MAX], size_t at, const char *why)
{
    (void)snprintf(place + at, MATCH_PLACE_MAX - at, "%s%s", at == 0 ? "(top) " : " ",
                   why);
    return false;
}

static size_t step_into(char place[MATCH_PLACE_MAX], size_t at, const char *name)
{
    int n = snprintf(place + at, MATCH_PLACE_MAX - at, "/%s", name);
    size_t end = at + (size_t)n;
    return end < MATCH_PLACE_MAX / 2 ? end : MATCH_PLACE_MAX / 2;
}

static bool match_object(const json_t *wanted, const json_t *got, json_t *captured,
                         char place[MATCH_PLACE_MAX], size_t at)
{
    bool more = json_object_get(wanted, MORE) != NULL;
    const char *key = NULL;
    json_t *value = NULL;
    if (!json_is_object(got)) {
        return differs(place, at, "is not an object");
    }
    json_object_foreach((json_t *)(uintptr_t)wanted, key, value)
    {
        const json_t *found = json_object_get(got, key);
        size_t below = step_into(place, at, key);
        if (strcmp(key, MORE) == 0) {
            continue;
        }
        if (found == NULL) {
            return differs(place, below, "is missing");
        }
        if (!match_at(value, found, captured, place, below)) {
            return false;
        }
    }
    json_object_foreach((json_t *)(uintptr_t)got, key, value)
    {
        if (!more && json_object_get(wanted, key) == NULL) {
            return differs(place, step_into(place, at, key), "was not expected");
        }
    }
    return true;
}

static bool match_array(const json_t *wanted, const json_t *got, json_t *captured,
                        char place[MATCH_PLACE_MAX], size_t at)
{
    if (!json_is_array(got) || json_array_size(got) != json_array_size(wanted)) {
        return differs(place, at, "is not an array of the expected length");
    }
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        char index[32];
        (void)snprintf(index, sizeof(index), "%zu", i);
        if (!match_at(json_array_get(wanted, i), json_array_get(got, i), captured, place,
                      step_into(place, at, index))) {
            return false;
        }
    }
    return true;
}

static bool capture(const char *name, const json_t *got, json_t *captured,
                    char place[MATCH_PLACE_MAX], size_t at)
{
    const json_t *before = json_object_get(captured, name);
    if (before != NULL) {
        return json_equal(before, got) ||
               differs(place, at, "is not what was captured before");
    }
    if (!json_is_string(got) && !json_is_integer(got)) {
        return differs(place, at, "can be captured only as a string or an integer");
    }
    (void)json_object_set(captured, name, (json_t *)(uintptr_t)got);
    return true;
}

static bool match_string(const json_t *wanted, const json_t *got, json_t *captured,
                         char place[MATCH_PLACE_MAX], size_t at)
{
    const char *pattern = json_string_value(wanted);
    size_t len = strlen(pattern);
    if (strcmp(pattern, "*") == 0) {
        return true;
    }
    if (pattern[0] == '$') {
        return capture(pattern + 1, got, captured, place, at);
    }
    if (len > 2 && pattern[0] == '*' && pattern[len - 1] == '*' && json_is_string(got)) {
        return memmem(json_string_value(got), json_string_length(got), pattern + 1,
                      len - 2) != NULL ||
               differs(place, at, "does not have the expected text in it");
    }
    return json_equal(wanted, got) || differs(place, at, "is another value");
}

static bool match_at(const json_t *wanted, const json_t *got, json_t *captured,
                     char place[MATCH_PLACE_MAX], size_t at)
{
    switch (json_typeof(wanted)) {
    case JSON_OBJECT:
        return match_object(wanted, got, captured, place, at);
    case JSON_ARRAY:
        return match_array(wanted, got, captured, place, at);
    case JSON_STRING:
        return match_string(wanted, got, captured, place, at);
    default:
        return json_equal(wanted, got) || differs(place, at, "is another value");
    }
}

bool match(const json_t *wanted, const json_t *got, json_t *captured,
           char place[MATCH_PLACE_MAX])
{
    place[0] = '\0';
    return match_at(wanted, got, captured, place, 0);
}

/* Length of a name at text. */
static size_t name_len(const char *text)
{
    size_t len = 0;
    while (len < NAME_MAX_LEN &&
           (isalnum((unsigned char)text[len]) || text[len] == '_')) {
        len++;
    }
    return len;
}

char *match_substitute(const char *text, const json_t *captured)
{
    struct hone_buf out;
    hone_buf_init(&out, TEXT_BYTES_MAX);
    while (*text != '\0') {
        size_t len = *text == '$' ? name_len(text + 1) : 0;
        const json_t *value = len > 0 ? json_object_getn(captured, text + 1, len) : NULL;
        if (json_is_string(value)) {
            (void)hone_buf_append_text(&out, json_string_value(value));
        } else if (json_is_integer(value)) {
            (void)hone_buf_append_format(&out, "%lld",
                                         (long long)json_integer_value(value));
        } else {
            (void)hone_buf_append_char(&out, *text);
            len = 0;
        }
        text += len + 1;
    }
    return hone_buf_take(&out, NULL);
}
