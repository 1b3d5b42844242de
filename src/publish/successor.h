// SPDX-License-Identifier: GPL-3.0-or-later
/* successor.h - a whole image that is to replace the one in place, which still changes. For the
 * publisher alone. */
#pragma once

#include "publish/counts.h"
#include "publish/inplace.h"

struct successor {
    struct image_draft *draft; /* NULL: none */
    struct content_ground ground;
    struct change_row newest; /* row of the journal that it has */
    struct publisher_counts counts;
};

/* Applies one stretch of what the journal has since. ERR_LIMIT, ERR_IO: it is of no more use. */
MUST_CHECK enum status successor_catch_up(struct successor *successor,
                                          struct store *store, struct error *err);
/* Makes its serials go on from those of the image in place, whose changes it must have. Any
 * failure: it is of no more use, and everything is as it was. */
MUST_CHECK enum status successor_align(struct successor *successor,
                                       const struct inplace *inplace, struct error *err);
/* Puts it in place, after successor_align(). ERR_IO: nobody knows which image is in place. */
MUST_CHECK enum status successor_take(struct successor *successor,
                                      struct inplace *inplace, struct error *err);
void successor_done(struct successor *successor);
