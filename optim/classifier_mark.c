#include "base/alloc.h"
#include "optim/classifier_internal.h"

#include <stdlib.h>

struct hone_classifier_mark *
hone_classifier_mark_create(struct hone_classifier *classifier)
{
    struct hone_classifier_mark *mark = hone_alloc_zeroed(1, sizeof(*mark));
    mark->view = hone_classifier_freeze(classifier);
    mark->config = classifier->config;
    mark->calibration = classifier->calibration;
    mark->aim = classifier->aim;
    mark->counts =
        hone_classifier_sets_copy(classifier->counts, classifier->state.n_labels);
    hone_replay_copy(&mark->replay, &classifier->replay);
    return mark;
}

void hone_classifier_mark_destroy(struct hone_classifier_mark *mark)
{
    if (mark != NULL) {
        hone_classifier_view_unref(mark->view);
        hone_replay_finish(&mark->replay);
        free(mark->counts);
        free(mark);
    }
}

struct hone_classifier_view *
hone_classifier_mark_view(const struct hone_classifier_mark *mark)
{
    return mark->view;
}
