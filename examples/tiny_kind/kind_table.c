/* The table of skills/kind_table.c and one line more. A kind that is to stay goes into that
 * file itself; this one shows a kind from outside, in a program linked for it. */
#include "skills/kind_table.h"

#include "examples/tiny_kind/kind_tally.h"
#include "skills/kind_choose.h"
#include "skills/kind_classify.h"
#include "skills/kind_guide.h"
#include "skills/kind_rank.h"
#include "skills/kind_score.h"

const struct hone_kind *const hone_kind_table[] = {
    &hone_kind_choose, &hone_kind_classify, &hone_kind_guide,
    &hone_kind_rank,   &hone_kind_score,    &hone_kind_tally,
};

const size_t hone_kind_table_n = sizeof(hone_kind_table) / sizeof(hone_kind_table[0]);
