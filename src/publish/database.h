// SPDX-License-Identifier: GPL-3.0-or-later
/* database.h - the publisher's connection to the database, which follows the file's name. For
 * the publisher alone. */
#pragma once

#include <sys/types.h>

#include "store/store.h"

struct database {
    struct store *store; /* NULL: to be opened */
    dev_t device;
    ino_t inode;
};

/* Opens what `path` names now, unless that is open already; *is_other: it is another file than
 * the one before, as after a restore. ERR_NOT_FOUND, ERR_IO, or store_open()'s. */
MUST_CHECK enum status database_open(struct database *database, const char *path,
                                     bool *is_other, struct error *err);
void database_close(struct database *database);
