// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/build_file.h"

#include "base/fault.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum status build_write_at(const struct build *build, struct str bytes, uint64_t at,
                           struct error *err)
{
    while (bytes.n) {
        ssize_t n = -1;
        if (fault_hit("image.write"))
            errno = EIO;
        else
            n = pwrite(build->fd, bytes.at, bytes.n, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL(err, ERR_IO, "%s: %s", build->path, strerror(errno));
        bytes = str_from_at(bytes, (size_t)n);
        at += (uint64_t)n;
    }
    return OK;
}

enum status build_flush(struct build *build, struct error *err)
{
    enum status status =
        build_write_at(build, str_bytes(build->pending, build->pending_n),
                       build->size - build->pending_n, err);
    build->pending_n = 0;
    return status;
}

uint8_t *build_reserve(struct build *build, size_t n, struct error *err)
{
    if (PENDING_SIZE - build->pending_n < n) {
        build->status = build_flush(build, err);
        if (build->status)
            return NULL;
    }
    uint8_t *at = build->pending + build->pending_n;
    build->pending_n += n;
    build->size += n;
    return at;
}

enum status build_append(struct build *build, struct str bytes, struct error *err)
{
    if (bytes.n > PENDING_SIZE) {
        enum status status = build_flush(build, err);
        if (!status)
            status = build_write_at(build, bytes, build->size, err);
        build->size += bytes.n;
        return status;
    }
    uint8_t *at = build_reserve(build, bytes.n, err);
    if (!at)
        return build->status;
    if (bytes.n)
        memcpy(at, bytes.at, bytes.n);
    return OK;
}
