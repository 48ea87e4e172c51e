#include "base/alloc.h"
#include "optim/classifier_internal.h"

#include <stdlib.h>

struct hone_classifier_scratch *hone_classifier_scratch_create(void)
{
    struct hone_classifier_scratch *scratch = hone_alloc_zeroed(1, sizeof(*scratch));
    hone_scorer_init(&scratch->scorer);
    return scratch;
}

void hone_classifier_scratch_destroy(struct hone_classifier_scratch *scratch)
{
    if (scratch != NULL) {
        hone_scorer_finish(&scratch->scorer);
        free(scratch);
    }
}
