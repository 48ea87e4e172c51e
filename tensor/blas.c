/* OpenBLAS is loaded here and not linked: it makes its threads when it is loaded, as many
 * as there are cores, and until they sleep they take the cores from who started; only the
 * environment keeps it from that. And who computes nothing, as a relay, does without. */
#include "tensor/blas.h"

#include "base/check.h"

#include <cblas.h>
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libopenblas.so.0"

/* Written once, read-only after. */
static struct library {
    void (*saxpy)(blasint n, float a, const float *x, blasint inc_x, float *y,
                  blasint inc_y);
    int (*get_num_threads)(void);
    char *(*get_config)(void);
} library;
static struct hone_error failure;
static int status;

static const struct function {
    const char *name;
    size_t offset;
} functions[] = {
    {"cblas_saxpy", offsetof(struct library, saxpy)},
    {"openblas_get_num_threads", offsetof(struct library, get_num_threads)},
    {"openblas_get_config", offsetof(struct library, get_config)},
};

static void load(void)
{
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *handle = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        void *address = handle != NULL ? dlsym(handle, functions[i].name) : NULL;
        if (address == NULL) {
            const char *cause = dlerror();
            status = hone_error_set(&failure, HONE_E_UNSUPPORTED,
                                    "the linear algebra library cannot be loaded: %s",
                                    cause != NULL ? cause : LIBRARY);
            (void)hone_error_hint(&failure, "install OpenBLAS (libopenblas0)");
            return;
        }
        /* ISO C has no conversion from an object pointer to a function pointer; POSIX
         * wants the bits to be the same. */
        memcpy((char *)&library + functions[i].offset, &address, sizeof(address));
    }
}

static void load_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
}

static const struct library *loaded(void)
{
    load_once();
    HONE_REQUIRE(status == 0); /* hone_blas_init has said why not */
    return &library;
}

/* The library counts in its own integer; sizes of ours always fit. */
static blasint to_blas(size_t n)
{
    HONE_REQUIRE(n <= INT_MAX);
    return (blasint)n;
}

int hone_blas_init(struct hone_error *err)
{
    load_once();
    if (status != 0) {
        *err = failure;
    }
    return status;
}

int hone_blas_n_threads(void)
{
    return loaded()->get_num_threads();
}

const char *hone_blas_version(void)
{
    return loaded()->get_config();
}

void hone_blas_axpy(float *y, float a, const float *x, size_t n)
{
    loaded()->saxpy(to_blas(n), a, x, 1, y, 1);
}
