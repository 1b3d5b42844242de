// SPDX-License-Identifier: GPL-3.0-or-later
/* Finds the operator's files, works out what they look like from outside, and reads their lines
 * in the order of the paths and, within a folder, of the files' names. */
#include "publish/static.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MAX = 1 << 30 /* bytes of one file */
};

/* What is done with each file that has lines, and with each that has none. */
struct visitor {
    enum status (*data)(void *ctx, const char *path, const struct stat *about,
                        struct error *err);
    void (*other)(void *ctx, const char *folder, const char *name); /* NULL: nothing */
    void *ctx;
    struct findings *findings; /* takes errors, and the visit goes on; NULL: it ends */
};

static enum status stat_path(const char *path, struct stat *out, struct error *err)
{
    if (stat(path, out) == 0)
        return OK;
    return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                strerror(errno));
}

/* Files that are not meant when a path names their folder. */
static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* What editors, packages and tinydns-data leave behind (old lines beside the new ones, or the
 * cdb that was made of them), and what tinydns's own folder has beside `data`. */
static bool is_other(const char *name)
{
    static const char *const names[] = { "Makefile", "makefile", "GNUmakefile" };
    static const char *const ends[] = { "~",    ".bak",  ".orig", ".old",     ".rej",
                                        ".swp", ".save", ",v",    ".rpmsave", ".rpmnew",
                                        ".cdb", ".tmp",  ".new" };
    static const char *const parts[] = { ".dpkg-", ".ucf-" };
    bool other = name[0] == '#';
    for (size_t i = 0; i < LENGTH_OF(names); i++)
        other = other || strcmp(name, names[i]) == 0;
    for (size_t i = 0; i < LENGTH_OF(ends); i++)
        other = other || str_ends(str_from(name), str_from(ends[i]));
    for (size_t i = 0; i < LENGTH_OF(parts); i++)
        other = other || strstr(name, parts[i]);
    return other;
}

/* Such as add-host, by which tinydns's own folder takes new lines. What cannot be read is no
 * script, and an error says so when its lines are read. */
static bool is_script(const char *path, const struct stat *about)
{
    char start[2] = "";
    if (!(about->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? 0 : read(fd, start, sizeof(start));
    file_close(fd);
    return n == sizeof(start) && start[0] == '#' && start[1] == '!';
}

/* By bytes, not by locale: the order must be the same on every machine. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum status visit_entry(const char *folder, const char *name,
                               const struct visitor *visitor, struct error *err)
{
    char path[PATH_MAX];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/%s", folder, name);
    (void)buf_text(&text);
    if (text.full)
        return FAIL(err, ERR_LIMIT, "%s: path too long", folder);

    struct stat about;
    bool other = is_other(name);
    enum status status = other ? OK : stat_path(path, &about, err);
    if (status || (!other && !S_ISREG(about.st_mode)))
        return status;
    if (!other && !is_script(path, &about))
        return visitor->data(visitor->ctx, path, &about, err);
    if (visitor->other)
        visitor->other(visitor->ctx, folder, name);
    return OK;
}

/* Whether an error ends the visit. */
static enum status judge(const struct visitor *visitor, enum status status,
                         const struct error *err)
{
    if (!status || !visitor->findings || status == ERR_BUSY)
        return status;
    findings_add(visitor->findings, FINDING_ERROR, NULL, "%s", err->text);
    return OK;
}

static enum status visit_folder(const char *folder, const struct visitor *visitor,
                                struct error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_visible, compare_names);
    if (count < 0)
        return FAIL(err, ERR_IO, "%s: %s", folder, strerror(errno));

    enum status status = OK;
    for (int i = 0; i < count; i++) {
        if (!status)
            status = judge(visitor, visit_entry(folder, entries[i]->d_name, visitor, err),
                           err);
        mem_free(entries[i]);
    }
    mem_free(entries);
    return status;
}

static enum status visit_path(const char *path, const struct visitor *visitor,
                              struct error *err)
{
    struct stat about;
    enum status status = stat_path(path, &about, err);
    if (status)
        return status;
    if (S_ISDIR(about.st_mode))
        return visit_folder(path, visitor, err);
    if (S_ISREG(about.st_mode))
        return visitor->data(visitor->ctx, path, &about, err);
    return FAIL(err, ERR_SYNTAX, "%s: neither a file nor a folder", path);
}

static enum status visit_all(const struct static_paths *paths,
                             const struct visitor *visitor, struct error *err)
{
    struct error own; /* `err` may be NULL */
    enum status status = OK;
    for (size_t i = 0; i < paths->count && !status; i++)
        status = judge(visitor, visit_path(paths->at[i], visitor, &own), &own);
    return status ? FAIL(err, status, "%s", own.text) : OK;
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

/* Notes what has no lines, as long as there is room for its name. */
static void look_at_other(void *ctx, const char *folder, const char *name)
{
    struct static_look *look = ctx;
    struct buf out = BUF_ON(look->passed_over);
    out.n = strlen(look->passed_over);
    size_t before = out.n;
    if (before > 0)
        buf_put_text(&out, ", ");
    buf_printf(&out, "%s/%s", folder, name);
    (void)buf_text(&out);
    if (out.full)
        look->passed_over[before] = 0;
    look->passed_count++;
}

enum status static_look(const struct static_paths *paths, struct static_look *out,
                        struct error *err)
{
    struct static_look look = { .serial = 1 };
    const struct visitor visitor = { .data = look_at,
                                     .other = look_at_other,
                                     .ctx = &look };
    enum status status = visit_all(paths, &visitor, err);
    if (!status)
        *out = look;
    return status;
}

/* ----- lines ----- */

static enum status read_line(struct static_reader *reader, struct error *err)
{
    struct error own = { "" };
    enum status status =
        tinydns_parse_line(reader->at.text, reader->serial, reader->sink, &own);
    if (!status)
        return OK;
    if (reader->findings && status != ERR_BUSY) {
        struct finding_place place = static_place(reader);
        findings_add(reader->findings, FINDING_ERROR, &place, "%s", own.text);
        return OK;
    }
    error_prefix(&own, "%s:%zu", reader->at.file, reader->at.number);
    return FAIL(err, status, "%s", own.text);
}

static enum status read_one(void *ctx, const char *path, const struct stat *about,
                            struct error *err)
{
    (void)about; /* the file may have changed since */
    struct static_reader *reader = ctx;
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    enum status status = file_read(path, FILE_MAX, &text, &n, err);
    reader->at = (struct static_line){ .file = path };
    for (struct str rest = str_bytes(text, n), line;
         !status && str_next(&rest, '\n', &line);) {
        reader->at.number++;
        reader->at.text = line;
        status = read_line(reader, err);
    }
    return status;
}

struct finding_place static_place(const struct static_reader *reader)
{
    return (struct finding_place){ findings_file(reader->findings, reader->at.file),
                                   (uint32_t)reader->at.number };
}

enum status static_read(const struct static_paths *paths, struct static_reader *reader,
                        struct error *err)
{
    const struct visitor visitor = { .data = read_one,
                                     .ctx = reader,
                                     .findings = reader->findings };
    enum status status = visit_all(paths, &visitor, err);
    reader->at = (struct static_line){ .number = 0 };
    if (status || !reader->findings || !findings_count(reader->findings, FINDING_ERROR))
        return status;
    return FAIL(err, ERR_SYNTAX, "%zu mistakes: nothing would be published",
                findings_count(reader->findings, FINDING_ERROR));
}
