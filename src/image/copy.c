// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/copy.h"

#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SLICE = 4 << 20, /* bytes; some milliseconds */
    COPY_MODE = 0644,
};

enum status copy_begin(struct copy *copy, const char *path, const struct image *from,
                       struct error *err)
{
    (void)unlink(path);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, COPY_MODE);
    if (fd < 0 || fchmod(fd, COPY_MODE)) {
        file_close(fd);
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    *copy = (struct copy){ .fd = fd, .memory = -1, .n = image_size(from), .from = from };
    return OK;
}

static enum status write_all(int fd, size_t at, struct str bytes, struct error *err)
{
    while (bytes.n > 0) {
        ssize_t n = -1;
        if (fault_hit("image.copy"))
            errno = ENOSPC;
        else
            n = pwrite(fd, bytes.at, bytes.n, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL(err, ERR_IO, "a copy of the image: %s", strerror(errno));
        bytes = str_from_at(bytes, (size_t)n);
        at += (size_t)n;
    }
    return OK;
}

static enum status write_at(const struct copy *copy, size_t at, struct str bytes,
                            struct error *err)
{
    enum status status = write_all(copy->fd, at, bytes, err);
    return status || copy->memory < 0 ? status : write_all(copy->memory, at, bytes, err);
}

enum status copy_some(struct copy *copy, bool *done_out, struct error *err)
{
    size_t left = copy->n - copy->at, n = left < SLICE ? left : SLICE;
    enum status status =
        write_at(copy, copy->at, str_bytes(view_bytes(copy->from) + copy->at, n), err);
    copy->at += n;
    *done_out = copy->at == copy->n;
    return status;
}

struct following {
    const struct copy *copy;
    enum status status;
    struct error *err;
};

static void follow_one(void *ctx, size_t at, struct str bytes)
{
    struct following *following = (struct following *)ctx;
    if (!following->status && at < following->copy->at)
        following->status = write_at(following->copy, at, bytes, following->err);
}

enum status copy_follow(struct copy *copy, const struct image *live,
                        const struct redo *redo, struct error *err)
{
    struct following following = { .copy = copy, .err = err };
    copy->from = live;
    redo_each(redo, 0, follow_one, &following);
    return following.status;
}

void copy_done(struct copy *copy)
{
    file_close(copy->fd);
    *copy = (struct copy){ .fd = -1, .memory = -1 };
}
