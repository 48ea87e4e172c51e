#include "server/package_stamp.h"

#include <fts.h>
#include <string.h>
#include <sys/stat.h>

static int compare_names(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void add_file(struct hone_digest_stream *stream, const FTSENT *entry)
{
    const struct stat *st = entry->fts_statp;
    const int64_t numbers[] = {st->st_size, st->st_mtim.tv_sec, st->st_mtim.tv_nsec};
    hone_digest_stream_update(stream, entry->fts_path, strlen(entry->fts_path) + 1);
    hone_digest_stream_update(stream, numbers, sizeof numbers);
}

struct hone_digest hone_package_stamp_read(const struct hone_config *config)
{
    char *roots[HONE_CONFIG_LIST_MAX + 1] = {NULL};
    struct hone_digest_stream stream;
    size_t n_entries = 0;
    hone_digest_stream_init(&stream);
    memcpy(roots, config->skills, config->n_skills * sizeof roots[0]);
    FTS *walk = config->n_skills > 0
                    ? fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, compare_names)
                    : NULL;
    FTSENT *entry = walk != NULL ? fts_read(walk) : NULL;
    while (entry != NULL && n_entries < HONE_PACKAGE_STAMP_ENTRIES_MAX) {
        n_entries++;
        if (entry->fts_level > FTS_ROOTLEVEL && entry->fts_name[0] == '.') {
            (void)fts_set(walk, entry, FTS_SKIP);
        } else if (entry->fts_info == FTS_F) {
            add_file(&stream, entry);
        }
        entry = fts_read(walk);
    }
    if (walk != NULL) {
        (void)fts_close(walk);
    }
    return hone_digest_stream_final(&stream);
}
