/* Runs promises of store/store.h over each engine, each in a world of its own. */
#ifndef HONE_TESTS_UNIT_STORE_CONTRACT_SUPPORT_H
#define HONE_TESTS_UNIT_STORE_CONTRACT_SUPPORT_H

#include "tests/unit/store/store_support.h"

static const struct hone_store_engine *const contract_engines[] = {&hone_sqlite_engine};
#define CONTRACT_N_ENGINES    (sizeof(contract_engines) / sizeof(contract_engines[0]))
#define CONTRACT_PROMISES_MAX 100

static inline int contract_set_up(void **state)
{
    const struct hone_store_engine *const *engine = *state;
    *state = world_make(*engine);
    return 0;
}

static inline int contract_tear_down(void **state)
{
    world_destroy(*state);
    return 0;
}

#define CONTRACT(name)                                                                   \
    cmocka_unit_test_prestate_setup_teardown(name, contract_set_up, contract_tear_down,  \
                                             NULL)

static inline int contract_run_one(const struct hone_store_engine *const *engine,
                                   const struct CMUnitTest *promises, size_t n_promises)
{
    struct CMUnitTest tests[CONTRACT_PROMISES_MAX];
    assert_true(n_promises <= CONTRACT_PROMISES_MAX);
    for (size_t i = 0; i < n_promises; i++) {
        union { /* cmocka's pointer is not const; set-up only reads through it */
            const struct hone_store_engine *const *in;
            void *out;
        } engine_pointer = {.in = engine};
        tests[i] = promises[i];
        tests[i].initial_state = engine_pointer.out;
    }
    return _cmocka_run_group_tests((*engine)->name, tests, n_promises, NULL, NULL);
}

/* The number of tests that failed. */
static inline int contract_run(const struct CMUnitTest *promises, size_t n_promises)
{
    int n_failed = 0;
    for (size_t i = 0; i < CONTRACT_N_ENGINES; i++) {
        n_failed += contract_run_one(&contract_engines[i], promises, n_promises);
    }
    return n_failed;
}

#endif
