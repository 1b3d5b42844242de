// SPDX-License-Identifier: GPL-3.0-or-later
/* feed.h - what readers in other processes are handed. */
#pragma once

#include <stdint.h>

#include "base/error.h"

struct image;
struct image_writer;

/* A reader that opens data.cdb by itself would hold up changes, if it keeps it open. It is
 * given the memory instead, to map it (live_reader.h): sealed, so that it can only read. All
 * descriptors are lent. */
/* The page of words that tell which file is live; -1: no changes in place. */
int image_writer_control_page(const struct image_writer *writer);
/* Is called for each new image that takes part, and by image_writer_each_file() for those there
 * are now. `id` is what the words name it by. */
typedef void (*image_file_fn)(void *ctx, uint32_t id, int fd);
void image_writer_on_file(struct image_writer *writer, image_file_fn fn, void *ctx);
void image_writer_each_file(const struct image_writer *writer, image_file_fn fn,
                            void *ctx);

/* The image that this writer has made live, lent until the next call that changes it; NULL:
 * none yet, or no changes in place. Unlike a second open of data.cdb it holds up nothing. */
const struct image *image_writer_live(const struct image_writer *writer);

/* Begins to make a copy that nobody changes any more, unless one is being made already; it is
 * up to date at the moment when it is whole. `fn` gets it once, with the image's generation (as
 * live_reader_generation() has it) and a descriptor, only to read, that is closed after the call;
 * -1: it failed. ERR_LIMIT: nothing to copy. ERR_BUSY: too many are in use. */
typedef void (*image_snapshot_fn)(void *ctx, uint64_t generation, int fd);
MUST_CHECK enum status image_writer_snapshot(struct image_writer *writer,
                                             image_snapshot_fn fn, void *ctx);
