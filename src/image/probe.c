// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/probe.h"

#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PROBE_SIZE = 4096,
    PROBE_MODE = 0600,
};

static enum status make_file(const char *path, int *fd_out, struct error *err)
{
    char bytes[PROBE_SIZE] = { 0 };
    CLEANUP(file_closep)
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, PROBE_MODE);
    if (fd < 0 || write(fd, bytes, sizeof(bytes)) != PROBE_SIZE)
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    *fd_out = fd;
    fd = -1;
    return OK;
}

/* Opens and maps the file, as a reader that keeps it would. */
static void *map_apart(const char *path)
{
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return MAP_FAILED;
    return mmap(NULL, PROBE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
}

static enum status probe_lease(const char *path, int fd, struct error *err)
{
    if (fcntl(fd, F_SETLEASE, F_WRLCK) || fcntl(fd, F_SETLEASE, F_UNLCK))
        return FAIL(err, ERR_LIMIT, "no leases: %s", strerror(errno));
    void *mapping = map_apart(path);
    if (mapping == MAP_FAILED)
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    bool granted = fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
    if (granted)
        (void)fcntl(fd, F_SETLEASE, F_UNLCK);
    (void)munmap(mapping, PROBE_SIZE);
    if (granted)
        return FAIL(err, ERR_LIMIT, "leases are granted for files that others read");
    return OK;
}

enum status probe_folder(const char *folder, struct error *err)
{
    char first[PATH_MAX], second[PATH_MAX];
    struct buf a = BUF_ON(first), b = BUF_ON(second);
    buf_printf(&a, "%s/data.probe.1", folder);
    buf_printf(&b, "%s/data.probe.2", folder);
    (void)buf_text(&a);
    (void)buf_text(&b);
    if (a.full || b.full)
        return FAIL(err, ERR_IO, "%s: %s", folder, strerror(ENAMETOOLONG));

    CLEANUP(file_closep) int fd = -1;
    CLEANUP(file_closep) int other = -1;
    enum status status = make_file(first, &fd, err);
    if (!status)
        status = make_file(second, &other, err);
    if (!status && fault_hit("image.probe"))
        status = FAIL(err, ERR_LIMIT, "no leases: %s", strerror(EINVAL));
    if (!status)
        status = probe_lease(first, fd, err);
    if (!status && renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE))
        status = FAIL(err, ERR_LIMIT, "no exchange of names: %s", strerror(errno));
    (void)unlink(first);
    (void)unlink(second);
    return status;
}
