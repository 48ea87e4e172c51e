#include "bench/support/others.h"

#include "base/clock.h"
#include "bench/support/fail.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* The first line of /proc/stat: user, nice, system, idle, waiting, interrupts (two kinds) and
 * what the hypervisor gave to other machines. */
static double read_busy_s(void)
{
    unsigned long user = 0, nice = 0, system = 0, irq = 0, soft_irq = 0, steal = 0;
    FILE *file = fopen("/proc/stat", "r");
    hone_fail_unless(file != NULL &&
                         fscanf(file, "cpu %lu %lu %lu %*u %*u %lu %lu %lu", &user, &nice,
                                &system, &irq, &soft_irq, &steal) == 6,
                     "/proc/stat cannot be read");
    (void)fclose(file);
    return (double)(user + nice + system + irq + soft_irq + steal) /
           (double)sysconf(_SC_CLK_TCK);
}

static double used_s(int who)
{
    struct rusage use;
    (void)getrusage(who, &use);
    return (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6 +
           (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6;
}

void hone_others_begin(struct hone_others *out)
{
    out->start_us = hone_clock_monotonic_us();
    out->busy_s = read_busy_s();
    out->own_s = used_s(RUSAGE_SELF) + used_s(RUSAGE_CHILDREN);
}

double hone_others_cores(const struct hone_others *begin)
{
    struct hone_others now;
    hone_others_begin(&now);
    double elapsed_s = (double)(now.start_us - begin->start_us) / 1e6;
    double others_s = (now.busy_s - begin->busy_s) - (now.own_s - begin->own_s);
    return elapsed_s > 0.0 && others_s > 0.0 ? others_s / elapsed_s : 0.0;
}
