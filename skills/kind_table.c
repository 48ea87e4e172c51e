#include "skills/kind_table.h"

#include "skills/kind_choose.h"
#include "skills/kind_classify.h"
#include "skills/kind_guide.h"
#include "skills/kind_rank.h"
#include "skills/kind_score.h"

const struct hone_kind *const hone_kind_table[] = {
    &hone_kind_choose, &hone_kind_classify, &hone_kind_guide,
    &hone_kind_rank,   &hone_kind_score,
};

const size_t hone_kind_table_n = sizeof(hone_kind_table) / sizeof(hone_kind_table[0]);
