// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "test.h"

enum {
    PATH_SIZE = 256,
    SECTOR = 512
};

/* A write or truncation that was not synced yet. */
struct piece {
    struct piece *next, *before;
    char path[PATH_SIZE];
    sqlite3_int64 at, size_before; /* of the file */
    int n;
    bool truncates;     /* to `at` */
    uint8_t *old, *new; /* n bytes each; what lay behind the old end is zeros */
};

struct disk_file {
    sqlite3_file base;
    char path[PATH_SIZE];
    sqlite3_file *real; /* stands behind this */
};

static struct {
    enum disk_trouble trouble;
    uint64_t nth, calls, hits;
    bool sticky, off;
    struct piece *first, *last;
    sqlite3_vfs vfs, *real;
} disk;

static struct disk_file *file_of(sqlite3_file *file)
{
    return (struct disk_file *)(void *)file;
}

/* ----- what goes wrong ----- */

/* Whether this call meets the trouble. */
static bool meets(bool is_sync)
{
    if (disk.off)
        return true;
    if (disk.trouble == DISK_WELL || (disk.trouble == DISK_SYNC_FAILS && !is_sync))
        return false;
    disk.calls++;
    if (disk.calls != disk.nth && !(disk.sticky && disk.calls > disk.nth))
        return false;
    disk.hits++;
    if (disk.trouble == DISK_KILL)
        (void)kill(getpid(), SIGKILL);
    if (disk.trouble == DISK_CUT)
        disk.off = true;
    return true;
}

static bool fills(void)
{
    return !disk.off && (disk.trouble == DISK_FULL || disk.trouble == DISK_SHORT);
}

/* ----- what is not synced ----- */

static void free_piece(struct piece *piece)
{
    free(piece->old);
    free(piece->new);
    free(piece);
}

static void forget(struct piece *piece)
{
    *(piece->before ? &piece->before->next : &disk.first) = piece->next;
    *(piece->next ? &piece->next->before : &disk.last) = piece->before;
    free_piece(piece);
}

static void note(struct disk_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    struct piece *piece = calloc(1, sizeof(*piece));
    assert(piece);
    memcpy(piece->path, file->path, sizeof(piece->path));
    piece->at = at;
    piece->truncates = bytes == NULL;
    (void)file->real->pMethods->xFileSize(file->real, &piece->size_before);
    piece->n = n;
    if (piece->truncates && piece->size_before > at)
        piece->n = (int)(piece->size_before - at);
    piece->old = calloc(1, (size_t)piece->n + 1);
    piece->new = calloc(1, (size_t)piece->n + 1);
    CHECK(piece->old && piece->new);
    (void)file->real->pMethods->xRead(file->real, piece->old, piece->n, at);
    if (bytes)
        memcpy(piece->new, bytes, (size_t)n);
    piece->before = disk.last;
    *(disk.last ? &disk.last->next : &disk.first) = piece;
    disk.last = piece;
}

static void forget_all_of(const char *path)
{
    for (struct piece *piece = disk.first, *next; piece; piece = next) {
        next = piece->next;
        if (!path || strcmp(piece->path, path) == 0)
            forget(piece);
    }
}

static void put(const char *path, const void *bytes, int n, sqlite3_int64 at)
{
    int fd = open(path, O_RDWR);
    if (fd < 0)
        return; /* removed since */
    CHECK(pwrite(fd, bytes, (size_t)n, at) == n);
    (void)close(fd);
}

static void resize(const char *path, sqlite3_int64 size)
{
    if (access(path, F_OK) == 0)
        CHECK_INT(truncate(path, size), 0);
}

void disk_power_on(uint64_t seed)
{
    for (struct piece *piece = disk.last; piece; piece = piece->before) {
        put(piece->path, piece->old, piece->n, piece->at);
        resize(piece->path, piece->size_before);
    }
    for (struct piece *piece = disk.first; piece; piece = piece->next) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        unsigned chance = (unsigned)(seed >> 60); /* 0..15 */
        int n = chance < 5 ? 0 : piece->n;        /* gone, or there */
        if (chance == 5)                          /* torn */
            n = (int)((seed >> 32) % ((unsigned)piece->n + 1)) / SECTOR * SECTOR;
        if (piece->truncates && n == piece->n)
            resize(piece->path, piece->at);
        else if (!piece->truncates)
            put(piece->path, piece->new, n, piece->at);
    }
    forget_all_of(NULL);
    disk_arm(DISK_WELL, 0, false);
}

/* ----- SQLite's calls ----- */

