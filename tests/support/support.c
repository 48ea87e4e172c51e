#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void support_check_ok(int code, const struct hone_error *err, const char *file, int line)
{
    if (code != 0) {
        print_error("%s (%d): %s\n", hone_error_name(code), code,
                    err != NULL ? err->message : "");
        _fail(file, line);
    }
}

void support_check_near(double a, double b, double tolerance, const char *file, int line)
{
    if (!(fabs(a - b) <= tolerance)) {
        print_error("%.9g is not within %.3g of %.9g\n", a, tolerance, b);
        _fail(file, line);
    }
}

char *support_make_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *path = hone_alloc_format("%s/hone-test-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(path));
    return path;
}

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void support_remove_folder(const char *path)
{
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void support_write_file(const char *folder, const char *name, const char *content)
{
    struct hone_error err;
    char *path = hone_alloc_format("%s/%s", folder, name);
    support_ok(hone_file_write(path, hone_span_text(content), 0644, &err), &err);
    free(path);
}

char *support_source_path(const char *relative)
{
    const char *root = getenv("HONE_SOURCE_DIR");
    return hone_alloc_format("%s/%s", root != NULL ? root : ".", relative);
}
