// SPDX-License-Identifier: GPL-3.0-or-later
/* spare_file.h - how data.spare comes into being while changes wait, for this room alone.
 *
 * The file that has this name is whole, and on the disk: it takes the name of data.cdb at the
 * next change, which the file system may bring to the disk long before it would bring the
 * bytes of a file that nobody synced. */
#pragma once

#include "image/copy.h"
#include "image/flush.h"
#include "image/writer.h"

struct spare_file {
    char path[4096]; /* data.spare */
    char new_path[4096];
    struct copy copy;    /* being made */
    struct flush *flush; /* of the whole copy; NULL: it is not whole yet */
};

/* What an earlier writer left is removed; but where `path`, data.cdb, is no image, data.spare
 * stays for answer until there is another one. ERR_IO. */
MUST_CHECK enum status spare_file_init(struct spare_file *spare, const char *folder,
                                       const char *path, struct error *err);
/* What is being made is thrown away. */
void spare_file_stop(struct spare_file *spare);
/* And so is the file. */
void spare_file_done(struct spare_file *spare);
/* Begins to make it from the live image, which stays as it is meanwhile. What has the name now
 * loses it. `memory` gets the same, unless it is -1. ERR_IO. */
MUST_CHECK enum status spare_file_begin(struct spare_file *spare,
                                        const struct image *live, int memory,
                                        struct error *err);
bool spare_file_is_coming(const struct spare_file *spare);
/* Goes on. With IMAGE_IDLE *fd_out is the file, the caller's from then on, or -1: there was
 * nothing to do, or, with an error, it is given up. */
enum image_work spare_file_work(struct spare_file *spare, int *fd_out,
                                enum status *status, struct error *err);
