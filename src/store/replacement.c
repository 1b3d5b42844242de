// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/replacement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/lock.h"
#include "store/sqlite_files.h"

static const char fresh_end[] = ".restoring", aside_end[] = ".replaced-";

static enum status name_files(struct replacement *out, int64_t now_s, struct error *err)
{
    struct buf fresh = BUF_ON(out->fresh), aside = BUF_ON(out->aside);
    buf_printf(&fresh, "%s%s", out->path, fresh_end);
    buf_printf(&aside, "%s%s%lld", out->path, aside_end, (long long)now_s);
    (void)buf_text(&fresh);
    (void)buf_text(&aside);
    if (fresh.full || aside.full)
        return FAIL(err, ERR_LIMIT, "%s: path too long", out->path);
    return OK;
}

static enum status find_owner(struct replacement *out, struct error *err)
{
    struct stat about;
    CLEANUP(mem_freep) char *folder = file_folder(out->path);
    if (stat(out->path, &about) && stat(folder, &about))
        return FAIL(err, ERR_IO, "%s: %s", folder, strerror(errno));
    out->uid = about.st_uid;
    out->gid = about.st_gid;
    return OK;
}

enum status replacement_begin(const char *path, int64_t now_s, struct replacement *out,
                              struct error *err)
{
    *out = (struct replacement){ .path = path, .lock = -1 };
    enum status status = name_files(out, now_s, err);
    if (!status)
        status = lock_take(path, &out->lock, err);
    return status ? status : find_owner(out, err);
}

enum status replacement_give(const struct replacement *replacement, const char *path,
                             struct error *err)
{
    if (geteuid() == 0 && chown(path, replacement->uid, replacement->gid))
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    return OK;
}

enum status replacement_finish(const struct replacement *replacement, struct error *err)
{
    const char *path = replacement->path;
    enum status status = sqlite_move(path, replacement->aside, err);
    if (!status && rename(replacement->fresh, path))
        status = FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    return status ? status : file_sync_directory(path, err);
}

/* Without the lock the new database, if there is one, is another process's. */
void replacement_end(struct replacement *replacement)
{
    if (replacement->lock < 0)
        return;
    lock_remove(replacement->fresh);
    sqlite_remove(replacement->fresh);
    file_close(replacement->lock);
    replacement->lock = -1;
}

/* ----- what an interrupted one left ----- */

struct search {
    const char *path;
    struct error *err;
    bool found;
};

static bool look(void *ctx, const char *path)
{
    struct search *search = (struct search *)ctx;
    struct str whole = str_from(path), start = str_from(search->path);
    if (!str_starts(whole, start))
        return true;
    struct str end = str_from_at(whole, start.n);
    search->found =
        str_equal(end, str_from(fresh_end)) || str_starts(end, str_from(aside_end));
    if (search->found)
        error_set(search->err,
                  "%s is missing, but there is %s beside it: a restore was "
                  "interrupted. Do it again, or move that file away",
                  search->path, file_name(path));
    return !search->found;
}

bool replacement_was_cut(const char *path, struct error *err)
{
    if (access(path, F_OK) == 0 || errno != ENOENT)
        return false;
    struct search search = { .path = path, .err = err };
    sqlite_each_beside(path, look, &search);
    return search.found;
}