static int do_close(sqlite3_file *file)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int do_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
    sqlite3_file *real = file_of(file)->real;
    if (!fills() && meets(false))
        return SQLITE_IOERR_READ;
    return real->pMethods->xRead(real, bytes, n, at);
}

static int do_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    struct disk_file *self = file_of(file);
    bool bad = meets(false);
    if (bad && disk.trouble == DISK_SHORT && !disk.off) {
        note(self, bytes, n / 2, at);
        (void)self->real->pMethods->xWrite(self->real, bytes, n / 2, at);
    }
    if (bad)
        return fills() ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    note(self, bytes, n, at);
    return self->real->pMethods->xWrite(self->real, bytes, n, at);
}

static int do_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct disk_file *self = file_of(file);
    if (!fills() && meets(false))
        return SQLITE_IOERR_TRUNCATE;
    note(self, NULL, 0, size);
    return self->real->pMethods->xTruncate(self->real, size);
}

static int do_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    if (meets(true))
        return fills() ? SQLITE_FULL : SQLITE_IOERR_FSYNC;
    forget_all_of(file_of(file)->path);
    return SQLITE_OK;
}

static int do_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods->xFileSize(real, size);
}

static int do_lock(sqlite3_file *file, int kind)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods->xLock(real, kind);
}

static int do_unlock(sqlite3_file *file, int kind)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods->xUnlock(real, kind);
}

static int do_check_lock(sqlite3_file *file, int *held)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods->xCheckReservedLock(real, held);
}

static int do_control(sqlite3_file *file, int code, void *at)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods->xFileControl(real, code, at);
}

static int do_sector_size(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

/* Nothing is promised of a write that was not synced. */
static int do_characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static int do_shm_map(sqlite3_file *file, int page, int size, int extend,
                      void volatile **out)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods->xShmMap(real, page, size, extend, out);
}

static int do_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods->xShmLock(real, offset, n, flags);
}

static void do_shm_barrier(sqlite3_file *file)
{
    sqlite3_file *real = file_of(file)->real;
    real->pMethods->xShmBarrier(real);
}

static int do_shm_unmap(sqlite3_file *file, int removes)
{
    sqlite3_file *real = file_of(file)->real;
    return real->pMethods->xShmUnmap(real, removes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = do_close,
    .xRead = do_read,
    .xWrite = do_write,
    .xTruncate = do_truncate,
    .xSync = do_sync,
    .xFileSize = do_file_size,
    .xLock = do_lock,
    .xUnlock = do_unlock,
    .xCheckReservedLock = do_check_lock,
    .xFileControl = do_control,
    .xSectorSize = do_sector_size,
    .xDeviceCharacteristics = do_characteristics,
    .xShmMap = do_shm_map,
    .xShmLock = do_shm_lock,
    .xShmBarrier = do_shm_barrier,
    .xShmUnmap = do_shm_unmap,
};

static int do_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                   int *flags_out)
{
    (void)vfs;
    struct disk_file *self = file_of(file);
    self->real = (sqlite3_file *)(void *)(self + 1);
    self->path[0] = '\0';
    if (path)
        (void)sqlite3_snprintf(PATH_SIZE, self->path, "%s", path);
    int result = disk.real->xOpen(disk.real, path, self->real, flags, flags_out);
    self->base.pMethods = result == SQLITE_OK ? &methods : NULL;
    return result;
}

static int do_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs;
    if (disk.off)
        return SQLITE_IOERR_DELETE;
    forget_all_of(path);
    (void)sync;
    return disk.real->xDelete(disk.real, path, 0);
}

void disk_install(void)
{
    if (disk.real)
        return;
    CHECK_INT(sqlite3_initialize(), SQLITE_OK);
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "disk";
    disk.vfs.pNext = NULL;
    disk.vfs.szOsFile = (int)sizeof(struct disk_file) + disk.real->szOsFile;
    disk.vfs.xOpen = do_open;
    disk.vfs.xDelete = do_delete;
    CHECK_INT(sqlite3_vfs_register(&disk.vfs, 1), SQLITE_OK);
}

void disk_arm(enum disk_trouble trouble, uint64_t nth, bool sticky)
{
    disk.trouble = trouble;
    disk.nth = nth;
    disk.sticky = sticky;
    disk.off = false;
    disk.calls = 0;
    disk.hits = 0;
}

uint64_t disk_calls(void)
{
    return disk.calls;
}

uint64_t disk_hits(void)
{
    return disk.hits;
}
