// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/sqlite_lock.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of SQLite's file format, section "WAL-mode shm locks": documented, and never to change. */
enum {
    WRITE_LOCK = 0, /* the number of the lock */
    LOCKS_AT = 120, /* the byte in the index where they begin */
    LINK_SIZE = 64,
    DESCRIPTORS_MAX = 256 /* the database is opened before there are many */
};

/* What stands behind SQLite's own part of a file. */
struct tail {
    sqlite3_io_methods methods; /* the usual ones, except for those below */
    const sqlite3_io_methods *usual;
    bool is_held;
};

/* SQLite keeps a pointer to it, and so it lives as long as the process. */
static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *usual;
    size_t tail_at;
    pthread_once_t once;
} layer = { .once = PTHREAD_ONCE_INIT };

static struct tail *tail_of(sqlite3_file *file)
{
    /* Aligned: see set_up(). */
    return (struct tail *)(void *)((char *)file + layer.tail_at);
}

static int lock(sqlite3_file *file, int first, int count, int flags)
{
    struct tail *tail = tail_of(file);
    if (first != WRITE_LOCK || count != 1 || !(flags & SQLITE_SHM_EXCLUSIVE))
        return tail->usual->xShmLock(file, first, count, flags);
    if (flags & SQLITE_SHM_UNLOCK || tail->is_held)
        return SQLITE_OK;
    int result = tail->usual->xShmLock(file, first, count, flags);
    tail->is_held = result == SQLITE_OK;
    return result;
}

static int unmap(sqlite3_file *file, int removes)
{
    struct tail *tail = tail_of(file);
    if (tail->is_held)
        (void)tail->usual->xShmLock(file, WRITE_LOCK, 1,
                                    SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
    tail->is_held = false;
    return tail->usual->xShmUnmap(file, removes);
}

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
                     int flags, int *flags_out)
{
    (void)vfs;
    int result = layer.usual->xOpen(layer.usual, name, file, flags, flags_out);
    if (result != SQLITE_OK || !file->pMethods || file->pMethods->iVersion < 2)
        return result;
    struct tail *tail = tail_of(file);
    tail->usual = file->pMethods;
    tail->methods = *file->pMethods;
    tail->methods.xShmLock = lock;
    tail->methods.xShmUnmap = unmap;
    tail->is_held = false;
    file->pMethods = &tail->methods;
    return result;
}

static void set_up(void)
{
    layer.usual = sqlite3_vfs_find(NULL);
    if (!layer.usual)
        return;
    const size_t align = _Alignof(struct tail);
    layer.tail_at = ((size_t)layer.usual->szOsFile + align - 1) / align * align;
    layer.vfs = *layer.usual;
    layer.vfs.pNext = NULL;
    layer.vfs.zName = "rove-writer";
    layer.vfs.szOsFile = (int)(layer.tail_at + sizeof(struct tail));
    layer.vfs.xOpen = open_file;
    if (sqlite3_vfs_register(&layer.vfs, 0) != SQLITE_OK)
        layer.usual = NULL;
}

const char *sqlite_lock_layer(void)
{
    (void)pthread_once(&layer.once, set_up);
    return layer.usual ? layer.vfs.zName : NULL;
}

/* ----- who holds it ----- */

/* SQLite's own descriptor of the file, lent; -1: none. Opening the file ourselves, and closing it
 * again, would end all locks that this process has on it; and a role's bounds let it read links in
 * /proc, but open nothing there. */
static int find_descriptor(const char *path)
{
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        char storage[LINK_SIZE], target[PATH_MAX];
        struct buf link = BUF_ON(storage);
        buf_printf(&link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(buf_text(&link), target, sizeof(target));
        if (n > 0 && str_equal(str_bytes(target, (size_t)n), str_from(path)))
            return fd;
    }
    return -1;
}

void sqlite_lock_put_holder(const char *path, struct buf *out)
{
    char whole[PATH_MAX], storage[PATH_MAX + 8];
    struct buf index = BUF_ON(storage);
    if (!realpath(path, whole))
        return;
    buf_printf(&index, "%s-shm", whole);
    int fd = find_descriptor(buf_text(&index));
    struct flock about = { .l_type = F_WRLCK,
                           .l_whence = SEEK_SET,
                           .l_start = LOCKS_AT + WRITE_LOCK,
                           .l_len = 1 };
    if (fd < 0 || fcntl(fd, F_GETLK, &about) || about.l_type == F_UNLCK)
        return;
    if (about.l_pid <= 0) { /* an open file description's, or of another name space */
        buf_put_text(out, " (by a process that the system does not name)");
        return;
    }
    buf_printf(out, " (by process %d)", (int)about.l_pid);
}
