// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/seal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"

enum {
    PIECE_SIZE = 256 * 1024,
    LINE_SIZE = 14 + 2 * DIGEST_SIZE + 1
};

static const char line_head[] = "rove-backup-1 ";
static_assert(sizeof(line_head) + (size_t)2 * DIGEST_SIZE == LINE_SIZE, "the last line");

static enum status fail_io(const char *path, struct error *err)
{
    return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
}

/* The line for the first `n` bytes. */
static enum status make_line(int fd, const char *path, off_t n,
                             const struct seal_pause *pause, struct buf *out,
                             struct error *err)
{
    CLEANUP(mem_freep) char *piece = (char *)mem_new(PIECE_SIZE);
    struct digest_run run;
    digest_begin(&run);
    for (off_t at = 0; at < n;) {
        if (pause && pause->go_on && !pause->go_on(pause->ctx))
            return FAIL(err, ERR_BUSY, "%s: stopped", path);
        size_t want = n - at < PIECE_SIZE ? (size_t)(n - at) : PIECE_SIZE;
        ssize_t got = pread(fd, piece, want, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return FAIL(err, ERR_IO, "%s: %s", path, got ? strerror(errno) : "cut");
        digest_add(&run, str_bytes(piece, (size_t)got));
        at += got;
    }
    struct digest digest = digest_end(&run);
    buf_put_text(out, line_head);
    buf_put_hex(out, digest_bytes(&digest));
    buf_put_text(out, "\n");
    return OK;
}

enum status seal_put(int fd, const char *path, const struct seal_pause *pause,
                     struct error *err)
{
    struct stat info;
    uint8_t storage[LINE_SIZE];
    struct buf line = BUF_ON(storage);
    if (fstat(fd, &info))
        return fail_io(path, err);
    enum status status = make_line(fd, path, info.st_size, pause, &line, err);
    if (status)
        return status;
    if (pwrite(fd, storage, line.n, info.st_size) != (ssize_t)line.n || fsync(fd))
        return fail_io(path, err);
    return OK;
}

enum status seal_check(int fd, const char *path, off_t *size, struct error *err)
{
    struct stat info;
    char held[LINE_SIZE];
    if (fstat(fd, &info))
        return fail_io(path, err);
    off_t n = info.st_size - LINE_SIZE;
    if (n <= 0 || pread(fd, held, sizeof(held), n) != LINE_SIZE ||
        !str_starts(str_bytes(held, sizeof(held)), str_from(line_head)))
        return FAIL(err, ERR_SYNTAX, "no backup, or cut: its last line is missing");
    uint8_t storage[LINE_SIZE];
    struct buf line = BUF_ON(storage);
    enum status status = make_line(fd, path, n, NULL, &line, err);
    if (status)
        return status;
    if (!str_equal(buf_str(&line), str_bytes(held, sizeof(held))))
        return FAIL(err, ERR_CONFLICT, "damaged: its bytes are not those of its digest");
    *size = n;
    return OK;
}
