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
    struct double_buffer buffer; /* used when `patches` */
};

struct image_draft {
    const struct image_writer *writer;
    struct mirrored_image mirrored; /* without a file: it was taken */
    struct mirrored_image spare;    /* a copy; without a file: there is none */
    struct slack slack;
    struct redo redo; /* what the copy lags by */
};

enum status image_writer_open(const char *directory, struct image_writer **out,
                              struct error *err)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NEW(struct image_writer);
    writer->buffer.shared = SEALED_NONE;
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
        !double_buffer_init(&writer->buffer, writer->folder, writer->path,
                            &writer->why_not))
        writer->patches = true;
    *out = TAKE(writer);
    return OK;
}

void image_writer_close(struct image_writer *writer)
{
    if (!writer)
        return;
    if (writer->patches)
        double_buffer_done(&writer->buffer);
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

enum status image_draft_make(const struct image_writer *writer,
                             const struct image_source *source, struct image_draft **out,
                             struct error *err)
{
    (void)unlink(writer->new_path); /* when we crashed in here the last time */
    struct build build;
    enum status status = build_init(&build, writer->new_path, UINT32_MAX, err);
    if (!status)
        status = make_file(&build, source, err);
    struct mirrored_image mirrored = MIRRORED_IMAGE_NONE;
    if (!status)
        status = mirrored_image_load(&mirrored, build.fd, err);
    if (!status) {
        status = mirrored_image_take_file(&mirrored, build.fd, err);
        build.fd = -1;
    }
    if (!status) {
        *out = NEW(struct image_draft);
        **out = (struct image_draft){ .writer = writer,
                                      .mirrored = mirrored,
                                      .spare = MIRRORED_IMAGE_NONE,
                                      .slack = build.slack };
        mirrored = MIRRORED_IMAGE_NONE;
    }
    build_done(&build);
    mirrored_image_done(&mirrored);
    if (status)
        (void)unlink(writer->new_path);
    return status;
}

void image_draft_add_spare(struct image_draft *draft, const atomic_bool *stop)
{
    const struct image_writer *writer = draft->writer;
    const struct image *image = draft->mirrored.image;
    struct mirrored_image spare = MIRRORED_IMAGE_NONE;
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
        status = mirrored_image_open(&spare, NULL);
    if (!status && is_whole) {
        status = mirrored_image_take_file(&spare, copy.fd, NULL);
        copy.fd = -1;
    }
    if (!status && is_whole) {
        draft->spare = spare;
        return;
    }
    copy_done(&copy);
    mirrored_image_done(&spare);
    (void)unlink(writer->new_spare);
}

static void drop_copy(struct image_draft *draft)
{
    if (draft->spare.fd >= 0)
        (void)unlink(draft->writer->new_spare);
    mirrored_image_done(&draft->spare);
}

void image_draft_free(struct image_draft *draft)
{
    if (!draft)
        return;
    drop_copy(draft);
    if (draft->mirrored.fd >= 0)
        (void)unlink(draft->writer->new_path);
    mirrored_image_done(&draft->mirrored);
    redo_done(&draft->redo);
    mem_free(draft);
}

enum status image_draft_apply(struct image_draft *draft,
                              const struct image_changes *changes,
                              const struct image_diff *diff, struct error *err)
{
    size_t before = draft->redo.n;
    const struct patch patch = { .image = draft->mirrored.image,
                                 .slack = &draft->slack,
                                 .redo = &draft->redo };
    enum status status = edit_apply(&patch, changes, diff, err);
    mirrored_image_write(&draft->mirrored, &draft->redo, before);
    mirrored_image_stamp(&draft->mirrored);
    if (draft->spare.fd < 0)
        draft->redo.n = 0;
    return status;
}

enum status image_draft_take(struct image_writer *writer, struct image_draft *draft,
                             struct error *err)
{
    enum status status = rename_file(writer->new_path, writer->path, err);
    if (status)
        return status;
    status = sync_directory(writer->path, err);
    if (draft->spare.fd >= 0 && rename(writer->new_spare, writer->buffer.spare_file.path))
        drop_copy(draft);
    if (writer->patches) /* what fails in it, the next image_apply() tells */
        double_buffer_take(&writer->buffer, &draft->mirrored, &draft->spare,
                           &draft->slack, &draft->redo);
    mirrored_image_done(&draft->mirrored);
    return status;
}

enum status image_rebuild(struct image_writer *writer, const struct image_source *source,
                          struct error *err)
{
    struct image_draft *draft = NULL;
    enum status status = image_draft_make(writer, source, &draft, err);
    if (!status)
        status = image_draft_take(writer, draft, err);
    image_draft_free(draft);
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
    return double_buffer_apply(&writer->buffer, changes, diff, err);
}

unsigned image_writer_fill(const struct image_writer *writer)
{
    return writer->patches ? slack_used_percent(&writer->buffer.slack) : 0;
}

bool image_writer_look(struct image_writer *writer)
{
    return !writer->patches || double_buffer_look(&writer->buffer);
}

enum image_work image_writer_work(struct image_writer *writer, struct error *err)
{
    if (writer->patches)
        return double_buffer_work(&writer->buffer, err);
    if (err)
        err->text[0] = 0;
    return IMAGE_IDLE;
}

bool image_writer_sync(const struct image_writer *writer)
{
    const struct double_buffer *buffer = &writer->buffer;
    if (!writer->patches)
        return true; /* it was synced when it was made */
    int fd = buffer->halves[buffer->live].mirrored.fd;
    return fd >= 0 && flush_now(fd, writer->path, NULL) == OK;
}

/* ----- readers in other processes ----- */

int image_writer_control_page(const struct image_writer *writer)
{
    return writer->buffer.shared.fd;
}

void image_writer_on_file(struct image_writer *writer, image_file_fn fn, void *ctx)
{
    writer->buffer.file_fn = fn;
    writer->buffer.file_ctx = ctx;
}

void image_writer_each_file(const struct image_writer *writer, image_file_fn fn,
                            void *ctx)
{
    for (unsigned i = 0; writer->patches && i < CONTROL_PAGE_SLOTS; i++) {
        const struct double_buffer_half *half = &writer->buffer.halves[i];
        if (half->mirrored.image)
            fn(ctx, half->id, half->mirrored.memory.fd);
    }
}

enum status image_writer_snapshot(struct image_writer *writer, image_snapshot_fn fn,
                                  void *ctx)
{
    return writer->patches ? double_buffer_snapshot(&writer->buffer, fn, ctx, NULL)
                           : ERR_LIMIT;
}

const struct image *image_writer_live(const struct image_writer *writer)
{
    const struct double_buffer *buffer = &writer->buffer;
    return writer->patches ? buffer->halves[buffer->live].mirrored.image : NULL;
}
