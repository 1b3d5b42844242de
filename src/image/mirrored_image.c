// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/mirrored_image.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

/* ----- the memory ----- */

static enum status read_all(int fd, const struct sealed *memory, struct error *err)
{
    off_t at = 0;
    while ((size_t)at < memory->n) {
        ssize_t n = sendfile(memory->fd, fd, &at, memory->n - (size_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL(err, ERR_IO, "an image: %s", strerror(errno));
        if (n == 0)
            return FAIL(err, ERR_SYNTAX, "an image: cut while it was read");
    }
    return OK;
}

enum status sheet_load(struct sheet *sheet, int fd, struct error *err)
{
    struct stat about;
    if (fstat(fd, &about))
        return FAIL(err, ERR_IO, "an image: %s", strerror(errno));
    *sheet = SHEET_NONE;
    enum status status = sealed_make((size_t)about.st_size, &sheet->memory, err);
    if (!status)
        status = read_all(fd, &sheet->memory, err);
    if (!status)
        status = sheet_open(sheet, err);
    if (status)
        sheet_done(sheet);
    return status;
}

enum status sheet_open(struct sheet *sheet, struct error *err)
{
    sealed_close(&sheet->memory);
    return view_open_memory(sheet->memory.at, sheet->memory.n, &sheet->image, err);
}

/* ----- the file ----- */

/* Not by the kernel's own clock, which others' writing uses, too, and which goes by
 * milliseconds: theirs could look like ours. */
void sheet_stamp(struct sheet *sheet)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
    (void)clock_gettime(CLOCK_REALTIME, &times[1]);
    sheet->written = times[1];
    (void)futimens(sheet->fd, times);
}

/* Some file systems keep whole seconds only. */
static bool has_our_time(const struct sheet *sheet, const struct stat *about)
{
    const struct timespec *kept = &about->st_mtim, *ours = &sheet->written;
    return kept->tv_sec == ours->tv_sec &&
           (kept->tv_nsec == ours->tv_nsec || kept->tv_nsec == 0);
}

enum status sheet_take_file(struct sheet *sheet, int fd, struct error *err)
{
    struct stat about;
    void *at = MAP_FAILED;
    if (fstat(fd, &about) == 0 && (size_t)about.st_size == sheet->memory.n)
        at = mmap(NULL, sheet->memory.n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        file_close(fd);
        return FAIL(err, ERR_IO, "an image: cannot be mapped");
    }
    file_close(sheet_drop_file(sheet));
    sheet->fd = fd;
    sheet->file = (uint8_t *)at;
    sheet->device = about.st_dev;
    sheet->inode = about.st_ino;
    sheet_stamp(sheet);
    sheet->keeps_time = fstat(fd, &about) == 0 && has_our_time(sheet, &about);
    return OK;
}

static void write_bytes(void *ctx, size_t at, struct str bytes)
{
    memcpy((uint8_t *)ctx + at, bytes.at, bytes.n);
}

void sheet_write(const struct sheet *sheet, const struct redo *redo, size_t from)
{
    redo_each(redo, from, write_bytes, sheet->file);
}

bool sheet_is_at(const struct sheet *sheet, const char *path)
{
    struct stat info;
    return sheet->file && stat(path, &info) == 0 && info.st_dev == sheet->device &&
           info.st_ino == sheet->inode && (size_t)info.st_size == sheet->memory.n &&
           (!sheet->keeps_time || has_our_time(sheet, &info));
}

int sheet_drop_file(struct sheet *sheet)
{
    int fd = sheet->fd;
    if (sheet->file)
        (void)munmap(sheet->file, sheet->memory.n);
    sheet->file = NULL;
    sheet->fd = -1;
    return fd;
}

void sheet_done(struct sheet *sheet)
{
    file_close(sheet_drop_file(sheet));
    image_close(sheet->image);
    sealed_done(&sheet->memory);
    *sheet = SHEET_NONE;
}
