// SPDX-License-Identifier: GPL-3.0-or-later
/* probe.h - tries whether a folder's file system can do what changes in place need. For this room
 * alone. */
#pragma once

#include "base/error.h"

/* Makes two small files, which it removes again, and tries three things. The kernel grants a write
 * lease. It refuses one while the file is mapped through another open (overlayfs grants that one
 * too). And two names can be exchanged. ERR_LIMIT: `err` says what cannot be done. ERR_IO. */
MUST_CHECK enum status probe_folder(const char *folder, struct error *err);
