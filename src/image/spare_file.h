// SPDX-License-Identifier: GPL-3.0-or-later
/* spare_file.h - makes the file data.spare in the background, while changes wait. For this room
 * alone.
 *
 * A file gets the name data.spare only when it is whole and on the disk. At the next change it
 * becomes data.cdb, and the file system may write that rename to the disk long before the bytes
 * of a file that nobody synced. */
#pragma once

#include "image/copy.h"
#include "image/flush.h"
#include "image/writer.h"

struct spare_file {
    char path[4096];     /* data.spare */
    char new_path[4096]; /* its name until it is whole and on the disk */
    struct copy copy;    /* the copy that is being made */
    /* Brings the whole copy to the disk; NULL: it is not whole yet. */
    struct flush *flush;
};

/* Removes what an earlier writer left. But where data.cdb, at `path`, is no image, data.spare
 * stays: answer may use it until there is another image. ERR_IO. */
MUST_CHECK enum status spare_file_init(struct spare_file *spare, const char *folder,
                                       const char *path, struct error *err);
/* Gives up the copy that is being made. */
void spare_file_stop(struct spare_file *spare);
/* Gives up the copy and removes data.spare. */
void spare_file_done(struct spare_file *spare);
/* Begins a copy of the live image, and removes the present data.spare. The image is lent until
 * the copy ends. `memory` is a descriptor that gets the same bytes; -1: none. ERR_IO. */
MUST_CHECK enum status spare_file_begin(struct spare_file *spare,
                                        const struct image *live, int memory,
                                        struct error *err);
bool spare_file_is_coming(const struct spare_file *spare);
/* Does the next part of the work. When the file has its name, *fd_out is its descriptor, which
 * the caller then owns; otherwise -1. *status tells of a failure; the copy is then given up. */
enum image_work spare_file_work(struct spare_file *spare, int *fd_out,
                                enum status *status, struct error *err);
