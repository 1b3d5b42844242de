// SPDX-License-Identifier: GPL-3.0-or-later
/* mirrored_image.h - an image twice, for this room alone: in memory that nobody but us can write
 * (sealed.h), and in a file for all who open it by its name.
 *
 * The memory is what counts: it is looked into, changed, copied from, and handed to readers. The
 * file is only written to, with what was changed in the memory, and never believed. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "image/patch.h"
#include "image/sealed.h"

struct mirrored_image {
    struct sealed memory;
    struct image *image; /* the memory, as soon as it is whole */
    int fd;              /* the file; -1: there is none */
    uint8_t *file;       /* its bytes, to write; NULL: there are none */
    dev_t device;
    ino_t inode;
    bool keeps_time;         /* the file system does */
    struct timespec written; /* the time that we gave it */
};

#define MIRRORED_IMAGE_NONE ((struct mirrored_image){ .memory = { .fd = -1 }, .fd = -1 })

/* Reads a whole image from a file into new memory. The descriptor stays the caller's.
 * ERR_IO, ERR_SYNTAX. */
MUST_CHECK enum status mirrored_image_load(struct mirrored_image *mirrored, int fd,
                                           struct error *err);
/* What stands in the memory is whole; seals it. ERR_SYNTAX: and is no image. */
MUST_CHECK enum status mirrored_image_open(struct mirrored_image *mirrored,
                                           struct error *err);
/* The sheet's file is the one of this descriptor, which it takes in any case: open for writing,
 * and what stands in it is known to be what stands in the memory. ERR_IO. */
MUST_CHECK enum status mirrored_image_take_file(struct mirrored_image *mirrored, int fd,
                                                struct error *err);
/* Writes changes, those of the list from `from` on, to the file, which is as long as it was:
 * mirrored_image_is_at() told. */
void mirrored_image_write(const struct mirrored_image *mirrored, const struct redo *redo,
                          size_t from);
/* The file was written to: gives it a new time, by which others tell that it has changed, and
 * we that nobody else has changed it. */
void mirrored_image_stamp(struct mirrored_image *mirrored);
/* Whether `path` names the file, and it is as we left it: of the same size and time. */
bool mirrored_image_is_at(const struct mirrored_image *mirrored, const char *path);
/* Gives the file up. Yields its descriptor, for the caller to close; -1: there was none. */
int mirrored_image_drop_file(struct mirrored_image *mirrored);
void mirrored_image_done(struct mirrored_image *mirrored);
