/* BM25 (Robertson, Walker, Jones, Hancock-Beaulieu, Gatford 1994) over few short texts, the
 * plain reference that a ranker is set beside: words of letters and digits in lower case,
 * k1 = 1.2, b = 0.75, idf = ln(1 + (N - df + 0.5) / (df + 0.5)). Slow and simple. Thread:
 * any. */
#ifndef HONE_BENCH_SUPPORT_BM25_H
#define HONE_BENCH_SUPPORT_BM25_H

#include "base/attr.h"

#include <stddef.h>

struct hone_bm25;

struct hone_bm25 *hone_bm25_create(const char *const *texts, size_t n) HONE_MUST_USE;
void hone_bm25_destroy(struct hone_bm25 *bm25);
/* scores (n,) of all texts. */
void hone_bm25_score(const struct hone_bm25 *bm25, const char *query, double *scores);

#endif
