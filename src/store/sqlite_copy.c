// SPDX-License-Identifier: GPL-3.0-or-later
/* SQLite's own way to copy a database that is in use. The pages come from the one view of an
 * open transaction, so the copy never has to begin again however much is written meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/sqlite_part.h"

enum {
    STEP_PAGES = 256 /* 1 MiB between two questions whether to go on */
};

static void close_sqlite(sqlite3 *db)
{
    (void)sqlite3_close_v2(db);
}
CLEANER(close_sqlite, sqlite3 *)

static enum status make_file(const char *path, struct error *err)
{
    CLEANUP(file_closep)
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    return fd < 0 ? FAIL(err, ERR_IO, "%s: %s", path, strerror(errno)) : OK;
}

static enum status copy_pages(sqlite3_backup *backup, bool (*go_on)(void *ctx), void *ctx)
{
    for (;;) {
        int result = sqlite3_backup_step(backup, STEP_PAGES);
        if (result == SQLITE_DONE)
            return OK;
        if (result != SQLITE_OK)
            return ERR_IO;
        if (!go_on(ctx))
            return ERR_BUSY;
    }
}

static enum status copy_to(struct sql *sql, sqlite3 *to, bool (*go_on)(void *ctx),
                           void *ctx, struct error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", sqlite_of(sql), "main");
    if (!backup)
        return FAIL(err, ERR_IO, "copy: %s", sqlite3_errmsg(to));
    enum status status = copy_pages(backup, go_on, ctx);
    int result = sqlite3_backup_finish(backup);
    if (status == ERR_BUSY)
        return FAIL(err, status, "copy: stopped");
    if (status || result != SQLITE_OK)
        return FAIL(err, ERR_IO, "copy: %s", sqlite3_errmsg(to));
    return OK;
}

static enum status copy_into(struct sql *sql, const char *path, bool (*go_on)(void *ctx),
                             void *ctx, struct error *err)
{
    CLEANUP(close_sqlitep) sqlite3 *to = NULL;
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(to, "PRAGMA synchronous = OFF", NULL, NULL, NULL) != SQLITE_OK)
        return FAIL(err, ERR_IO, "%s: %s", path, sqlite3_errmsg(to));
    return copy_to(sql, to, go_on, ctx, err);
}

enum status sqlite_copy(struct sql *sql, const char *path, bool (*go_on)(void *ctx),
                        void *ctx, struct error *err)
{
    enum status status = make_file(path, err);
    if (status)
        return status;
    status = copy_into(sql, path, go_on, ctx, err);
    if (status)
        (void)unlink(path);
    return status;
}
