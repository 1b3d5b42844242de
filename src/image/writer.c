// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/writer.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/build.h"
#include "image/double_buffer.h"
#include "image/edit.h"
#include "image/flush.h"
#include "image/probe.h"

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
    char folder[PATH_MAX];
    char path[PATH_MAX];
    char new_path[PATH_MAX]; /* beside it, until it is whole */
    char new_spare[PATH_MAX];
    bool patches;
    struct error why_not;
    struct twin twin; /* used when `patches` */
};

struct image_made {
    const struct image_writer *writer;
    struct sheet sheet; /* without a file: it was taken */
    struct sheet spare; /* a copy; without a file: there is none */
    struct room room;
    struct redo redo; /* what the copy lags by */
};

enum status image_writer_open(const char *directory, struct image_writer **out,
                              struct error *err)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NEW(struct image_writer);
    writer->twin.shared = SEALED_NONE;
    struct buf folder = BUF_ON(writer->folder);
    buf_put_text(&folder, directory);
    (void)buf_text(&folder);
    struct buf path = BUF_ON(writer->path), new_path = BUF_ON(writer->new_path);
    struct buf new_spare = BUF_ON(writer->new_spare);
    buf_printf(&path, "%s/data.cdb", directory);
    buf_printf(&new_path, "%s/data.cdb.tmp", directory);
    buf_printf(&new_spare, "%s/data.spare.tmp", directory);
    (void)buf_text(&path);
    (void)buf_text(&new_path);
    (void)buf_text(&new_spare);
    if (folder.full || path.full || new_path.full || new_spare.full)
        return FAIL(err, ERR_IO, "%s: %s", directory, strerror(ENAMETOOLONG));

    /* With this mode whatever the umask is: others serve from it. */
    if (mkdir(directory, DIRECTORY_MODE) == 0 ? chmod(directory, DIRECTORY_MODE) != 0
                                              : errno != EEXIST)
        return FAIL(err, ERR_IO, "%s: %s", directory, strerror(errno));
    if (unlink(writer->new_path) && errno != ENOENT)
        return FAIL(err, ERR_IO, "%s: %s", writer->new_path, strerror(errno));
    (void)unlink(writer->new_spare);
    if (!probe_folder(writer->folder, &writer->why_not) &&
        !twin_init(&writer->twin, writer->folder, writer->path, &writer->why_not))
        writer->patches = true;
    *out = TAKE(writer);
    return OK;
}

void image_writer_close(struct image_writer *writer)
{
    if (!writer)
        return;
    if (writer->patches)
        twin_done(&writer->twin);
    mem_free(writer);
}

const char *image_writer_path(const struct image_writer *writer)
{
    return writer->path;
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
        status = flush_now(build->fd, build->path, err);
    return status;
}

/* ----- a whole image ----- */

enum status image_make(const struct image_writer *writer,
                       const struct image_source *source, struct image_made **out,
                       struct error *err)
{
    (void)unlink(writer->new_path); /* when we crashed in here the last time */
    struct build build;
    enum status status = build_init(&build, writer->new_path, UINT32_MAX, err);
    if (!status)
        status = make_file(&build, source, err);
    struct sheet sheet = SHEET_NONE;
    if (!status)
        status = sheet_load(&sheet, build.fd, err);
    if (!status) {
        status = sheet_take_file(&sheet, build.fd, err);
        build.fd = -1;
    }
    if (!status) {
        *out = NEW(struct image_made);
        **out = (struct image_made){
            .writer = writer, .sheet = sheet, .spare = SHEET_NONE, .room = build.room
        };
        sheet = SHEET_NONE;
    }
    build_done(&build);
    sheet_done(&sheet);
    if (status)
        (void)unlink(writer->new_path);
    return status;
}

void image_made_double(struct image_made *made, const atomic_bool *stop)
{
    const struct image_writer *writer = made->writer;
    const struct image *image = made->sheet.image;
    struct sheet spare = SHEET_NONE;
    struct copy copy = { .fd = -1, .memory = -1 };
    bool is_whole = false;
    enum status status = ERR_LIMIT;
    if (writer->patches)
        status = sealed_make(image_size(image), &spare.memory, NULL);
    if (!status)
        status = copy_begin(&copy, writer->new_spare, image, NULL);
    copy.memory = spare.memory.fd;
    while (!status && !is_whole && !atomic_load(stop))
        status = copy_some(&copy, &is_whole, NULL);
    if (!status && is_whole)
        status = flush_now(copy.fd, writer->new_spare, NULL);
    if (!status && is_whole)
        status = sheet_open(&spare, NULL);
    if (!status && is_whole) {
        status = sheet_take_file(&spare, copy.fd, NULL);
        copy.fd = -1;
    }
    if (!status && is_whole) {
        made->spare = spare;
        return;
    }
    copy_done(&copy);
    sheet_done(&spare);
    (void)unlink(writer->new_spare);
}

