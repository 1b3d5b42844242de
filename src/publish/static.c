// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/static.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FILE_MAX = 1 << 30 /* bytes of one file */
};

typedef enum status (*visit_fn)(void *ctx, const char *path, const struct stat *about,
                                struct error *err);

static enum status stat_path(const char *path, struct stat *out, struct error *err)
{
    if (stat(path, out) == 0)
        return OK;
    return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                strerror(errno));
}

/* Not what editors and dpkg leave behind: old lines beside the new ones. */
static int is_wanted(const struct dirent *entry)
{
    struct str name = str_from(entry->d_name);
    return !str_starts(name, STR(".")) && !str_starts(name, STR("#")) &&
           !str_ends(name, STR("~")) && !strstr(entry->d_name, ".dpkg-");
}

/* By bytes, not by locale: the order must be the same on every machine. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum status visit_entry(const char *folder, const char *name, visit_fn visit,
                               void *ctx, struct error *err)
{
    char path[PATH_MAX];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/%s", folder, name);
    (void)buf_text(&text);
    if (text.full)
        return FAIL(err, ERR_LIMIT, "%s: path too long", folder);

    struct stat about;
    enum status status = stat_path(path, &about, err);
    if (status || !S_ISREG(about.st_mode))
        return status;
    return visit(ctx, path, &about, err);
}

static enum status visit_folder(const char *folder, visit_fn visit, void *ctx,
                                struct error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_wanted, compare_names);
    if (count < 0)
        return FAIL(err, ERR_IO, "%s: %s", folder, strerror(errno));

    enum status status = OK;
    for (int i = 0; i < count; i++) {
        if (!status)
            status = visit_entry(folder, entries[i]->d_name, visit, ctx, err);
        mem_free(entries[i]);
    }
    mem_free(entries);
    return status;
}

static enum status visit_all(const struct static_paths *paths, visit_fn visit, void *ctx,
                             struct error *err)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct stat about;
        enum status status = stat_path(paths->at[i], &about, err);
        if (!status && !S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode))
            status =
                FAIL(err, ERR_SYNTAX, "%s: neither a file nor a folder", paths->at[i]);
        if (!status)
            status = S_ISDIR(about.st_mode) ? visit_folder(paths->at[i], visit, ctx, err)
                                            : visit(ctx, paths->at[i], &about, err);
        if (status)
            return status;
    }
    return OK;
}

/* Chains one more file to the fingerprint of those before it. */
static enum status look_at(void *ctx, const char *path, const struct stat *about,
                           struct error *err)
{
    struct static_look *look = ctx;
    char space[PATH_MAX + 256];
    struct buf text = BUF_ON(space);
    buf_put(&text, digest_bytes(&look->fingerprint));
    buf_put_text(&text, path);
    buf_put_u8(&text, 0);
    const int64_t facts[] = { (int64_t)about->st_dev, (int64_t)about->st_ino,
                              about->st_size,         about->st_mtim.tv_sec,
                              about->st_mtim.tv_nsec, about->st_ctim.tv_sec,
                              about->st_ctim.tv_nsec };
    for (size_t i = 0; i < LENGTH_OF(facts); i++)
        buf_put_u64(&text, (uint64_t)facts[i]);
    if (text.full)
        return FAIL(err, ERR_LIMIT, "%s: path too long", path);

    look->fingerprint = digest_plain(buf_str(&text));
    if (about->st_mtim.tv_sec > look->serial)
        look->serial = (uint32_t)about->st_mtim.tv_sec;
    return OK;
}

enum status static_look(const struct static_paths *paths, struct static_look *out,
                        struct error *err)
{
    struct static_look look = { .serial = 1 };
    enum status status = visit_all(paths, look_at, &look, err);
    if (!status)
        *out = look;
    return status;
}

struct reading {
    uint32_t serial;
    const struct record_sink *sink;
};

static enum status read_one(void *ctx, const char *path, const struct stat *about,
                            struct error *err)
{
    (void)about; /* the file may have changed since */
    const struct reading *reading = ctx;
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    enum status status = file_read(path, FILE_MAX, &text, &n, err);
    if (status)
        return status;
    return tinydata_parse(path, str_bytes(text, n), reading->serial, reading->sink, err);
}

enum status static_read(const struct static_paths *paths, uint32_t serial,
                        const struct record_sink *sink, struct error *err)
{
    struct reading reading = { .serial = serial, .sink = sink };
    return visit_all(paths, read_one, &reading, err);
}
