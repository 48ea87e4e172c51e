#include "remote/curl.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"

#define FUNCTION(member)                                                                 \
    {                                                                                    \
        "curl_" #member, offsetof(struct hone_curl, member)                              \
    }
static const struct function {
    const char *name;
    size_t offset;
} functions[] = {
    FUNCTION(global_init),  FUNCTION(global_cleanup), FUNCTION(easy_init),
    FUNCTION(easy_cleanup), FUNCTION(easy_reset),     FUNCTION(easy_setopt),
    FUNCTION(easy_getinfo), FUNCTION(easy_perform),   FUNCTION(easy_strerror),
    FUNCTION(slist_append), FUNCTION(slist_free_all),
};

int hone_curl_load(struct hone_curl *out, struct hone_error *err)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        void *address = library != NULL ? dlsym(library, functions[i].name) : NULL;
        if (address == NULL) {
            const char *cause = dlerror();
            (void)hone_error_set(err, HONE_E_UNSUPPORTED,
                                 "the HTTP library cannot be loaded: %s",
                                 cause != NULL ? cause : LIBRARY);
            (void)hone_error_hint(err, "install libcurl (libcurl4)");
            return HONE_E_UNSUPPORTED;
        }
        /* ISO C has no conversion from an object pointer to a function pointer; POSIX
         * wants the bits to be the same. */
        memcpy((char *)out + functions[i].offset, &address, sizeof(address));
    }
    return 0;
}
