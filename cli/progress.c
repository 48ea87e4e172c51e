#include "cli/progress.h"

#include "base/clock.h"

#define COLUMNS       24
#define SHOW_EVERY_US 100000

void hone_progress_start(struct hone_progress *progress, struct hone_output *output,
                         const char *what, uint64_t n_total, bool is_quiet)
{
    *progress = (struct hone_progress){
        .output = output,
        .what = what,
        .n_total = n_total,
        .began_us = hone_clock_monotonic_us(),
        .is_shown = output->talk_is_terminal && !is_quiet,
    };
}

static void draw_bar(FILE *file, double share)
{
    int n_full = (int)(share * COLUMNS);
    (void)fputc('[', file);
    for (int i = 0; i < COLUMNS; i++) {
        (void)fputc(i < n_full ? '#' : '.', file);
    }
    (void)fputc(']', file);
}

void hone_progress_show(struct hone_progress *progress, uint64_t n_done)
{
    uint64_t now_us = hone_clock_monotonic_us();
    FILE *file = progress->output->talk;
    if (!progress->is_shown ||
        (progress->is_drawn && now_us - progress->shown_us < SHOW_EVERY_US)) {
        return;
    }
    double seconds = (double)(now_us - progress->began_us) / 1e6;
    double rate = seconds > 0.0 ? (double)n_done / seconds : 0.0;
    (void)fprintf(file, "\r\033[K%s ", progress->what);
    if (progress->n_total > 0) {
        double share = (double)n_done / (double)progress->n_total;
        draw_bar(file, share < 1.0 ? share : 1.0);
        (void)fprintf(file, " %llu of %llu", (unsigned long long)n_done,
                      (unsigned long long)progress->n_total);
    } else {
        (void)fprintf(file, "%llu", (unsigned long long)n_done);
    }
    (void)fprintf(file, ", %.0f a second", rate);
    if (rate > 0.0 && progress->n_total > n_done) {
        (void)fprintf(file, ", %.0f s left", (double)(progress->n_total - n_done) / rate);
    }
    (void)fflush(file);
    progress->shown_us = now_us;
    progress->is_drawn = true;
}

void hone_progress_clear(struct hone_progress *progress)
{
    if (progress->is_drawn) {
        (void)fputs("\r\033[K", progress->output->talk);
        (void)fflush(progress->output->talk);
        progress->is_drawn = false;
    }
}
