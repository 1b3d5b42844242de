// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/database.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum status database_open(struct database *database, const char *path, bool *is_other,
                          struct error *err)
{
    struct stat about;
    *is_other = false;
    if (stat(path, &about) != 0)
        return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                    strerror(errno));
    bool same = about.st_dev == database->device && about.st_ino == database->inode;
    if (database->store && same)
        return OK;
    database_close(database);
    *is_other = !same;
    database->device = about.st_dev;
    database->inode = about.st_ino;
    return store_open(path, STORE_READER, &database->store, err);
}

void database_close(struct database *database)
{
    store_close(TAKE(database->store));
}
