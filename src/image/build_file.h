// SPDX-License-Identifier: GPL-3.0-or-later
/* build_file.h - writes the bytes of a file that is being built. For build.c alone. */
#pragma once

#include "image/build.h"

enum {
    PENDING_SIZE = 1 << 20 /* bytes gathered before they are written */
};

/* Writes all the bytes at a position of the file; the pending ones stay pending. ERR_IO. */
MUST_CHECK enum status build_write_at(const struct build *build, struct str bytes,
                                      uint64_t at, struct error *err);
/* Writes the pending bytes. */
MUST_CHECK enum status build_flush(struct build *build, struct error *err);
/* Space for `n` bytes, at most PENDING_SIZE, that go to the end of the file. NULL: writing
 * failed. */
uint8_t *build_reserve(struct build *build, size_t n, struct error *err);
/* Adds any number of bytes to the end of the file. */
MUST_CHECK enum status build_append(struct build *build, struct str bytes,
                                    struct error *err);
