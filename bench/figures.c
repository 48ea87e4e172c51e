/* figures: the last step of a benchmark. Passes on what a benchmark prints on stdin, and
 * makes one line of JSON of its last line (an object of figures) and the targets:
 *
 *   ... | figures NAME [FIGURE>=NUMBER | FIGURE<=NUMBER]...
 *
 *   {"name": NAME, "figures": {...}, "targets": {FIGURE: ">=NUMBER"}, "met": true}
 *
 * The exit code is 0 whether or not the targets are met: "met" says it. It is 1 when there
 * are no figures. */
#include "bench/support/fail.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_until_last(void)
{
    char *line = NULL, *last = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, stdin) > 0) {
        if (last != NULL) {
            (void)fputs(last, stdout);
            (void)fflush(stdout);
        }
        free(last);
        last = line;
        line = NULL;
        capacity = 0;
    }
    free(line);
    return last;
}

/* Adds one target; is it met? */
static bool check_target(json_t *targets, const json_t *figures, const char *target)
{
    const char *sign = strpbrk(target, "<>");
    char name[64], *end = NULL;
    if (sign == NULL || sign[1] != '=' || (size_t)(sign - target) >= sizeof(name)) {
        hone_fail("%s is not a target", target);
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)(sign - target), target);
    double wanted = strtod(sign + 2, &end);
    const json_t *figure = json_object_get(figures, name);
    if (end == sign + 2 || *end != '\0' || !json_is_number(figure)) {
        hone_fail("%s: there is no such figure, or no number", target);
    }
    double value = json_number_value(figure);
    bool met = *sign == '>' ? value >= wanted : value <= wanted;
    (void)json_object_set_new(targets, name, json_string(sign));
    printf("%-8s %s: %.6g\n", met ? "met" : "NOT MET", target, value);
    return met;
}

int main(int argc, char **argv)
{
    hone_fail_unless(argc >= 2,
                     "usage: figures NAME [FIGURE>=NUMBER | FIGURE<=NUMBER]...");
    char *last = copy_until_last();
    json_t *figures = last != NULL ? json_loads(last, 0, NULL) : NULL;
    hone_fail_unless(json_is_object(figures), "the benchmark printed no figures");
    json_t *targets = json_object();
    bool met = true;
    for (int i = 2; i < argc; i++) {
        met = check_target(targets, figures, argv[i]) && met;
    }
    json_t *report = json_pack("{s:s, s:o, s:o, s:b}", "name", argv[1], "figures",
                               figures, "targets", targets, "met", (int)met);
    char *text = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    free(last);
    json_decref(report);
    return 0;
}