static void drop_copy(struct image_made *made)
{
    if (made->spare.fd >= 0)
        (void)unlink(made->writer->new_spare);
    sheet_done(&made->spare);
}

void image_made_free(struct image_made *made)
{
    if (!made)
        return;
    drop_copy(made);
    if (made->sheet.fd >= 0)
        (void)unlink(made->writer->new_path);
    sheet_done(&made->sheet);
    redo_done(&made->redo);
    mem_free(made);
}

enum status image_made_apply(struct image_made *made, const struct image_changes *changes,
                             const struct image_diff *diff, struct error *err)
{
    size_t before = made->redo.n;
    const struct patch patch = { .image = made->sheet.image,
                                 .room = &made->room,
                                 .redo = &made->redo };
    enum status status = edit_apply(&patch, changes, diff, err);
    sheet_write(&made->sheet, &made->redo, before);
    sheet_stamp(&made->sheet);
    if (made->spare.fd < 0)
        made->redo.n = 0;
    return status;
}

enum status image_take(struct image_writer *writer, struct image_made *made,
                       struct error *err)
{
    enum status status = rename_file(writer->new_path, writer->path, err);
    if (status)
        return status;
    status = sync_directory(writer->path, err);
    if (made->spare.fd >= 0 && rename(writer->new_spare, writer->twin.spare.path))
        drop_copy(made);
    if (writer->patches) /* what fails in it, the next image_apply() tells */
        twin_take(&writer->twin, &made->sheet, &made->spare, &made->room, &made->redo);
    sheet_done(&made->sheet);
    return status;
}

enum status image_rebuild(struct image_writer *writer, const struct image_source *source,
                          struct error *err)
{
    struct image_made *made = NULL;
    enum status status = image_make(writer, source, &made, err);
    if (!status)
        status = image_take(writer, made, err);
    image_made_free(made);
    return status;
}

/* ----- changes in place ----- */

bool image_writer_patches(const struct image_writer *writer, const char **why)
{
    if (why)
        *why = writer->why_not.text;
    return writer->patches;
}

enum status image_apply(struct image_writer *writer, const struct image_changes *changes,
                        const struct image_diff *diff, struct error *err)
{
    if (!writer->patches)
        return FAIL(err, ERR_LIMIT, "%s: %s", writer->path, writer->why_not.text);
    return twin_apply(&writer->twin, changes, diff, err);
}

unsigned image_writer_fill(const struct image_writer *writer)
{
    return writer->patches ? room_fill(&writer->twin.room) : 0;
}

bool image_writer_look(struct image_writer *writer)
{
    return !writer->patches || twin_look(&writer->twin);
}

enum image_work image_writer_work(struct image_writer *writer, struct error *err)
{
    if (writer->patches)
        return twin_work(&writer->twin, err);
    if (err)
        err->text[0] = 0;
    return IMAGE_IDLE;
}

bool image_writer_sync(const struct image_writer *writer)
{
    const struct twin *twin = &writer->twin;
    if (!writer->patches)
        return true; /* it was synced when it was made */
    int fd = twin->sides[twin->live].sheet.fd;
    return fd >= 0 && flush_now(fd, writer->path, NULL) == OK;
}

/* ----- readers in other processes ----- */

int image_writer_words(const struct image_writer *writer)
{
    return writer->twin.shared.fd;
}

void image_writer_on_file(struct image_writer *writer, image_file_fn fn, void *ctx)
{
    writer->twin.file_fn = fn;
    writer->twin.file_ctx = ctx;
}

void image_writer_each_file(const struct image_writer *writer, image_file_fn fn,
                            void *ctx)
{
    for (unsigned i = 0; writer->patches && i < WORDS_SLOTS; i++) {
        const struct twin_side *side = &writer->twin.sides[i];
        if (side->sheet.image)
            fn(ctx, side->id, side->sheet.memory.fd);
    }
}

enum status image_writer_snapshot(struct image_writer *writer, image_snapshot_fn fn,
                                  void *ctx)
{
    return writer->patches ? twin_snapshot(&writer->twin, fn, ctx, NULL) : ERR_LIMIT;
}

const struct image *image_writer_live(const struct image_writer *writer)
{
    const struct twin *twin = &writer->twin;
    return writer->patches ? twin->sides[twin->live].sheet.image : NULL;
}
