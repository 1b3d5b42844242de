// SPDX-License-Identifier: GPL-3.0-or-later
/* writer_state.h - what a writer consists of. For writer.c, draft.c, changes.c and feed.c. */
#pragma once

#include <limits.h>

#include "image/double_buffer.h"
#include "image/writer.h"

struct image_writer {
    char folder[PATH_MAX];
    char path[PATH_MAX];      /* of data.cdb */
    char new_path[PATH_MAX];  /* of a draft's file, until it takes its place */
    char new_spare[PATH_MAX]; /* and of its spare file */
    bool patches;             /* changes in place are possible */
    struct error why_not;
    struct double_buffer buffer; /* used when `patches` */
};
