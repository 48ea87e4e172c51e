#include "cli/libraries.h"

#include "tensor/blas.h"

#include <dlfcn.h>
#include <string.h>

struct library {
    const char *name;
    const char *function; /* takes nothing and returns the version as text */
    const char *file;     /* of a library that is loaded when it is needed; or NULL */
};

static const struct library libraries[] = {
    {"curl", "curl_version", "libcurl.so.4"}, {"jansson", "jansson_version_str", NULL},
    {"libuv", "uv_version_string", NULL},     {"sodium", "sodium_version_string", NULL},
    {"sqlite", "sqlite3_libversion", NULL},   {"utf8proc", "utf8proc_version", NULL},
};

/* ISO C has no conversion from an object pointer to a function pointer; POSIX wants the
 * bits to be the same. */
static const char *ask_text(const char *function, const char *file)
{
    const char *(*call)(void) = NULL;
    void *place = file != NULL ? dlopen(file, RTLD_LAZY | RTLD_LOCAL) : RTLD_DEFAULT;
    void *address = file == NULL || place != NULL ? dlsym(place, function) : NULL;
    if (address == NULL) {
        return NULL;
    }
    memcpy(&call, &address, sizeof call);
    return call();
}

const char *hone_libraries_sqlite(void)
{
    return ask_text("sqlite3_libversion", NULL);
}

json_t *hone_libraries_versions(void)
{
    json_t *versions = json_object();
    struct hone_error err;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        const char *text = ask_text(libraries[i].function, libraries[i].file);
        if (text != NULL) {
            json_object_set_new(versions, libraries[i].name, json_string(text));
        }
    }
    if (hone_blas_init(&err) == 0) {
        json_object_set_new(versions, "openblas", json_string(hone_blas_version()));
    }
    return versions;
}
