// SPDX-License-Identifier: GPL-3.0-or-later
/* database.h - the publisher's connection to the database. After a restore it goes over to the
 * database that took the place. For the publisher alone. */
#pragma once

#include "store/files.h"
#include "store/store.h"

struct database {
    struct store *store; /* NULL: to be opened */
    struct store_identity identity;
};

/* Opens what `path` names now, unless that is open already. *is_other: it is another database
 * than the one before. ERR_NOT_FOUND, ERR_IO, or store_open()'s. */
MUST_CHECK enum status database_open(struct database *database, const char *path,
                                     bool *is_other, struct error *err);
void database_close(struct database *database);
