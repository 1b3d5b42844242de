// SPDX-License-Identifier: GPL-3.0-or-later
/* A draft goes through these steps: its file is built, loaded into memory, given a spare file, and
 * renamed into place. */
#include "image/draft.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/build.h"
#include "image/edit.h"
#include "image/flush.h"
#include "image/writer_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct image_draft {
    const struct image_writer *writer;
    struct mirrored_image mirrored; /* without a file: it has taken its place */
    struct mirrored_image spare;    /* a copy; without a file: there is none */
    struct slack slack;
    struct redo redo; /* the changes that the copy lags by */
};

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

/* Builds the new file under its temporary name, until it is whole and on the disk. */
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
