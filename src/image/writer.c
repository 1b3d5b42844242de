// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/writer.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/build.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DIRECTORY_MODE = 0755,
};

struct image_writer {
    char path[PATH_MAX];
    char new_path[PATH_MAX]; /* beside it, until it is whole */
};

enum status image_writer_open(const char *directory, struct image_writer **out,
                              struct error *err)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NEW(struct image_writer);
    struct buf path = BUF_ON(writer->path), new_path = BUF_ON(writer->new_path);
    buf_printf(&path, "%s/data.cdb", directory);
    buf_printf(&new_path, "%s/data.cdb.tmp", directory);
    (void)buf_text(&path);
    (void)buf_text(&new_path);
    if (path.full || new_path.full)
        return FAIL(err, ERR_IO, "%s: %s", directory, strerror(ENAMETOOLONG));

    /* With this mode whatever the umask is: others serve from it. */
    if (mkdir(directory, DIRECTORY_MODE) == 0 ? chmod(directory, DIRECTORY_MODE) != 0
                                              : errno != EEXIST)
        return FAIL(err, ERR_IO, "%s: %s", directory, strerror(errno));
    if (unlink(writer->new_path) && errno != ENOENT)
        return FAIL(err, ERR_IO, "%s: %s", writer->new_path, strerror(errno));
    *out = TAKE(writer);
    return OK;
}

void image_writer_close(struct image_writer *writer)
{
    mem_free(writer);
}

const char *image_writer_path(const struct image_writer *writer)
{
    return writer->path;
}

static enum status sync_file(int fd, const char *path, struct error *err)
{
    if (fault_hit("image.sync"))
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(EIO));
    if (fsync(fd))
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    return OK;
}

static enum status rename_file(const char *from, const char *to, struct error *err)
{
    if (fault_hit("image.rename"))
        return FAIL(err, ERR_IO, "%s: %s", to, strerror(EIO));
    if (rename(from, to))
        return FAIL(err, ERR_IO, "%s: %s", to, strerror(errno));
    return OK;
}

static enum status sync_directory(const char *path, struct error *err)
{
    if (fault_hit("image.sync"))
        return FAIL(err, ERR_IO, "directory of %s: %s", path, strerror(EIO));
    return file_sync_directory(path, err);
}

static enum status emit(void *ctx, const struct record *record, struct error *err)
{
    return build_add((struct build *)ctx, record, err);
}

static enum status emit_location(void *ctx, const struct location_rule *rule,
                                 struct error *err)
{
    return build_add_location((struct build *)ctx, rule, err);
}

/* Everything up to a new file that is whole and on disk, under its temporary name. */
static enum status make_file(struct build *build, const struct image_source *source,
                             struct error *err)
{
    const struct record_sink sink = { .record = emit,
                                      .location = emit_location,
                                      .ctx = build };
    enum status status = source->walk(source->ctx, &sink, err);
    if (!status)
        status = build_finish(build, err);
    if (!status)
        status = sync_file(build->fd, build->path, err);
    return status;
}

enum status image_rebuild(struct image_writer *writer, const struct image_source *source,
                          struct error *err)
{
    (void)unlink(writer->new_path); /* when we crashed in here the last time */
    struct build build;
    enum status status = build_init(&build, writer->new_path, UINT32_MAX, err);
    if (!status)
        status = make_file(&build, source, err);
    build_done(&build);
    if (!status)
        status = rename_file(writer->new_path, writer->path, err);
    if (status) {
        (void)unlink(writer->new_path);
        return status;
    }
    return sync_directory(writer->path, err);
}

enum status image_apply(struct image_writer *writer, const struct image_change *changes,
                        size_t count, const struct image_source *source,
                        struct error *err)
{
    (void)changes;
    return count ? image_rebuild(writer, source, err) : OK;
}
