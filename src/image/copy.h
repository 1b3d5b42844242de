// SPDX-License-Identifier: GPL-3.0-or-later
/* copy.h - a copy of the live file, made a slice at a time while changes go on, for this room
 * alone.
 *
 * What is written to the live file after its part was copied is written to the copy too
 * (copy_follow()), so that the copy, when it is whole, is the live file of that moment. */
#pragma once

#include <stdbool.h>

#include "image/patch.h"

struct copy {
    int fd;     /* -1: no copy is being made */
    int memory; /* gets the same; -1: there is none to fill */
    size_t at, n;
    const struct image *from; /* the live file; replaced by copy_follow() */
};

/* Begins a copy to `path`, which is replaced. ERR_IO. */
MUST_CHECK enum status copy_begin(struct copy *copy, const char *path,
                                  const struct image *from, struct error *err);
/* The next slice. *done_out: it was the last. ERR_IO. */
MUST_CHECK enum status copy_some(struct copy *copy, bool *done_out, struct error *err);
/* `live` has become the live file by the changes of the list. ERR_IO. */
MUST_CHECK enum status copy_follow(struct copy *copy, const struct image *live,
                                   const struct redo *redo, struct error *err);
/* Gives it up, unless its descriptor was taken. */
void copy_done(struct copy *copy);
