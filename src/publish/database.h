// SPDX-License-Identifier: GPL-3.0-or-later
/* database.h - the publisher's connection to the database, which is opened anew when a restore has
 * put another one in its place. For the publisher alone. */
#pragma once

#include "store/files.h"
#include "store/store.h"

struct database {
    struct store *store; /* NULL: to be opened */
    struct store_identity identity;
};

/* Opens the database that `path` names now, unless it is open already. *is_other: it is not the one
 * that was open before. ERR_NOT_FOUND, ERR_IO, or an error of store_open(). */
MUST_CHECK enum status database_open(struct database *database, const char *path,
                                     bool *is_other, struct error *err);
void database_close(struct database *database);
