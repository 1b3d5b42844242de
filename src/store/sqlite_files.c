// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/sqlite_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum {
    PATH_SIZE = 4096
};

static const char log_end[] = "-wal", index_end[] = "-shm";
static const char *const ends[] = { log_end, index_end, "-journal" };

/* NULL: it is too long. */
static const char *join(char storage[PATH_SIZE], const char *path, const char *end)
{
    struct buf text = buf_on(storage, PATH_SIZE);
    buf_printf(&text, "%s%s", path, end);
    const char *joined = buf_text(&text);
    return text.full ? NULL : joined;
}

void sqlite_remove(const char *path)
{
    (void)unlink(path);
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        char storage[PATH_SIZE];
        const char *one = join(storage, path, ends[i]);
        if (one)
            (void)unlink(one);
    }
}

static enum status move(const char *from, const char *to, struct error *err)
{
    if (rename(from, to) && errno != ENOENT)
        return FAIL(err, ERR_IO, "%s: %s", to, strerror(errno));
    return OK;
}

/* The log belongs to the database: under the new name SQLite finds both again, and makes the
 * index anew. */
enum status sqlite_move(const char *from, const char *to, struct error *err)
{
    char from_log[PATH_SIZE], to_log[PATH_SIZE], from_index[PATH_SIZE];
    if (!join(from_log, from, log_end) || !join(to_log, to, log_end) ||
        !join(from_index, from, index_end))
        return FAIL(err, ERR_IO, "%s: path too long", from);
    enum status status = move(from, to, err);
    if (!status)
        status = move(from_log, to_log, err);
    if (!status && unlink(from_index) && errno != ENOENT)
        status = FAIL(err, ERR_IO, "%s: %s", from_index, strerror(errno));
    return status;
}

struct str sqlite_database_of(struct str path)
{
    for (size_t i = 0; i < LENGTH_OF(ends); i++)
        if (str_ends(path, str_from(ends[i])))
            return str_first(path, path.n - strlen(ends[i]));
    return path;
}

void sqlite_each_beside(const char *path, bool (*fn)(void *ctx, const char *path),
                        void *ctx)
{
    CLEANUP(mem_freep) char *folder = file_folder(path);
    struct str before = str_bytes(path, (size_t)(file_name(path) - path));
    DIR *list = opendir(folder);
    if (!list)
        return;
    bool goes_on = true;
    for (const struct dirent *entry; goes_on && (entry = readdir(list));) {
        char storage[PATH_SIZE];
        struct buf one = BUF_ON(storage);
        buf_put(&one, before);
        buf_put_text(&one, entry->d_name);
        (void)buf_text(&one);
        goes_on = one.full || fn(ctx, storage);
    }
    (void)closedir(list);
}
