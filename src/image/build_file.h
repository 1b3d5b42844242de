// SPDX-License-Identifier: GPL-3.0-or-later
/* build_file.h - the bytes of a file that is being built, for build.c alone. */
#pragma once

#include "image/build.h"

enum {
    PENDING_SIZE = 1 << 20 /* bytes gathered before they are written */
};

/* All bytes at a place in the file, past what is pending. ERR_IO. */
MUST_CHECK enum status build_write_at(const struct build *build, struct str bytes,
                                      uint64_t at, struct error *err);
/* What is pending goes to the file. */
MUST_CHECK enum status build_flush(struct build *build, struct error *err);
/* Room for `n` bytes that go to the end of the file, at most PENDING_SIZE; NULL when writing
 * failed. */
uint8_t *build_reserve(struct build *build, size_t n, struct error *err);
/* Bytes to the end of the file, however many. */
MUST_CHECK enum status build_append(struct build *build, struct str bytes,
                                    struct error *err);
