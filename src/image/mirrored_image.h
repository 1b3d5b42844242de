// SPDX-License-Identifier: GPL-3.0-or-later
/* mirrored_image.h - an image in memory, and a file that mirrors it. For this room alone.
 *
 * The memory is what counts. Only we can write to it (sealed.h); it is read, changed, copied, and
 * handed to readers. The file is for programs that open the image by its name. We only write to
 * it, and believe nothing that stands in it. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "image/patch.h"
#include "image/sealed.h"

struct mirrored_image {
    struct sealed memory;
    struct image *image; /* the image in the memory; NULL: it is not whole yet */
    int fd;              /* the file; -1: there is none */
    uint8_t *file; /* the file's bytes, mapped for writing; NULL: there is no file */
    dev_t device;  /* the file's */
    ino_t inode;
    bool keeps_time;         /* the file system kept the time that we gave the file */
    struct timespec written; /* the time that we gave the file last */
};

#define MIRRORED_IMAGE_NONE ((struct mirrored_image){ .memory = { .fd = -1 }, .fd = -1 })

/* Reads a whole image from a file into new memory. The descriptor stays the caller's.
 * ERR_IO, ERR_SYNTAX. */
MUST_CHECK enum status mirrored_image_load(struct mirrored_image *mirrored, int fd,
                                           struct error *err);
/* Seals the memory, whose bytes are whole now, and opens the image. ERR_SYNTAX: it is none. */
MUST_CHECK enum status mirrored_image_open(struct mirrored_image *mirrored,
                                           struct error *err);
/* Makes `fd` the image's file. It is open for writing and holds what the memory holds. Takes the
 * descriptor, also on failure. ERR_IO. */
MUST_CHECK enum status mirrored_image_take_file(struct mirrored_image *mirrored, int fd,
                                                struct error *err);
/* Writes the changes of the list, from `from` on, to the file. mirrored_image_is_at() has just
 * told that the file still has its size. */
void mirrored_image_write(const struct mirrored_image *mirrored, const struct redo *redo,
                          size_t from);
/* Gives the file a new modification time after it was written to. By this time others see that it
 * has changed, and we see that nobody else has changed it. */
void mirrored_image_stamp(struct mirrored_image *mirrored);
/* Whether `path` names the file, and its size and time are as we left them. */
bool mirrored_image_is_at(const struct mirrored_image *mirrored, const char *path);
/* Gives up the file. Returns its descriptor for the caller to close; -1: there was none. */
int mirrored_image_drop_file(struct mirrored_image *mirrored);
void mirrored_image_done(struct mirrored_image *mirrored);
