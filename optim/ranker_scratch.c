#include "base/alloc.h"
#include "optim/ranker_internal.h"

#include <stdlib.h>

struct hone_ranker_scratch *hone_ranker_scratch_create(void)
{
    struct hone_ranker_scratch *scratch = hone_alloc_zeroed(1, sizeof(*scratch));
    scratch->encoder = hone_encoder_create();
    return scratch;
}

void hone_ranker_scratch_destroy(struct hone_ranker_scratch *scratch)
{
    if (scratch == NULL) {
        return;
    }
    hone_encoder_destroy(scratch->encoder);
    hone_match_cache_destroy(scratch->cache);
    free(scratch->df);
    free(scratch->texts);
    free(scratch->scores);
    free(scratch->probabilities);
    free(scratch->gradient);
    free(scratch->work);
    free(scratch->by_slot);
    free(scratch->given);
    free(scratch->weights);
    free(scratch->given_ids);
    free(scratch->given_df);
    free(scratch->given_idf);
    free(scratch);
}
