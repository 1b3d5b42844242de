// SPDX-License-Identifier: GPL-3.0-or-later
/* writer_state.h - what a writer is made of, for this room alone. */
#pragma once

#include <limits.h>

#include "image/double_buffer.h"
#include "image/writer.h"

struct image_writer {
    char folder[PATH_MAX];
    char path[PATH_MAX];
    char new_path[PATH_MAX]; /* beside it, until it is whole */
    char new_spare[PATH_MAX];
    bool patches;
    struct error why_not;
    struct double_buffer buffer; /* used when `patches` */
};
