#include "bench/mcpload/tally.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define URGENT_NICE (-15)
#define URGENT_PRIORITY                                                                  \
    1 /* the lowest of the real-time class: above every ordinary thread */

uint64_t hone_tally_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void hone_tally_pin(int cpu)
{
    cpu_set_t set;
    if (cpu >= 0) {
        CPU_ZERO(&set);
        CPU_SET((size_t)cpu, &set);
        if (sched_setaffinity(0, sizeof(set), &set) != 0) {
            perror("mcpload: not pinned");
            exit(2);
        }
    }
}

void hone_tally_hurry(void)
{
    /* A nice value alone does not let a woken thread run at once: the fair scheduler lets
     * the one on the core end its slice, some milliseconds, and that would be measured. */
    struct sched_param param = {.sched_priority = URGENT_PRIORITY};
    if (sched_setscheduler(0, SCHED_FIFO, &param) != 0) {
        (void)setpriority(PRIO_PROCESS, 0, URGENT_NICE);
    }
}

/* ---- what processes use ---- */

static double own_cpu_s(void)
{
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6 +
           (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6;
}

static FILE *open_proc(pid_t pid, const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return pid > 0 ? fopen(path, "r") : NULL;
}

static void read_number(long *out, const char *line, const char *key)
{
    size_t len = strlen(key);
    if (strncmp(line, key, len) == 0) {
        *out = strtol(line + len, NULL, 10);
    }
}

/* User and system time are the 12th and 13th fields behind the name in brackets. */
static double parse_cpu_s(const char *line)
{
    unsigned long user = 0, system = 0;
    const char *at = strrchr(line, ')');
    if (at == NULL ||
        sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system) != 2) {
        return 0.0;
    }
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

struct hone_tally_usage hone_tally_usage_of(pid_t pid)
{
    struct hone_tally_usage usage = {0};
    char line[1024];
    FILE *file = open_proc(pid, "status");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        read_number(&usage.resident_kib, line, "VmRSS:");
        read_number(&usage.peak_kib, line, "VmHWM:");
        read_number(&usage.n_threads, line, "Threads:");
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    file = open_proc(pid, "stat");
    if (file != NULL) {
        usage.cpu_s = fgets(line, sizeof(line), file) != NULL ? parse_cpu_s(line) : 0.0;
        (void)fclose(file);
    }
    return usage;
}

static struct hone_tally_counts read_counts(const struct hone_options *options)
{
    struct hone_tally_counts counts = {0, 0};
    const char *path = options->counts_path;
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    if (path != NULL && (file == NULL || fread(&counts, sizeof(counts), 1, file) != 1)) {
        (void)fprintf(stderr, "mcpload: %s cannot be read\n", path);
        exit(2);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return counts;
}

/* ---- counts and times ---- */

void hone_tally_begin(struct hone_tally *tally, const struct hone_options *options,
                      pid_t pid)
{
    tally->counts = read_counts(options);
    tally->usage = hone_tally_usage_of(pid);
    tally->own_cpu_s = own_cpu_s();
    tally->n_right = tally->n_bytes = tally->n_reconnects = 0;
    tally->n_times = 0;
    tally->measuring = true;
    tally->begin_ns = hone_tally_now_ns();
}

void hone_tally_time(struct hone_tally *tally, uint64_t ns)
{
    if (!tally->measuring) {
        return;
    }
    if (tally->n_times == tally->capacity) {
        tally->capacity = tally->capacity == 0 ? 1 << 16 : tally->capacity * 2;
        tally->times =
            hone_alloc_resize(tally->times, tally->capacity, sizeof(*tally->times));
    }
    ns /= 10;
    tally->times[tally->n_times++] = ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

void hone_tally_wrong(struct hone_tally *tally, const char *why, struct hone_span answer)
{
    if (tally->n_wrong++ > 0) {
        return;
    }
    char *out = tally->first_wrong;
    size_t size = sizeof(tally->first_wrong);
    int n = snprintf(out, size, "%s: %.*s", why, answer.len > 200 ? 200 : (int)answer.len,
                     answer.len > 0 ? answer.data : "");
    for (int i = 0; i < n && out[i] != '\0'; i++) { /* it must fit into a JSON string */
        unsigned char c = (unsigned char)out[i];
        out[i] = (char)(c < 0x20 || c == '"' || c == '\\' || c > 0x7E ? '\'' : c);
    }
}

static int compare_times(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

double hone_tally_quantile_ms(struct hone_tally *tally, double share)
{
    if (tally->n_times == 0) {
        return 0.0;
    }
    qsort(tally->times, tally->n_times, sizeof(*tally->times), compare_times);
    size_t at = (size_t)(share * (double)tally->n_times);
    return (double)tally->times[at < tally->n_times ? at : tally->n_times - 1] / 1e5;
}

void hone_tally_finish(struct hone_tally *tally)
{
    free(tally->times);
    *tally = (struct hone_tally){0};
}

/* ---- report ---- */

static double mean_us(const struct hone_tally *tally)
{
    double sum = 0.0;
    for (size_t i = 0; i < tally->n_times; i++) {
        sum += (double)tally->times[i] / 100.0;
    }
    return tally->n_times > 0 ? sum / (double)tally->n_times : 0.0;
}

void hone_tally_report(struct hone_tally *tally, const struct hone_options *options,
                       const char *mode, size_t width, pid_t pid)
{
    double seconds = (double)(hone_tally_now_ns() - tally->begin_ns) / 1e9;
    struct hone_tally_counts counts = read_counts(options);
    double own_s = own_cpu_s() - tally->own_cpu_s;
    struct hone_tally_usage usage = hone_tally_usage_of(pid);
    double cpu_s = usage.cpu_s - tally->usage.cpu_s;
    double n = tally->n_right > 0 ? (double)tally->n_right : 1.0;
    printf("{\"label\":\"%s\",\"mode\":\"%s\",\"kind\":\"%s\",\"concurrency\":%zu,"
           "\"payload\":%zu,\"rate\":%.0f,\"requests\":%" PRIu64 ",\"errors\":%" PRIu64
           ",\"seconds\":%.3f,\"rps\":%.1f,\"mean_us\":%.2f",
           options->label, mode, hone_options_kind_name(options->kind), width,
           options->payload_bytes, options->rate, tally->n_right, tally->n_wrong, seconds,
           seconds > 0.0 ? (double)tally->n_right / seconds : 0.0, mean_us(tally));
    static const struct {
        const char *name;
        double share;
    } quantiles[] = {{"p50_us", 0.5},
                     {"p90_us", 0.9},
                     {"p99_us", 0.99},
                     {"p999_us", 0.999},
                     {"max_us", 1.0}};
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
        printf(",\"%s\":%.2f", quantiles[i].name,
               hone_tally_quantile_ms(tally, quantiles[i].share) * 1e3);
    }
    printf(",\"resp_bytes\":%" PRIu64 ",\"reconnects\":%" PRIu64
           ",\"server_rss_kb\":%ld,\"server_peak_kb\":%ld,\"server_threads\":%ld,"
           "\"server_cpu_s\":%.2f,\"server_cpu_us_per_req\":%.2f,\"client_cpu_s\":%.2f",
           tally->n_bytes, tally->n_reconnects, usage.resident_kib, usage.peak_kib,
           usage.n_threads, cpu_s, cpu_s * 1e6 / n, own_s);
    if (options->counts_path != NULL) {
        printf(",\"main_allocations\":%" PRIu64 ",\"other_allocations\":%" PRIu64,
               counts.main - tally->counts.main, counts.others - tally->counts.others);
    }
    if (tally->n_wrong > 0) {
        printf(",\"first_error\":\"%s\"", tally->first_wrong);
    }
    puts("}");
    (void)fflush(stdout);
}
