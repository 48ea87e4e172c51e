/* score(d) = sum over the words w of the query of idf(w) f (k + 1) / (f + k (1 - b + b
 * len(d) / mean)), with f the weighted count of w in d and idf(w) = ln(1 + (n - n_w + 0.5) /
 * (n_w + 0.5)) (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009). */
#include "skills/skill_index.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define K 1.2
#define B 0.75

#define WEIGHT_NAME  4.0 /* a word of the name says more than one of the description */
#define WEIGHT_TITLE 2.0
#define WEIGHT_TEXT  1.0

#define LABELS_INDEXED_MAX 64
#define WORD_BYTES_MIN     2

struct posting {
    size_t document;
    double count; /* weighted */
};

struct word {
    struct posting *postings; /* by document, ascending */
    size_t n, capacity;
    struct word *next; /* of all words */
};

struct document {
    struct hone_skill *skill;
    double length; /* weighted words */
};

struct hone_skill_index {
    struct hone_map *words;
    struct word *first;
    struct document *documents;
    size_t n, capacity;
    double total_length;
};

struct hone_skill_index *hone_skill_index_create(void)
{
    struct hone_skill_index *index = hone_alloc_zeroed(1, sizeof(*index));
    index->words = hone_map_create();
    return index;
}

void hone_skill_index_destroy(struct hone_skill_index *index)
{
    if (index == NULL) {
        return;
    }
    while (index->first != NULL) {
        struct word *word = index->first;
        index->first = word->next;
        free(word->postings);
        free(word);
    }
    hone_map_destroy(index->words);
    free(index->documents);
    free(index);
}

/* ---- words ---- */

static bool is_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Takes the next word off a folded text, without the s of a plural; empty at the end. */
static struct hone_span take_word(struct hone_span *rest)
{
    for (;;) {
        size_t start = 0, end = 0;
        while (start < rest->len && !is_part(rest->data[start])) {
            start++;
        }
        end = start;
        while (end < rest->len && is_part(rest->data[end])) {
            end++;
        }
        struct hone_span word = hone_span_of(rest->data + start, end - start);
        *rest = hone_span_of(rest->data + end, rest->len - end);
        if (word.len == 0 || word.len >= WORD_BYTES_MIN) {
            bool plural = word.len > 3 && word.data[word.len - 1] == 's' &&
                          word.data[word.len - 2] != 's';
            word.len -= plural ? 1 : 0;
            return word;
        }
    }
}

static struct word *find_word(struct hone_skill_index *index, struct hone_span text)
{
    struct word *word = hone_map_find(index->words, text);
    if (word == NULL) {
        word = hone_alloc_zeroed(1, sizeof(*word));
        word->next = index->first;
        index->first = word;
        (void)hone_map_set(index->words, text, word);
    }
    return word;
}

/* Counts the word for the newest document. */
static void count_word(struct hone_skill_index *index, struct hone_span text,
                       double weight)
{
    struct word *word = find_word(index, text);
    size_t document = index->n - 1;
    index->documents[document].length += weight;
    index->total_length += weight;
    if (word->n > 0 && word->postings[word->n - 1].document == document) {
        word->postings[word->n - 1].count += weight;
        return;
    }
    if (word->n == word->capacity) {
        word->capacity = word->capacity == 0 ? 4 : word->capacity * 2;
        word->postings =
            hone_alloc_resize(word->postings, word->capacity, sizeof(*word->postings));
    }
    word->postings[word->n++] = (struct posting){document, weight};
}

static void add_text(struct hone_skill_index *index, const char *text, double weight)
{
    char *folded = NULL;
    if (text == NULL || hone_text_fold(&folded, hone_span_text(text)) != 0) {
        return;
    }
    struct hone_span rest = hone_span_text(folded);
    for (struct hone_span word = take_word(&rest); word.len > 0;
         word = take_word(&rest)) {
        count_word(index, word, weight);
    }
    free(folded);
}

void hone_skill_index_add(struct hone_skill_index *index, struct hone_skill *skill)
{
    const struct hone_package *package = skill->package;
    if (index->n == index->capacity) {
        index->capacity = index->capacity == 0 ? 64 : index->capacity * 2;
        index->documents = hone_alloc_resize(index->documents, index->capacity,
                                             sizeof(*index->documents));
    }
    index->documents[index->n++] = (struct document){.skill = skill};
    add_text(index, package->name, WEIGHT_NAME);
    add_text(index, package->title, WEIGHT_TITLE);
    add_text(index, package->description, WEIGHT_TEXT);
    for (size_t i = 0; i < package->n_labels && i < LABELS_INDEXED_MAX; i++) {
        add_text(index, package->labels[i].name, WEIGHT_TEXT);
    }
}

/* ---- finding ---- */

static void score_word(const struct hone_skill_index *index, const struct word *word,
                       double *scores)
{
    double n = (double)index->n;
    double idf = log1p((n - (double)word->n + 0.5) / ((double)word->n + 0.5));
    double mean = index->total_length / n;
    for (size_t i = 0; i < word->n; i++) {
        const struct posting *posting = &word->postings[i];
        double length = index->documents[posting->document].length;
        scores[posting->document] += idf * posting->count * (K + 1.0) /
                                     (posting->count + K * (1.0 - B + B * length / mean));
    }
}

/* Puts a match into its place among the best; returns how many there are. */
static size_t insert_match(struct hone_skill_match *best, size_t n, size_t max,
                           struct hone_skill_match match)
{
    size_t at = n;
    while (at > 0 && best[at - 1].score < match.score) {
        at--;
    }
    if (at == max) {
        return n;
    }
    size_t last = n < max ? n : max - 1;
    for (size_t i = last; i > at; i--) {
        best[i] = best[i - 1];
    }
    best[at] = match;
    return n < max ? n + 1 : max;
}

size_t hone_skill_index_find(const struct hone_skill_index *index, struct hone_span query,
                             struct hone_skill_match *out, size_t max)
{
    char *folded = NULL;
    size_t n_found = 0;
    if (index->n == 0 || max == 0 || hone_text_fold(&folded, query) != 0) {
        return 0;
    }
    double *scores = hone_alloc_zeroed(index->n, sizeof(*scores));
    struct hone_span rest = hone_span_text(folded);
    for (struct hone_span text = take_word(&rest); text.len > 0;
         text = take_word(&rest)) {
        const struct word *word = hone_map_find(index->words, text);
        if (word != NULL) {
            score_word(index, word, scores);
        }
    }
    for (size_t i = 0; i < index->n; i++) {
        if (scores[i] > 0.0) {
            n_found = insert_match(
                out, n_found, max,
                (struct hone_skill_match){index->documents[i].skill, scores[i]});
        }
    }
    free(scores);
    free(folded);
    return n_found;
}
