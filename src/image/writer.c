// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/writer.h"

#include "base/mem.h"
#include "image/flush.h"
#include "image/probe.h"
#include "image/writer_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DIRECTORY_MODE = 0755,
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

const struct image *image_writer_live(const struct image_writer *writer)
{
    const struct double_buffer *buffer = &writer->buffer;
    return writer->patches ? buffer->halves[buffer->live].mirrored.image : NULL;
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
