// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/spare_file.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_image(const char *path)
{
    struct image *image = NULL;
    bool is_one = image_open(path, &image, NULL) == OK;
    image_close(image);
    return is_one;
}

enum status spare_file_init(struct spare_file *spare, const char *folder,
                            const char *path, struct error *err)
{
    *spare = (struct spare_file){ .copy = { .fd = -1, .memory = -1 } };
    struct buf spare_path = BUF_ON(spare->path), new_path = BUF_ON(spare->new_path);
    buf_printf(&spare_path, "%s/data.spare", folder);
    buf_printf(&new_path, "%s/data.spare.new", folder);
    (void)buf_text(&spare_path);
    (void)buf_text(&new_path);
    if (spare_path.full || new_path.full)
        return FAIL(err, ERR_IO, "%s: %s", folder, strerror(ENAMETOOLONG));
    if (is_image(path) && unlink(spare->path) && errno != ENOENT)
        return FAIL(err, ERR_IO, "%s: %s", spare->path, strerror(errno));
    (void)unlink(spare->new_path);
    return OK;
}

bool spare_file_is_coming(const struct spare_file *spare)
{
    return spare->copy.fd >= 0;
}

void spare_file_stop(struct spare_file *spare)
{
    flush_free(TAKE(spare->flush));
    if (!spare_file_is_coming(spare))
        return;
    copy_done(&spare->copy);
    (void)unlink(spare->new_path);
}

void spare_file_done(struct spare_file *spare)
{
    spare_file_stop(spare);
    if (spare->path[0])
        (void)unlink(spare->path);
}

enum status spare_file_begin(struct spare_file *spare, const struct image *live,
                             int memory, struct error *err)
{
    spare_file_done(spare);
    enum status status = copy_begin(&spare->copy, spare->new_path, live, err);
    if (!status)
        spare->copy.memory = memory;
    return status;
}

static enum status take_name(struct spare_file *spare, int *fd_out, struct error *err)
{
    if (rename(spare->new_path, spare->path))
        return FAIL(err, ERR_IO, "%s: %s", spare->path, strerror(errno));
    *fd_out = spare->copy.fd;
    spare->copy.fd = -1;
    return OK;
}

/* The file is copied, then brought to the disk, then given its name. */
static enum image_work step(struct spare_file *spare, int *fd_out, enum status *status,
                            struct error *err)
{
    if (!spare->flush) {
        bool is_copied = false;
        *status = copy_some(&spare->copy, &is_copied, err);
        if (is_copied && !*status)
            spare->flush = flush_new(spare->copy.fd, -1);
        return IMAGE_WORKS;
    }
    if (!flush_has_ended(spare->flush, status, err))
        return IMAGE_WAITS;
    flush_free(TAKE(spare->flush));
    if (!*status)
        *status = take_name(spare, fd_out, err);
    return IMAGE_IDLE;
}

enum image_work spare_file_work(struct spare_file *spare, int *fd_out,
                                enum status *status, struct error *err)
{
    *fd_out = -1;
    *status = OK;
    if (!spare_file_is_coming(spare))
        return IMAGE_IDLE;
    enum image_work work = step(spare, fd_out, status, err);
    if (!*status)
        return work;
    spare_file_stop(spare);
    return IMAGE_IDLE;
}
