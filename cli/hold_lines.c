#include "cli/hold_lines.h"

#include "cli/output.h"

static const char *const parts[] = {"frozen", "pinned"};

static void print_text(FILE *file, const json_t *part, const char *key)
{
    const char *text = json_string_value(json_object_get(part, key));
    hone_output_plain(file, text != NULL ? text : "");
}

void hone_hold_lines_print_why(FILE *file, const json_t *part)
{
    const json_t *version = json_object_get(part, "version");
    if (!json_is_object(part)) {
        return;
    }
    if (version != NULL) {
        (void)fprintf(file, " to version %lld", (long long)json_integer_value(version));
    }
    (void)fputs(" by ", file);
    print_text(file, part, "actor");
    (void)fputs(" since ", file);
    print_text(file, part, "since");
    (void)fputs(": ", file);
    print_text(file, part, "reason");
}

void hone_hold_lines_print(FILE *file, const json_t *hold)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const json_t *part = json_object_get(hold, parts[i]);
        if (json_is_object(part)) {
            (void)fprintf(file, "  %-9s", parts[i]);
            hone_hold_lines_print_why(file, part);
            (void)fputc('\n', file);
        }
    }
}
