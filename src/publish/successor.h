// SPDX-License-Identifier: GPL-3.0-or-later
/* successor.h - a whole image on its way to its place, while the one that is in place goes on.
 * For the publisher alone. */
#pragma once

#include "publish/counts.h"
#include "publish/inplace.h"

struct successor {
    struct image_draft *draft; /* NULL: none */
    struct content_ground ground;
    struct change_row newest; /* that it has */
    struct publisher_counts counts;
};

/* One stretch of what the journal has since. ERR_LIMIT, ERR_IO: it is of no more use. */
MUST_CHECK enum status successor_catch_up(struct successor *successor,
                                          struct store *store, struct error *err);
/* Lets it follow on the image that is in place, whose changes it has to have: its serials go
 * on from those of that image. Any failure: it is of no more use, and all is as it was. */
MUST_CHECK enum status successor_align(struct successor *successor,
                                       const struct inplace *inplace, struct error *err);
/* Then it takes its place. ERR_IO: which image is in place is not known. */
MUST_CHECK enum status successor_take(struct successor *successor,
                                      struct inplace *inplace, struct error *err);
void successor_done(struct successor *successor);
