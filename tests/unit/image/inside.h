// SPDX-License-Identifier: GPL-3.0-or-later
/* inside.h - what tests look at in a writer that can make changes in place. */
#pragma once

#include "image/control_page.h"
#include "image/writer_state.h"

/* The live image, lent until the next call that changes it; NULL: there is none yet. Unlike another
 * open of data.cdb it blocks no lease. */
static inline const struct image *inside_live(const struct image_writer *writer)
{
    return writer->buffer.halves[writer->buffer.live].mirrored.image;
}

/* The number that rises with each change, and only then; of no writer 0. */
static inline uint64_t inside_generation(const struct image_writer *writer)
{
    return writer ? writer->buffer.control->generation : 0;
}
