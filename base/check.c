#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

void hone_check_failed(const char *what, const char *file, int line,
                       const char *condition)
{
    fprintf(stderr, "%s:%d: %s failed: %s\n", file, line, what, condition);
    abort();
}
