// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads whole files and replaces them: a new file is written under another name, synced when that
 * is wanted, and renamed. Also copies, and locks that tell who holds them. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/mem.h"

void file_close(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

/* Fails with the reason of the last system call. */
static enum status system_error(const char *path, const char *doing, struct error *err)
{
    int code = errno;
    enum status status = code == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    return FAIL(err, status, "%s %s: %s", doing, path, strerror(code));
}

/* Whether `point` is to fail; errno is then what a bad disk would give. */
static bool fails(const char *point)
{
    if (!fault_hit(point))
        return false;
    errno = EIO;
    return true;
}

/* Reads `size` bytes, or fewer at the end of the file. -1: errno has the reason. */
static ssize_t read_all(int fd, char *at, size_t size)
{
    size_t n = 0;
    while (n < size) {
        ssize_t got = read(fd, at + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

/* Reads up to one byte more than `max`, which shows that a file is too long. The buffer grows with
 * the data, as the size that a file claims to have proves nothing. */
static enum status read_open(const char *path, int fd, size_t max, char **out,
                             size_t *n_out, struct error *err)
{
    enum {
        PIECE = 16384
    };
    CLEANUP(mem_freep) char *contents = NULL;
    size_t n = 0, room = 0;
    do {
        room += room ? room : PIECE;
        contents = mem_resize(contents, room + 1, 1);
        ssize_t got = fails("file.read") ? -1 : read_all(fd, contents + n, room - n);
        if (got < 0)
            return system_error(path, "read", err);
        n += (size_t)got;
    } while (n == room && n <= max);
    if (n > max)
        return FAIL(err, ERR_LIMIT, "%s has more than %zu bytes", path, max);

    contents[n] = '\0';
    *out = TAKE(contents);
    *n_out = n;
    return OK;
}

enum status file_read(const char *path, size_t max, char **out, size_t *n_out,
                      struct error *err)
{
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? system_error(path, "open", err)
                  : read_open(path, fd, max, out, n_out, err);
}

enum status file_read_plain(const char *path, size_t max, char **out, size_t *n_out,
                            uid_t *owner_out, struct error *err)
{
    struct stat info;
    CLEANUP(file_closep)
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info))
        return system_error(path, "open", err);
    if (!S_ISREG(info.st_mode))
        return FAIL(err, ERR_IO, "%s: is not a plain file", path);
    *owner_out = info.st_uid;
    return read_open(path, fd, max, out, n_out, err);
}

static bool write_all(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t wrote = fails("file.write") ? -1 : write(fd, bytes.at, bytes.n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        bytes = str_from_at(bytes, (size_t)wrote);
    }
    return true;
}

static bool sync_fd(int fd)
{
    return !fails("file.sync") && fsync(fd) == 0;
}

/* Makes a new, empty file. Removes first what an earlier attempt left behind; O_EXCL then ensures
 * that no link leads elsewhere. */
static enum status create(const char *path, int *out, struct error *err)
{
    if (unlink(path) && errno != ENOENT)
        return system_error(path, "remove", err);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return system_error(path, "create", err);
    *out = fd;
    return OK;
}

/* Sets the mode, whatever the umask is, and brings the contents to the disk if `synced`. */
static enum status settle(const char *path, int fd, mode_t mode, bool synced,
                          struct error *err)
{
    if (fchmod(fd, mode))
        return system_error(path, "set the mode of", err);
    return !synced || sync_fd(fd) ? OK : system_error(path, "sync", err);
}

/* Makes a new file `path` with the contents, and brings it to the disk if `synced`. */
static enum status write_new(const char *path, struct str contents, mode_t mode,
                             bool synced, struct error *err)
{
    CLEANUP(file_closep) int fd = -1;
    enum status status = create(path, &fd, err);
    if (status)
        return status;
    if (!write_all(fd, contents))
        return system_error(path, "write", err);
    return settle(path, fd, mode, synced, err);
}

static enum status copy_pieces(int in, const char *from, int out, const char *path,
                               struct error *err)
{
    enum {
        PIECE = 256 * 1024
    };
    CLEANUP(mem_freep) char *piece = mem_new(PIECE);
    for (;;) {
        ssize_t n = fails("file.read") ? -1 : read_all(in, piece, PIECE);
        if (n < 0)
            return system_error(from, "read", err);
        if (n == 0)
            return OK;
        if (!write_all(out, str_bytes(piece, (size_t)n)))
            return system_error(path, "write", err);
    }
}

enum status file_copy(int fd, const char *from, const char *path, mode_t mode,
                      struct error *err)
{
    CLEANUP(file_closep) int out = -1;
    enum status status = create(path, &out, err);
    if (status)
        return status;
    status = copy_pieces(fd, from, out, path, err);
    if (!status)
        status = settle(path, out, mode, true, err);
    if (status)
        (void)unlink(path);
    return status;
}

static enum status replace(const char *path, struct str contents, mode_t mode,
                           bool synced, struct error *err)
{
    static const char suffix[] = ".tmp";
    size_t n = strlen(path) + sizeof(suffix);
    CLEANUP(mem_freep) char *temporary = mem_new(n);
    struct buf name = buf_on(temporary, n);
    buf_put_text(&name, path);
    buf_put_text(&name, suffix);

    enum status status = write_new(temporary, contents, mode, synced, err);
    if (!status && (fails("file.rename") || rename(temporary, path)))
        status = system_error(path, "rename to", err);
    if (status) {
        (void)unlink(temporary);
        return status;
    }
    return synced ? file_sync_directory(path, err) : OK;
}

enum status file_replace(const char *path, struct str contents, mode_t mode,
                         struct error *err)
{
    return replace(path, contents, mode, true, err);
}

enum status file_replace_unsynced(const char *path, struct str contents, mode_t mode,
                                  struct error *err)
{
    return replace(path, contents, mode, false, err);
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = mem_copy_text(slash ? path : ".");
    if (slash)
        folder[slash == path ? 1 : slash - path] = '\0'; /* the slash of "/file" stays */
    return folder;
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum status file_sync_directory(const char *path, struct error *err)
{
    CLEANUP(mem_freep) char *folder = file_folder(path);
    CLEANUP(file_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return system_error(folder, "open", err);
    return sync_fd(fd) ? OK : system_error(folder, "sync", err);
}

/* Fails with the pid of the process that holds the lock, as far as the file tells it. */
static enum status report_holder(const char *path, int fd, struct error *err)
{
    char text[24];
    ssize_t n = read_all(fd, text, sizeof(text));
    struct str pid = str_trim(str_bytes(text, n > 0 ? (size_t)n : 0));
    return FAIL(err, ERR_BUSY, "%s is locked by process " STR_FMT, path, STR_ARG(pid));
}

static enum status take_lock(const char *path, int fd, struct error *err)
{
    if (flock(fd, LOCK_EX | LOCK_NB))
        return errno == EWOULDBLOCK ? report_holder(path, fd, err)
                                    : system_error(path, "lock", err);
    char text[24];
    struct buf pid = BUF_ON(text);
    buf_printf(&pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) || !write_all(fd, buf_str(&pid)))
        return system_error(path, "write", err);
    return OK;
}

enum status file_lock(const char *path, int *fd_out, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return system_error(path, "open", err);
    enum status status = take_lock(path, fd, err);
    if (status)
        file_close(fd);
    else
        *fd_out = fd;
    return status;
}

struct file_sight file_look_at(const char *path)
{
    struct stat info;
    if (stat(path, &info))
        return (struct file_sight){ .there = false };
    return (struct file_sight){ .there = true,
                                .device = info.st_dev,
                                .inode = info.st_ino,
                                .size = info.st_size,
                                .written = info.st_mtim };
}

bool file_sight_equal(const struct file_sight *a, const struct file_sight *b)
{
    return a->there == b->there && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && a->written.tv_sec == b->written.tv_sec &&
           a->written.tv_nsec == b->written.tv_nsec;
}
