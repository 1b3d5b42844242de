// SPDX-License-Identifier: GPL-3.0-or-later
/* flush.h - brings files to the disk in a thread of its own, for this room alone: nobody waits
 * for the disk in the loop. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* fsync of a file. ERR_IO. */
MUST_CHECK enum status flush_now(int fd, const char *what, struct error *err);

/* An order to the thread. */
struct flush;
/* The descriptors stay the caller's and may be closed; -1: none. */
struct flush *flush_new(int first, int second);
/* Whether it has ended. *status: ERR_IO, with its reason: they may not be on the disk. */
bool flush_has_ended(const struct flush *flush, enum status *status, struct error *err);
/* Waits for nothing: what still runs comes to its end by itself. */
void flush_free(struct flush *flush);
