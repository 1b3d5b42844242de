// SPDX-License-Identifier: GPL-3.0-or-later
/* seal.h - the last line of a backup: a digest of all bytes before it. It shows whether the file
 * was cut or changed on its way. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* go_on() is asked now and then whether to go on. NULL: always. */
struct seal_pause {
    bool (*go_on)(void *ctx);
    void *ctx;
};

/* Appends the line to a file that is open for reading and writing, and syncs the file. `path` is
 * for messages. ERR_BUSY: go_on() said no. ERR_IO. */
MUST_CHECK enum status seal_put(int fd, const char *path, const struct seal_pause *pause,
                                struct error *err);
/* Checks that the line is there and fits the bytes before it, whose number is `size`.
 * ERR_SYNTAX: there is no such line. ERR_CONFLICT: the bytes are others. ERR_IO. */
MUST_CHECK enum status seal_check(int fd, const char *path, off_t *size,
                                  struct error *err);
