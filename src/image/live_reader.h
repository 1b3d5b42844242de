// SPDX-License-Identifier: GPL-3.0-or-later
/* live_reader.h - reads along while another process changes the image in place (writer.h).
 *
 * The writer works on one of two images in memory while the other is live. A page of words in
 * shared memory tells which one that is, and whether an image is being written to; all of it
 * is sealed (writer.h): readers cannot write to it, nor the writer cut it under them. A reader begins,
 * reads, and asks at the end whether what it read was whole; if it was not, it throws away
 * what it made of it and begins again. Until then it may have seen any bytes, so that it must
 * check everything it uses, as image.h does: values may change between two looks.
 *
 * One thread uses a pair at a time; several pairs in one process may show the same files. */
#pragma once

#include "image/image.h"

struct live_reader;

/* Maps the words. The descriptor stays the caller's, and may be closed. ERR_IO, ERR_SYNTAX:
 * they are no such page, or it is not sealed. */
MUST_CHECK enum status live_reader_open(int control, struct live_reader **out,
                                        struct error *err);
void live_reader_close(struct live_reader *reader);
CLEANER(live_reader_close, struct live_reader *)
/* Maps an image, in place of the one it follows. Likewise with its descriptor. ERR_IO,
 * ERR_SYNTAX: not an image, or not sealed. */
MUST_CHECK enum status live_reader_add(struct live_reader *reader, uint32_t id, int fd,
                                       struct error *err);

/* The live image, or NULL when none is there yet; lent until live_reader_add(). *ticket is for
 * live_reader_is_whole(). */
const struct image *live_reader_begin(const struct live_reader *reader, uint64_t *ticket);
/* Whether nothing was written to that image since. */
bool live_reader_is_whole(const struct live_reader *reader, uint64_t ticket);
/* Rises with each change; steady while none is made. */
uint64_t live_reader_generation(const struct live_reader *reader);
/* Whether `path` names the file of the image that is live. */
bool live_reader_is_current(const struct live_reader *reader, const char *path);
