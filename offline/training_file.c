/* open: one pass that says of each row where it belongs (struct mark). next: a pass for
 * the taught rows, then one for those held out; a row is parsed in the pass that sends it.
 */
#include "offline/training_file.h"

#include "base/alloc.h"
#include "offline/lines.h"
#include "offline/row.h"
#include "offline/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is kept of a line. */
struct mark {
    uint64_t text;     /* of the input's text */
    uint64_t content;  /* of all that the row says: the file must not change meanwhile */
    uint32_t fraction; /* below the share of UINT32_MAX: held out */
    uint32_t nth;      /* of the rows that say the same, from 0 */
    bool is_row, is_held_out, is_barred;
};

struct hone_training_file {
    struct hone_lines *lines;
    char *skill, *run;
    struct mark *marks; /* one a line */
    size_t n_marks, capacity;
    struct hone_training_file_counts counts;
    bool in_held_out; /* which pass */
    bool has_line;    /* the line that was read last belongs to the next batch */
    struct hone_span line;
};

/* Keyed by the skill: what one skill holds out says nothing of another. */
static uint32_t fraction_of(const struct hone_training_file *file,
                            const struct hone_row *row, struct hone_digest text)
{
    struct hone_digest_stream stream;
    bool is_named = row->episode.len > 0;
    hone_digest_stream_init(&stream);
    hone_digest_stream_update(&stream, file->skill, strlen(file->skill) + 1);
    hone_digest_stream_update(&stream, &is_named, sizeof(is_named));
    if (is_named) {
        hone_digest_stream_update(&stream, row->episode.data, row->episode.len);
    } else {
        hone_digest_stream_update(&stream, text.bytes, sizeof(text.bytes));
    }
    return (uint32_t)hone_row_word(hone_digest_stream_final(&stream));
}

static struct mark *add_mark(struct hone_training_file *file)
{
    if (file->n_marks == file->capacity) {
        file->capacity = file->capacity == 0 ? 1024 : file->capacity * 2;
        file->marks =
            hone_alloc_resize(file->marks, file->capacity, sizeof(file->marks[0]));
    }
    file->marks[file->n_marks] = (struct mark){0};
    return &file->marks[file->n_marks++];
}

static int mark_line(struct hone_training_file *file, struct hone_span line,
                     struct hone_seen *contents, struct mark *mark,
                     struct hone_error *err)
{
    struct hone_row row;
    int code = hone_row_parse(&row, line, err);
    if (code == 0) {
        struct hone_digest text = hone_row_text_digest(&row);
        struct hone_digest content = hone_row_digest(&row, hone_span_text(file->run));
        mark->is_row = true;
        mark->text = hone_row_word(text);
        mark->content = hone_row_word(content);
        mark->fraction = fraction_of(file, &row, text);
        mark->nth = hone_seen_add(contents, mark->content);
    } else if (!hone_lines_was_ended(file->lines)) {
        (void)hone_error_hint(err, "the file ends in the middle of this line");
    }
    hone_row_finish(&row);
    return code;
}

static int scan(struct hone_training_file *file, hone_training_file_bad_cb on_bad,
                void *user, struct hone_error *err)
{
    struct hone_seen *contents = hone_seen_create();
    struct hone_span line;
    int code = 0;
    while (code == 0 && (code = hone_lines_next(file->lines, &line, err)) != 0) {
        if (code < 0 && code != HONE_E_LIMIT) {
            break;
        }
        if (file->n_marks == HONE_TRAINING_FILE_ROWS_MAX) {
            code = hone_error_set(err, HONE_E_LIMIT, "the file has more than %d lines",
                                  HONE_TRAINING_FILE_ROWS_MAX);
            break;
        }
        struct mark *mark = add_mark(file);
        bool is_bad = code == HONE_E_LIMIT;
        code = 0;
        if (!is_bad && line.len > 0) {
            is_bad = mark_line(file, line, contents, mark, err) != 0;
        }
        file->counts.n_rows += mark->is_row ? 1 : 0;
        if (is_bad) {
            file->counts.n_bad++;
            code = on_bad(user, hone_lines_number(file->lines), err);
        }
    }
    file->counts.n_lines = file->n_marks;
    hone_seen_destroy(contents);
    return code;
}

static double share_of(const struct hone_training_file *file, double wanted)
{
    double share = (double)HONE_TRAINING_FILE_HELD_ROWS / (double)file->counts.n_rows;
    if (wanted >= 0.0) {
        return wanted;
    }
    return share < HONE_TRAINING_FILE_HELD_MIN   ? HONE_TRAINING_FILE_HELD_MIN
           : share > HONE_TRAINING_FILE_HELD_MAX ? HONE_TRAINING_FILE_HELD_MAX
                                                 : share;
}

/* Which rows are held out, and which of these are evidence. */
static void split(struct hone_training_file *file, double share)
{
    struct hone_seen *texts = hone_seen_create();
    double limit = share * ((double)UINT32_MAX + 1.0);
    for (size_t i = 0; i < file->n_marks; i++) {
        struct mark *mark = &file->marks[i];
        mark->is_held_out = mark->is_row && (double)mark->fraction < limit;
        mark->is_barred = !mark->is_held_out;
        if (mark->is_row && !mark->is_held_out) {
            file->counts.n_taught++;
            (void)hone_seen_add(texts, mark->text);
        }
    }
    for (size_t i = 0; i < file->n_marks; i++) {
        struct mark *mark = &file->marks[i];
        if (mark->is_held_out) {
            mark->is_barred = hone_seen_add(texts, mark->text) > 0;
            file->counts.n_held_out++;
            file->counts.n_repeated += mark->is_barred ? 1 : 0;
        }
    }
    hone_seen_destroy(texts);
}

