#include "cli/libraries.h"

#include <dlfcn.h>
#include <string.h>

struct library {
    const char *name;
    const char *function; /* takes nothing and returns the version as text */
};

static const struct library libraries[] = {
    {"curl", "curl_version"},
    {"jansson", "jansson_version_str"},
    {"libuv", "uv_version_string"},
    {"openblas", "openblas_get_config"},
    {"sodium", "sodium_version_string"},
    {"sqlite", "sqlite3_libversion"},
    {"utf8proc", "utf8proc_version"},
};

/* ISO C has no conversion from an object pointer to a function pointer; POSIX wants the
 * bits to be the same. */
static const char *ask_text(const char *function)
{
    const char *(*call)(void) = NULL;
    void *address = dlsym(RTLD_DEFAULT, function);
    if (address == NULL) {
        return NULL;
    }
    memcpy(&call, &address, sizeof call);
    return call();
}

const char *hone_libraries_sqlite(void)
{
    return ask_text("sqlite3_libversion");
}

int hone_libraries_blas_threads(void)
{
    int (*call)(void) = NULL;
    void *address = dlsym(RTLD_DEFAULT, "openblas_get_num_threads");
    if (address == NULL) {
        return 0;
    }
    memcpy(&call, &address, sizeof call);
    return call();
}

json_t *hone_libraries_versions(void)
{
    json_t *versions = json_object();
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        const char *text = ask_text(libraries[i].function);
        if (text != NULL) {
            json_object_set_new(versions, libraries[i].name, json_string(text));
        }
    }
    return versions;
}
