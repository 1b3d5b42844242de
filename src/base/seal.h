// SPDX-License-Identifier: GPL-3.0-or-later
/* seal.h - the last line of a backup: a digest of all bytes before it, so that what was cut or
 * changed on its way shows. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Asked now and then whether to go on; NULL: always. */
struct seal_pause {
    bool (*go_on)(void *ctx);
    void *ctx;
};

/* Appends the line to the file, which is open for reading and writing, and syncs it. `path` is
 * for messages. ERR_BUSY: stopped. ERR_IO. */
MUST_CHECK enum status seal_put(int fd, const char *path, const struct seal_pause *pause,
                                struct error *err);
/* Whether the line is there and true; `size` is that of what stands before it. ERR_SYNTAX: no
 * such line. ERR_CONFLICT: not these bytes. ERR_IO. */
MUST_CHECK enum status seal_check(int fd, const char *path, off_t *size,
                                  struct error *err);
