#include "server/loop.h"

#include "base/check.h"
#include "base/error.h"

int hone_loop_init(struct hone_loop *loop)
{
    if (uv_loop_init(&loop->uv) != 0) {
        return HONE_E_NOMEM;
    }
    loop->thread = uv_thread_self();
    return 0;
}

void hone_loop_finish(struct hone_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    HONE_INVARIANT(uv_loop_close(&loop->uv) == 0);
}

void hone_loop_run_until(struct hone_loop *loop, const bool *done)
{
    hone_loop_assert(loop);
    while (!*done && uv_run(&loop->uv, UV_RUN_ONCE) != 0) {
    }
}

void hone_loop_assert(const struct hone_loop *loop)
{
    uv_thread_t self = uv_thread_self();
    HONE_REQUIRE(uv_thread_equal(&self, &loop->thread) != 0);
}

uint64_t hone_loop_now_ms(const struct hone_loop *loop)
{
    return uv_now(&loop->uv);
}
