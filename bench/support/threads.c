#include "bench/support/threads.h"

#include "base/alloc.h"
#include "bench/support/fail.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stat_line {
    unsigned long user_ticks, system_ticks;
    long nice;
};

/* Fields 14, 15 and 19 of /proc/PID/task/TID/stat; the name in brackets may hold anything. */
static struct stat_line read_stat(pid_t process, pid_t thread)
{
    struct stat_line out = {0};
    char line[1024];
    char *path = hone_alloc_format("/proc/%d/task/%d/stat", (int)process, (int)thread);
    FILE *file = fopen(path, "r");
    hone_fail_unless(file != NULL && fgets(line, sizeof(line), file) != NULL,
                     "a thread of the server has ended");
    (void)fclose(file);
    free(path);
    const char *at = strrchr(line, ')');
    hone_fail_unless(at != NULL &&
                         sscanf(at + 1,
                                " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu "
                                "%*d %*d %*d %ld",
                                &out.user_ticks, &out.system_ticks, &out.nice) == 3,
                     "a thread's statistics cannot be read");
    return out;
}

/* The next thread of the process; 0 after the last. */
static pid_t next_thread(DIR *folder)
{
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
        if (thread > 0) {
            return thread;
        }
    }
    return 0;
}

static DIR *open_threads(pid_t process)
{
    char *path = hone_alloc_format("/proc/%d/task", (int)process);
    DIR *folder = opendir(path);
    hone_fail_unless(folder != NULL, "the server's threads cannot be listed");
    free(path);
    return folder;
}

pid_t hone_threads_find_nicest(pid_t process)
{
    pid_t best = process;
    long best_nice = read_stat(process, process).nice;
    DIR *folder = open_threads(process);
    for (pid_t thread = next_thread(folder); thread != 0; thread = next_thread(folder)) {
        long nice = read_stat(process, thread).nice;
        if (nice > best_nice) {
            best = thread;
            best_nice = nice;
        }
    }
    (void)closedir(folder);
    return best;
}

void hone_threads_pin_others(pid_t process, int cpu)
{
    DIR *folder = open_threads(process);
    for (pid_t thread = next_thread(folder); thread != 0; thread = next_thread(folder)) {
        if (thread != process) {
            hone_threads_pin(thread, cpu);
        }
    }
    (void)closedir(folder);
}

double hone_threads_cpu_s(pid_t process, pid_t thread)
{
    struct stat_line line = read_stat(process, thread);
    return (double)(line.user_ticks + line.system_ticks) / (double)sysconf(_SC_CLK_TCK);
}

void hone_threads_pin(pid_t thread, int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    hone_fail_unless(sched_setaffinity(thread, sizeof(set), &set) == 0,
                     "a thread cannot be pinned to its core");
}
