// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/database.h"

enum status database_open(struct database *database, const char *path, bool *is_other,
                          struct error *err)
{
    struct store_identity identity;
    *is_other = false;
    enum status status = store_identify(path, &identity, err);
    if (status)
        return status;
    bool same = store_identity_equal(&identity, &database->identity);
    if (database->store && same)
        return OK;
    database_close(database);
    *is_other = !same;
    database->identity = identity;
    return store_open(path, STORE_READER, &database->store, err);
}

void database_close(struct database *database)
{
    store_close(TAKE(database->store));
}
