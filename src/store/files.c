// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool store_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

enum status store_guard(const char *path, const struct store_owner *owner,
                        struct error *err)
{
    struct stat about;
    if (lstat(path, &about))
        return errno == ENOENT ? OK : FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return FAIL(err, ERR_DENIED, "%s: is not a plain file, or a link to one", path);
    if (owner && about.st_uid != owner->uid)
        return FAIL(err, ERR_DENIED, "%s: belongs to user %lu: it must be %s's (%lu)",
                    path, (unsigned long)about.st_uid, owner->name,
                    (unsigned long)owner->uid);
    return OK;
}

enum status store_identify(const char *path, struct store_identity *out,
                           struct error *err)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                    strerror(errno));
    *out = (struct store_identity){ .device = about.st_dev, .inode = about.st_ino };
    return OK;
}

bool store_identity_equal(const struct store_identity *a, const struct store_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}
