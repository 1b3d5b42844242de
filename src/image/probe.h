// SPDX-License-Identifier: GPL-3.0-or-later
/* probe.h - whether a folder's file system can do what changes in place need, for this room
 * alone. */
#pragma once

#include "base/error.h"

/* Tries with two small files, which are gone afterwards: a write lease is granted, and refused
 * while the file is mapped by another open of it (overlayfs grants it all the same), and two
 * names can be exchanged. ERR_LIMIT: `err` says what cannot be done. ERR_IO. */
MUST_CHECK enum status probe_folder(const char *folder, struct error *err);
