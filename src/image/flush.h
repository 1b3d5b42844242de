// SPDX-License-Identifier: GPL-3.0-or-later
/* flush.h - brings files to the disk in a thread of its own, so that the loop never waits for the
 * disk. For this room alone. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* Brings a file to the disk and waits for it; `what` names it in the error. ERR_IO. */
MUST_CHECK enum status flush_now(int fd, const char *what, struct error *err);

/* Files that a thread brings to the disk. */
struct flush;
/* Begins. The descriptors stay the caller's and may be closed; -1: no file. */
struct flush *flush_new(int first, int second);
/* Whether it has ended; *status is set only then. ERR_IO, with the reason in *err: the files may
 * not be on the disk. */
bool flush_has_ended(const struct flush *flush, enum status *status, struct error *err);
/* Does not wait: a flush that still runs ends by itself. */
void flush_free(struct flush *flush);
