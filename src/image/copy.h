// SPDX-License-Identifier: GPL-3.0-or-later
/* copy.h - copies the live image to a file, a slice at a time, while changes go on. For this room
 * alone.
 *
 * A change to a part that was copied already is made in the copy too (copy_follow()). So the copy
 * is the live image of the moment at which it becomes whole. */
#pragma once

#include <stdbool.h>

#include "image/patch.h"

struct copy {
    int fd;                   /* of the copy; -1: none is being made */
    int memory;               /* a descriptor that gets the same bytes; -1: none */
    size_t at, n;             /* bytes copied so far, and in all */
    const struct image *from; /* the live image; copy_follow() replaces it */
};

/* Begins a copy to a new file `path`; a file of that name is removed. ERR_IO. */
MUST_CHECK enum status copy_begin(struct copy *copy, const char *path,
                                  const struct image *from, struct error *err);
/* Copies the next slice. *done_out: it was the last one. ERR_IO. */
MUST_CHECK enum status copy_some(struct copy *copy, bool *done_out, struct error *err);
/* The changes of the list have been made, and `live` is the live image now. ERR_IO. */
MUST_CHECK enum status copy_follow(struct copy *copy, const struct image *live,
                                   const struct redo *redo, struct error *err);
/* Ends the copy. Closes its file unless the caller has taken the descriptor. */
void copy_done(struct copy *copy);
