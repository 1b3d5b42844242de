// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "config/guard.h"

static enum status cannot(const char *path, struct error *err)
{
    return FAIL(err, ERR_IO, "%s: cannot be made: %s", path, strerror(errno));
}

enum status folder_make(const struct folder *folder, bool apart, struct error *err)
{
    if (mkdir(folder->path, 0700))
        return errno == EEXIST ? OK : cannot(folder->path, err);
    /* The owner of the folder above may have put something else there meanwhile. */
    struct stat info;
    CLEANUP(file_closep)
    int fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &info) == 0 && info.st_uid != geteuid())
        errno = EPERM;
    /* This mode, whatever the umask is. */
    else if (fd >= 0 && fchmod(fd, folder->mode) == 0 &&
             (!apart || fchown(fd, folder->uid, folder->gid) == 0))
        return OK;
    return cannot(folder->path, err);
}

/* Root may have the right to change owners alone. Then it can enter and change only folders that
 * are its own, so it takes the folder first. */
static bool hand_over(int path_fd, const struct folder *folder, const char *const *names)
{
    if (fchownat(path_fd, "", geteuid(), (gid_t)-1, AT_EMPTY_PATH))
        return false;
    CLEANUP(file_closep)
    int fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fchmod(fd, folder->mode))
        return false;
    for (; *names; names++)
        if (unlinkat(fd, *names, 0) && errno != ENOENT)
            return false;
    return fchown(fd, folder->uid, folder->gid) == 0;
}

enum status folder_make_own(const struct folder *folder, bool apart,
                            const char *const *names, struct error *err)
{
    enum status status = folder_make(folder, apart, err);
    if (status)
        return status;
    struct stat info;
    CLEANUP(file_closep)
    int fd = open(folder->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info))
        return FAIL(err, ERR_IO, "%s: %s", folder->path, strerror(errno));
    uid_t uid = apart ? folder->uid : geteuid();
    if (info.st_uid == uid && (!apart || info.st_gid == folder->gid))
        return OK;
    if (apart && hand_over(fd, folder, names))
        return OK;
    return FAIL(err, ERR_DENIED,
                "%s: belongs to user %lu: it must be user %lu's: remove it", folder->path,
                (unsigned long)info.st_uid, (unsigned long)uid);
}

enum status folder_close(const struct folder *folder, struct error *err)
{
    struct stat info;
    CLEANUP(file_closep)
    int fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) || info.st_uid != folder->uid ||
        (info.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return OK;
    if (fchmod(fd, folder->mode) || fchown(fd, folder->uid, folder->gid))
        return FAIL(err, ERR_IO,
                    "%s: others can write into it, and it cannot be closed: %s",
                    folder->path, strerror(errno));
    return OK;
}

enum status folder_lock(const char *path, int *fd_out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX) == 0) {
        *fd_out = fd;
        return OK;
    }
    enum status status =
        FAIL(err, ERR_IO, "%s: cannot be locked: %s", path, strerror(errno));
    file_close(fd);
    return status;
}

enum status folder_guard(const char *path, struct error *err)
{
    struct stat info;
    enum status status = guard_data_folder(path, err);
    if (status)
        return status;
    if (lstat(path, &info))
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (info.st_uid == 0 || info.st_uid == geteuid())
        return OK;
    return FAIL(
        err, ERR_DENIED,
        "%s: belongs to user %lu: it must be root's, or of the user that runs this", path,
        (unsigned long)info.st_uid);
}

enum status folder_expect_owner(const char *path, uid_t uid, const char *user,
                                struct error *err)
{
    struct stat info;
    if (lstat(path, &info))
        return errno == ENOENT ? OK : FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (info.st_uid == uid)
        return OK;
    return FAIL(err, ERR_DENIED, "%s: belongs to user %lu: it must be %s's (%lu)", path,
                (unsigned long)info.st_uid, user, (unsigned long)uid);
}
