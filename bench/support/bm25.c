#include "bench/support/bm25.h"

#include "base/alloc.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define K1 1.2
#define B  0.75

struct words {
    char *text;   /* words parted by NULs */
    char **items; // (n,)
    size_t n;
};

struct hone_bm25 {
    struct words *texts; // (n,)
    size_t n;
    double mean_words;
};

static struct words split(const char *text)
{
    struct words words = {.text = hone_alloc_text(text)};
    words.items = hone_alloc_zeroed(strlen(text) + 1, sizeof(*words.items));
    bool inside = false;
    for (char *c = words.text; *c != '\0'; c++) {
        if (isalnum((unsigned char)*c) == 0) {
            *c = '\0';
            inside = false;
            continue;
        }
        *c = (char)tolower((unsigned char)*c);
        if (!inside) {
            words.items[words.n++] = c;
        }
        inside = true;
    }
    return words;
}

static void finish(struct words *words)
{
    free(words->text);
    free(words->items);
}

static size_t count(const struct words *words, const char *word)
{
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++) {
        n += strcmp(words->items[i], word) == 0 ? 1 : 0;
    }
    return n;
}

struct hone_bm25 *hone_bm25_create(const char *const *texts, size_t n)
{
    struct hone_bm25 *bm25 = hone_alloc_zeroed(1, sizeof(*bm25));
    bm25->n = n;
    bm25->texts = hone_alloc_zeroed(n, sizeof(*bm25->texts));
    for (size_t i = 0; i < n; i++) {
        bm25->texts[i] = split(texts[i]);
        bm25->mean_words += (double)bm25->texts[i].n / (double)n;
    }
    return bm25;
}

void hone_bm25_destroy(struct hone_bm25 *bm25)
{
    for (size_t i = 0; i < bm25->n; i++) {
        finish(&bm25->texts[i]);
    }
    free(bm25->texts);
    free(bm25);
}

static void add_word(const struct hone_bm25 *bm25, const char *word, double *tf,
                     double *scores)
{
    double df = 0.0, n = (double)bm25->n;
    for (size_t i = 0; i < bm25->n; i++) {
        tf[i] = (double)count(&bm25->texts[i], word);
        df += tf[i] > 0.0 ? 1.0 : 0.0;
    }
    double idf = log(1.0 + (n - df + 0.5) / (df + 0.5));
    for (size_t i = 0; i < bm25->n; i++) {
        double length = (double)bm25->texts[i].n / bm25->mean_words;
        scores[i] += idf * tf[i] * (K1 + 1.0) / (tf[i] + K1 * (1.0 - B + B * length));
    }
}

void hone_bm25_score(const struct hone_bm25 *bm25, const char *query, double *scores)
{
    struct words words = split(query);
    double *tf = hone_alloc_zeroed(bm25->n, sizeof(*tf));
    memset(scores, 0, bm25->n * sizeof(*scores));
    for (size_t i = 0; i < words.n; i++) {
        add_word(bm25, words.items[i], tf, scores);
    }
    free(tf);
    finish(&words);
}
