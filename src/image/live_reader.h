// SPDX-License-Identifier: GPL-3.0-or-later
/* live_reader.h - reads the image while another process changes it in place (changes.h).
 *
 * The writer has two images in memory: one is live while it works on the other. A control page in
 * shared memory tells which one is live, and whether an image is being written to. All of it is
 * sealed (feed.h): a reader cannot write to it, and the writer cannot cut it under a reader.
 *
 * A reader begins, reads, and asks at the end whether what it read was whole. If not, it throws
 * away what it has made and begins again. Until then it may have seen any bytes, and a value may
 * change between two looks, so that it must check everything it uses, as image.h does.
 *
 * One thread uses a live reader at a time. A process may have several of the same images. */
#pragma once

#include "image/image.h"

struct live_reader;

/* Maps the control page. The descriptor stays the caller's, and may be closed. ERR_SYNTAX: it is
 * no control page, or not sealed. ERR_IO. */
MUST_CHECK enum status live_reader_open(int control, struct live_reader **out,
                                        struct error *err);
void live_reader_close(struct live_reader *reader);
CLEANER(live_reader_close, struct live_reader *)
/* Maps an image in place of the earlier one of its slot. The descriptor stays the caller's, and
 * may be closed. ERR_SYNTAX: it is no image, or not sealed. ERR_IO. */
MUST_CHECK enum status live_reader_add(struct live_reader *reader, uint32_t id, int fd,
                                       struct error *err);

/* The live image, lent until live_reader_add(); NULL: there is none yet. *ticket is for
 * live_reader_is_whole(). */
const struct image *live_reader_begin(const struct live_reader *reader, uint64_t *ticket);
/* Whether nothing was written to that image since live_reader_begin(). */
bool live_reader_is_whole(const struct live_reader *reader, uint64_t ticket);
/* Whether `path` names the live image's file. */
bool live_reader_is_current(const struct live_reader *reader, const char *path);
