#include "server/build.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define N_PARTS 4 /* three of the version, one of the time */

void hone_build_format(char out[HONE_BUILD_TEXT_MAX])
{
    struct stat st = {0};
    int64_t modified_unix_ms = 0;
    /* The file that runs, also when another one lies at its path by now. */
    if (stat("/proc/self/exe", &st) == 0) {
        modified_unix_ms =
            (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    }
    (void)snprintf(out, HONE_BUILD_TEXT_MAX, "%s+%lld", HONE_VERSION,
                   (long long)modified_unix_ms);
}

static void read_parts(long long parts[N_PARTS], const char *text)
{
    for (size_t i = 0; i < N_PARTS; i++) {
        char *end = NULL;
        parts[i] = strtoll(text, &end, 10);
        text = *end == '.' || *end == '+' ? end + 1 : end;
    }
}

int hone_build_compare(const char *a, const char *b)
{
    long long left[N_PARTS], right[N_PARTS];
    read_parts(left, a);
    read_parts(right, b);
    for (size_t i = 0; i < N_PARTS; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}
