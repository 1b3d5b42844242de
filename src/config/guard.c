// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/guard.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status look(const char *path, struct stat *out, struct error *err)
{
    if (lstat(path, out) == 0)
        return OK;
    int code = errno;
    return FAIL(err, code == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                strerror(code));
}

static enum status refuse_modes(const char *path, const struct stat *info, mode_t bits,
                                const char *what, struct error *err)
{
    if ((info->st_mode & bits) == 0)
        return OK;
    return FAIL(err, ERR_DENIED, "%s: %s (mode %03o): chmod it to %03o", path, what,
                (unsigned)(info->st_mode & 0777),
                (unsigned)(info->st_mode & 0777 & ~bits));
}

static enum status refuse_owner(const char *path, const struct stat *info,
                                struct error *err)
{
    if (info->st_uid == 0 || info->st_uid == geteuid())
        return OK;
    return FAIL(
        err, ERR_DENIED,
        "%s: belongs to user %lu: it must be root's, or of the user that runs this", path,
        (unsigned long)info->st_uid);
}

static enum status guard_owned(const char *path, const struct stat *info,
                               struct error *err)
{
    mode_t writers = geteuid() == 0 ? S_IWGRP | S_IWOTH : S_IWOTH;
    enum status status =
        refuse_modes(path, info, writers, "others than its owner may write it", err);
    return status ? status : refuse_owner(path, info, err);
}

enum status guard_config_file(const char *path, struct error *err)
{
    struct stat info;
    enum status status = look(path, &info, err);
    return status ? status : guard_owned(path, &info, err);
}

enum status guard_plain_file(const char *path, struct error *err)
{
    struct stat info;
    enum status status = look(path, &info, err);
    if (status == ERR_NOT_FOUND)
        return OK;
    if (!status && !S_ISREG(info.st_mode))
        return FAIL(err, ERR_DENIED, "%s: is not a plain file, or a link to one", path);
    return status;
}

enum status guard_secret_file(const char *path, struct error *err)
{
    struct stat info;
    enum status status = look(path, &info, err);
    if (status)
        return status;
    status = guard_plain_file(path, err);
    if (!status)
        status = refuse_modes(path, &info, S_IRWXO, "others may use it", err);
    return status ? status : guard_owned(path, &info, err);
}

enum status guard_data_folder(const char *path, struct error *err)
{
    struct stat info;
    enum status status = look(path, &info, err);
    if (status)
        return status;
    if (!S_ISDIR(info.st_mode))
        return FAIL(err, ERR_DENIED, "%s: is not a folder, or a link to one", path);
    return refuse_modes(path, &info, S_IWGRP | S_IWOTH,
                        "others than its owner may write into it", err);
}
