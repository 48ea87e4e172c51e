#include "cli/command_versions.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void print_withdrawal(FILE *file, const json_t *entry)
{
    (void)fprintf(file, "%8lld  %-11s  %8lld  %8lld  %7lld  %7lld  %-24s  ",
                  (long long)json_integer_value(json_object_get(entry, "position")),
                  text_of(entry, "verdict"),
                  (long long)json_integer_value(json_object_get(entry, "after")) + 1,
                  (long long)json_integer_value(json_object_get(entry, "through")),
                  (long long)json_integer_value(json_object_get(entry, "version")),
                  (long long)json_integer_value(json_object_get(entry, "instead")),
                  text_of(entry, "created"));
    hone_output_plain(file, text_of(entry, "actor"));
    if (text_of(entry, "reason")[0] != '\0') {
        (void)fputs(": ", file);
        hone_output_plain(file, text_of(entry, "reason"));
    }
    (void)fputc('\n', file);
}

static void print_quarantine(FILE *file, const json_t *answer)
{
    size_t index;
    const json_t *entry, *entries = json_object_get(answer, "quarantine");
    if (json_array_size(entries) == 0) {
        (void)fputs("nothing that was learnt was withdrawn\n", file);
        return;
    }
    (void)fprintf(file,
                  "position  verdict         first      last  version  instead  %-24s  "
                  "why\n",
                  "created");
    json_array_foreach(entries, index, entry)
    {
        print_withdrawal(file, entry);
    }
}

int hone_command_quarantine(const struct hone_command_input *input)
{
    return hone_command_versions_run(input, print_quarantine);
}