int hone_training_file_open(struct hone_training_file **out, const char *path,
                            const struct hone_training_file_settings *settings,
                            hone_training_file_bad_cb on_bad, void *user,
                            struct hone_error *err)
{
    struct hone_training_file *file = hone_alloc_zeroed(1, sizeof(*file));
    file->skill = hone_alloc_bytes(settings->skill.data, settings->skill.len);
    file->run = hone_alloc_bytes(settings->run.data, settings->run.len);
    int code = hone_lines_open(&file->lines, path, err);
    if (code == 0) {
        code = scan(file, on_bad, user, err);
    }
    if (code == 0) {
        code = hone_lines_rewind(file->lines, err);
    }
    if (code != 0) {
        hone_training_file_close(file);
        return code;
    }
    split(file, share_of(file, settings->held_out));
    *out = file;
    return 0;
}

void hone_training_file_close(struct hone_training_file *file)
{
    if (file != NULL) {
        hone_lines_close(file->lines);
        free(file->marks);
        free(file->skill);
        free(file->run);
        free(file);
    }
}

struct hone_training_file_counts
hone_training_file_counts(const struct hone_training_file *file)
{
    return file->counts;
}

/* ---- batches ---- */

static int refuse_change(struct hone_error *err)
{
    (void)hone_error_set(err, HONE_E_STALE, "the file was changed while it was read");
    return hone_error_hint(err, "the same command goes on with the file as it is now");
}

/* The next line of this pass, not taken yet: 1, or 0 at the pass's end. */
static int find_line(struct hone_training_file *file, struct hone_error *err)
{
    while (!file->has_line) {
        int code = hone_lines_next(file->lines, &file->line, err);
        if (code == 0) {
            return 0;
        }
        if (code < 0 && code != HONE_E_LIMIT) {
            return code;
        }
        uint64_t number = hone_lines_number(file->lines);
        if (number > file->n_marks) {
            return refuse_change(err);
        }
        const struct mark *mark = &file->marks[number - 1];
        file->has_line = mark->is_row && mark->is_held_out == file->in_held_out;
    }
    return 1;
}

/* An id of its own for each row, the same one each time that the file is read; and the
 * name of its text, by which the log knows that it was learnt before. */
static void name_row(const struct hone_row *row, struct hone_digest digest,
                     const struct mark *mark)
{
    char key[HONE_ROW_KEY_BYTES], text[HONE_ROW_KEY_BYTES];
    json_t *item = row->item;
    hone_row_key(key, digest, mark->nth);
    hone_row_text_key(text, hone_row_text_digest(row));
    (void)json_object_set_new(item, "idempotency_key", json_string(key));
    (void)json_object_set_new(item, "text_key", json_string(text));
    if (mark->is_barred) {
        (void)json_object_set_new(item, "barred", json_true());
    }
}

static int add_row(struct hone_training_file *file, json_t *rows, struct hone_error *err)
{
    const struct mark *mark = &file->marks[hone_lines_number(file->lines) - 1];
    struct hone_row row;
    int code = hone_row_parse(&row, file->line, err);
    if (code == 0) {
        struct hone_digest digest = hone_row_digest(&row, hone_span_text(file->run));
        code = hone_row_word(digest) == mark->content ? 0 : HONE_E_STALE;
        name_row(&row, digest, mark);
        (void)json_array_append(rows, row.item);
    }
    hone_row_finish(&row);
    file->has_line = false;
    return code == 0 ? 0 : refuse_change(err);
}

static int fill_batch(struct hone_training_file *file, json_t *rows, uint64_t *lines,
                      struct hone_error *err)
{
    size_t n_bytes = 0;
    int code = 1;
    while (json_array_size(rows) < HONE_TRAINING_FILE_BATCH_ROWS &&
           (code = find_line(file, err)) == 1) {
        size_t n = json_array_size(rows);
        n_bytes += file->line.len;
        if (n > 0 && n_bytes > HONE_TRAINING_FILE_BATCH_BYTES) {
            break;
        }
        lines[n] = hone_lines_number(file->lines);
        code = add_row(file, rows, err);
        if (code < 0) {
            break;
        }
    }
    return code < 0 ? code : 0;
}

int hone_training_file_next(struct hone_training_file *file, json_t **rows,
                            uint64_t lines[HONE_TRAINING_FILE_BATCH_ROWS],
                            struct hone_error *err)
{
    json_t *batch = json_array();
    int code = fill_batch(file, batch, lines, err);
    if (code == 0 && json_array_size(batch) == 0 && !file->in_held_out) {
        file->in_held_out = true;
        code = hone_lines_rewind(file->lines, err);
        if (code == 0) {
            code = fill_batch(file, batch, lines, err);
        }
    }
    if (code != 0 || json_array_size(batch) == 0) {
        json_decref(batch);
        return code;
    }
    *rows = batch;
    return 1;
}
