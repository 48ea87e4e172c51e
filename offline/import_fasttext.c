#include "offline/import_fasttext.h"

#include "schema/json.h"

#include <string.h>

#define PREFIX     "__label__"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

struct labels {
    struct hone_span names[HONE_IMPORT_FASTTEXT_LABELS_MAX];
    size_t n;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/* The next word, or false. */
static bool next_word(struct hone_span *rest, struct hone_span *word)
{
    size_t begin = 0;
    while (begin < rest->len && is_space(rest->data[begin])) {
        begin++;
    }
    size_t end = begin;
    while (end < rest->len && !is_space(rest->data[end])) {
        end++;
    }
    *word = hone_span_of(rest->data + begin, end - begin);
    *rest = hone_span_of(rest->data + end, rest->len - end);
    return word->len > 0;
}

static int add_label(struct labels *labels, struct hone_span word, struct hone_error *err)
{
    if (word.len == PREFIX_LEN) {
        return hone_error_set(err, HONE_E_INVALID, "a label has no name after %s",
                              PREFIX);
    }
    if (labels->n == HONE_IMPORT_FASTTEXT_LABELS_MAX) {
        return hone_error_set(err, HONE_E_LIMIT, "the line has more than %d labels",
                              HONE_IMPORT_FASTTEXT_LABELS_MAX);
    }
    labels->names[labels->n++] =
        hone_span_of(word.data + PREFIX_LEN, word.len - PREFIX_LEN);
    return 0;
}

static void append_row(struct hone_buf *out, struct hone_span text,
                       struct hone_span label, size_t n_labels)
{
    (void)hone_buf_append_text(out, "{\"text\":");
    (void)hone_json_append_string(out, text);
    (void)hone_buf_append_text(out, ",\"label\":");
    (void)hone_json_append_string(out, label);
    if (n_labels > 1) {
        (void)hone_buf_append_text(out, ",\"weight\":");
        (void)hone_json_append_real(out, 1.0 / (double)n_labels);
    }
    (void)hone_buf_append_text(out, "}\n");
}

static void append_set(struct hone_buf *out, struct hone_span text,
                       const struct labels *labels)
{
    (void)hone_buf_append_text(out, "{\"text\":");
    (void)hone_json_append_string(out, text);
    (void)hone_buf_append_text(out, ",\"labels\":[");
    for (size_t i = 0; i < labels->n; i++) {
        (void)hone_buf_append(out, ",", i > 0 ? 1 : 0);
        (void)hone_json_append_string(out, labels->names[i]);
    }
    (void)hone_buf_append_text(out, "]}\n");
}

static int read_words(struct labels *labels, struct hone_buf *text, struct hone_span line,
                      struct hone_error *err)
{
    struct hone_span word;
    int code = 0;
    while (code == 0 && next_word(&line, &word)) {
        if (word.len >= PREFIX_LEN && memcmp(word.data, PREFIX, PREFIX_LEN) == 0) {
            code = add_label(labels, word, err);
        } else {
            (void)hone_buf_append(text, " ", text->len > 0 ? 1 : 0);
            (void)hone_buf_append_span(text, word);
        }
    }
    return code;
}

int hone_import_fasttext_line(const struct hone_import_settings *settings,
                              struct hone_span line, struct hone_buf *out,
                              struct hone_error *err)
{
    struct labels labels = {.n = 0};
    struct hone_buf text;
    hone_buf_init(&text, line.len + 1);
    int code = read_words(&labels, &text, line, err);
    bool any = labels.n > 0 || text.len > 0;
    if (code == 0 && any && labels.n == 0) {
        code =
            hone_error_set(err, HONE_E_INVALID, "the line has no label (%sNAME)", PREFIX);
    }
    if (code == 0 && any && text.len == 0) {
        code = hone_error_set(err, HONE_E_INVALID, "the line has labels but no text");
    }
    size_t n = settings->first_label_only && labels.n > 1 ? 1 : labels.n;
    if (code == 0 && any && settings->takes_labels) {
        append_set(out, hone_buf_span(&text), &labels);
        n = 0;
    }
    for (size_t i = 0; code == 0 && i < n; i++) {
        append_row(out, hone_buf_span(&text), labels.names[i], n);
    }
    hone_buf_finish(&text);
    return code;
}
