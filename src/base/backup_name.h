// SPDX-License-Identifier: GPL-3.0-or-later
/* backup_name.h - the name of a backup until somebody fetches it: DATABASE.backup- and 16 random
 * hexadecimal digits. So two backups never have the same name. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/* A new name. */
void backup_name_put(struct buf *out, const char *database);
/* Whether `path` is such a name, for this database. Pure. */
bool backup_name_is(struct str path, struct str database);
