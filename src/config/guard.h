// SPDX-License-Identifier: GPL-3.0-or-later
/* guard.h - refuses files and folders with which others could take over the service.
 *
 * The error says what to do, such as which mode the file should have. ERR_DENIED: not safe.
 * ERR_NOT_FOUND, ERR_IO: it could not be looked at. The answer is about the moment of the call. */
#pragma once

#include "base/error.h"

/* The configuration: root or our own user owns it, and no other user may write it. Its group may,
 * unless we are root. */
MUST_CHECK enum status guard_config_file(const char *path, struct error *err);
/* A secret: the same, and it is a plain file and no link. Only its owner and its group may read
 * it. */
MUST_CHECK enum status guard_secret_file(const char *path, struct error *err);
/* The data folder: a folder and no link. Only its owner may write to it. */
MUST_CHECK enum status guard_data_folder(const char *path, struct error *err);
/* A plain file and no link. It may be missing. */
MUST_CHECK enum status guard_plain_file(const char *path, struct error *err);
