#include "schema/reference.h"

#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) % 16 : -1;
}

/* One segment of a JSON Pointer inside a URI fragment, decoded in place: %xx, then
 * ~1 and ~0. */
static void decode_segment(char *segment)
{
    char *to = segment;
    for (const char *from = segment; *from != '\0'; from++) {
        char c = *from;
        if (c == '%' && hex_digit(from[1]) >= 0 && hex_digit(from[2]) >= 0) {
            c = (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
            from += 2;
        } else if (c == '~' && (from[1] == '0' || from[1] == '1')) {
            c = from[1] == '0' ? '~' : '/';
            from += 1;
        }
        *to++ = c;
    }
    *to = '\0';
}

static const json_t *child_of(const json_t *value, const char *name)
{
    char *end = NULL;
    if (json_is_object(value)) {
        return json_object_get(value, name);
    }
    if (!json_is_array(value) || name[0] < '0' || name[0] > '9') {
        return NULL;
    }
    unsigned long long index = strtoull(name, &end, 10);
    return *end == '\0' ? json_array_get(value, (size_t)index) : NULL;
}

const json_t *hone_reference_find(const json_t *root, const char *pointer)
{
    const json_t *value = root;
    char *copy = hone_alloc_text(pointer);
    char *at = copy;
    while (value != NULL && *at == '/') {
        char *segment = at + 1;
        char *end = strchr(segment, '/');
        at = end != NULL ? end : segment + strlen(segment);
        bool last = end == NULL;
        *at = '\0';
        decode_segment(segment);
        value = child_of(value, segment);
        if (last) {
            break;
        }
        *at = '/';
    }
    free(copy);
    return value;
}

const char *hone_reference_fragment(const json_t *root, const char *reference)
{
    const char *id = json_string_value(json_object_get(root, "$id"));
    const char *mark = strchr(reference, '#');
    if (mark == reference) {
        return reference + 1;
    }
    size_t base_len = mark != NULL ? (size_t)(mark - reference) : strlen(reference);
    if (base_len == 0) {
        return reference;
    }
    if (id == NULL || strcspn(id, "#") != base_len ||
        strncmp(id, reference, base_len) != 0) {
        return NULL;
    }
    return mark != NULL ? mark + 1 : reference + base_len;
}
