// SPDX-License-Identifier: GPL-3.0-or-later
/* feed.h - hands the image to readers in other processes (live_reader.h).
 *
 * A reader that opened data.cdb itself and kept it open would block the writer's lease, and so
 * hold up changes. It gets descriptors of the images' memory and of the control page instead, to
 * map them. They are sealed, so that it can only read. All descriptors are lent. */
#pragma once

#include <stdint.h>

#include "base/error.h"

struct image_writer;

/* The control page, which tells which image is live; -1: there are no changes in place. */
int image_writer_control_page(const struct image_writer *writer);
/* Gets the memory of an image. `id` is its number on the control page. */
typedef void (*image_file_fn)(void *ctx, uint32_t id, int fd);
/* Sets what is called for each new image; NULL: nothing. */
void image_writer_on_file(struct image_writer *writer, image_file_fn fn, void *ctx);
/* Calls `fn` for each image there is now. */
void image_writer_each_file(const struct image_writer *writer, image_file_fn fn,
                            void *ctx);

/* Gets a frozen copy: the image's generation, which rises with each change, and a descriptor to
 * read, which is closed after the call; -1: the copy failed. */
typedef void (*image_snapshot_fn)(void *ctx, uint64_t generation, int fd);
/* Begins a copy of the live image that never changes, unless one is being made already. It holds
 * every change up to the moment when it is whole. `fn` is called once, then. ERR_LIMIT: there is
 * nothing to copy. ERR_BUSY: too many copies are in use. ERR_IO. */
MUST_CHECK enum status image_writer_snapshot(struct image_writer *writer,
                                             image_snapshot_fn fn, void *ctx);
