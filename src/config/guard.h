// SPDX-License-Identifier: GPL-3.0-or-later
/* guard.h - files and folders that would give the service away if others could write or read
 * them: refused at the start, with what to do about it. ERR_DENIED: not safe. ERR_NOT_FOUND,
 * ERR_IO. What could be looked at is judged as it stood then. */
#pragma once

#include "base/error.h"

/* The configuration: owned by root or ourselves, writable by nobody else (also not by its
 * group, when we are root). */
MUST_CHECK enum status guard_config_file(const char *path, struct error *err);
/* A secret: as the configuration, a plain file and no link, and not for others to read. Its
 * group may read it. */
MUST_CHECK enum status guard_secret_file(const char *path, struct error *err);
/* The data folder: a folder and no link, writable by its owner alone. */
MUST_CHECK enum status guard_data_folder(const char *path, struct error *err);
/* A plain file and no link to one; it may be missing. */
MUST_CHECK enum status guard_plain_file(const char *path, struct error *err);
