/* The kernel sends a signal when the thread that started this process ends. That may be
 * one thread of a parent that goes on, so the signal only asks for a look at the parent's
 * id, which changes when the parent as a whole has died. */
#include "server/parent.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LOOK_SIGNAL SIGUSR1

static void look(struct hone_parent *parent)
{
    if (parent->on_death != NULL && getppid() != parent->pid) {
        void (*on_death)(void *) = parent->on_death;
        parent->on_death = NULL;
        on_death(parent->user);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    look(handle->data);
}

void hone_parent_start(struct hone_parent *parent, uv_loop_t *loop,
                       void (*on_death)(void *user), void *user)
{
    parent->pid = getppid();
    parent->on_death = on_death;
    parent->user = user;
    parent->started = true;
    (void)uv_signal_init(loop, &parent->signal);
    parent->signal.data = parent;
    (void)uv_signal_start(&parent->signal, on_signal, LOOK_SIGNAL);
    uv_unref((uv_handle_t *)&parent->signal);
    (void)prctl(PR_SET_PDEATHSIG, LOOK_SIGNAL);
    look(parent); /* it may have died before the kernel was asked to tell */
}

void hone_parent_stop(struct hone_parent *parent)
{
    if (parent->started) {
        parent->started = false;
        (void)prctl(PR_SET_PDEATHSIG, 0);
        uv_close((uv_handle_t *)&parent->signal, NULL);
    }
}
