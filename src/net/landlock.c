// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

/* Numbers of the kernel's interface that older headers lack. */
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_TCP UINT64_C(1)
#define NET_BIND_AND_CONNECT_TCP UINT64_C(3)
#define SCOPE_SOCKETS_AND_SIGNALS UINT64_C(3)

/* Older headers have fewer members. An older kernel accepts members that it does not know if they
 * are 0. */
struct ruleset {
    uint64_t files, network, scope;
};

#define FILE_READ ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define FILE_WRITE (LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
#define FOLDER_READ (FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR)
#define FOLDER_WRITE \
    (FOLDER_READ | FILE_WRITE | LANDLOCK_ACCESS_FS_MAKE_REG | \
     LANDLOCK_ACCESS_FS_REMOVE_FILE)

static const uint64_t of_folder[] = {
    [LANDLOCK_READ] = FOLDER_READ,
    [LANDLOCK_WRITE] = FOLDER_WRITE,
    [LANDLOCK_WRITE_SOCKETS] = FOLDER_WRITE | LANDLOCK_ACCESS_FS_MAKE_SOCK,
};
static const uint64_t of_file[] = {
    [LANDLOCK_READ] = FILE_READ,
    [LANDLOCK_WRITE] = FILE_READ | FILE_WRITE,
    [LANDLOCK_WRITE_SOCKETS] = FILE_READ | FILE_WRITE,
};

/* The C library has no wrapper for this call. */
int landlock_version(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

struct landlock_denied landlock_denied_by(int version)
{
    struct landlock_denied denied = { 0 };
    if (version >= 1)
        denied.files = LANDLOCK_ACCESS_FS_REFER - 1; /* all rights that came before it */
    if (version >= 2)
        denied.files |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        denied.files |= FS_TRUNCATE;
    if (version >= 4)
        denied.network = NET_BIND_AND_CONNECT_TCP;
    if (version >= 5)
        denied.files |= FS_IOCTL_DEV;
    if (version >= 6)
        denied.scope = SCOPE_SOCKETS_AND_SIGNALS;
    return denied;
}

static enum status allow(int ruleset, const struct landlock_path *path, uint64_t known,
                         struct error *err)
{
    CLEANUP(file_closep) int fd = open(path->path, O_PATH | O_CLOEXEC);
    struct stat about;
    if (fd < 0 && (errno == ENOENT || errno == EACCES || errno == ENOTDIR))
        return OK; /* the process cannot reach it anyway */
    if (fd < 0 || fstat(fd, &about))
        return FAIL(err, ERR_IO, "%s: %s", path->path, strerror(errno));
    const uint64_t *wanted = S_ISDIR(about.st_mode) ? of_folder : of_file;
    const struct landlock_path_beneath_attr rule = { .allowed_access =
                                                         wanted[path->access] & known,
                                                     .parent_fd = fd };
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
        return FAIL(err, ERR_IO, "%s: Landlock: %s", path->path, strerror(errno));
    return OK;
}

enum status landlock_limit(const struct landlock_path *paths, size_t count,
                           bool may_connect, struct error *err)
{
    int version = landlock_version();
    if (version == 0)
        return FAIL(err, ERR_NOT_FOUND, "the kernel has no Landlock: %s",
                    strerror(errno));
    struct landlock_denied denied = landlock_denied_by(version);
    if (may_connect)
        denied.network &= NET_BIND_TCP;
    const struct ruleset attributes = { denied.files, denied.network, denied.scope };
    CLEANUP(file_closep)
    int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    if (ruleset < 0)
        return FAIL(err, ERR_IO, "Landlock: %s", strerror(errno));
    enum status status = OK;
    for (size_t i = 0; i < count && !status; i++)
        status = allow(ruleset, &paths[i], denied.files, err);
    if (!status && syscall(SYS_landlock_restrict_self, ruleset, 0))
        status = FAIL(err, ERR_IO, "Landlock: %s", strerror(errno));
    return status;
}
