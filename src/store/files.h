// SPDX-License-Identifier: GPL-3.0-or-later
/* files.h - a database as it lies on the disk: whether it is there, whose it is, whether it is
 * still the one that it was. `path` is that of store_open(). */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Whether there is a database, whatever it holds. */
bool store_exists(const char *path);

/* A user, and the name that messages give it. */
struct store_owner {
    uid_t uid;
    const char *name;
};
/* Refuses what another user may have put in the place of the database: anything except a plain file
 * and, unless `owner` is NULL, what belongs to another user. It may be missing. ERR_DENIED.
 * ERR_IO. */
MUST_CHECK enum status store_guard(const char *path, const struct store_owner *owner,
                                   struct error *err);

/* Shows whether another file has taken the place of a database. No database has zeros. */
struct store_identity {
    dev_t device;
    ino_t inode;
};
/* ERR_NOT_FOUND: there is no database. ERR_IO. */
MUST_CHECK enum status store_identify(const char *path, struct store_identity *out,
                                      struct error *err);
bool store_identity_equal(const struct store_identity *a, const struct store_identity *b);
