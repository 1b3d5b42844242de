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

enum status mirrored_image_load(struct mirrored_image *mirrored, int fd,
                                struct error *err)
{
    struct stat about;
    if (fstat(fd, &about))
        return FAIL(err, ERR_IO, "an image: %s", strerror(errno));
    *mirrored = MIRRORED_IMAGE_NONE;
    enum status status = sealed_make((size_t)about.st_size, &mirrored->memory, err);
    if (!status)
        status = read_all(fd, &mirrored->memory, err);
    if (!status)
        status = mirrored_image_open(mirrored, err);
    if (status)
        mirrored_image_done(mirrored);
    return status;
}

enum status mirrored_image_open(struct mirrored_image *mirrored, struct error *err)
{
    sealed_close(&mirrored->memory);
    return view_open_memory(mirrored->memory.at, mirrored->memory.n, &mirrored->image,
                            err);
}

/* ----- the file ----- */

/* Not by the kernel's own clock, which others' writing uses, too, and which goes by
 * milliseconds: theirs could look like ours. */
void mirrored_image_stamp(struct mirrored_image *mirrored)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
    (void)clock_gettime(CLOCK_REALTIME, &times[1]);
    mirrored->written = times[1];
    (void)futimens(mirrored->fd, times);
}

/* Some file systems keep whole seconds only. */
static bool has_our_time(const struct mirrored_image *mirrored, const struct stat *about)
{
    const struct timespec *kept = &about->st_mtim, *ours = &mirrored->written;
    return kept->tv_sec == ours->tv_sec &&
           (kept->tv_nsec == ours->tv_nsec || kept->tv_nsec == 0);
}

enum status mirrored_image_take_file(struct mirrored_image *mirrored, int fd,
                                     struct error *err)
{
    struct stat about;
    void *at = MAP_FAILED;
    if (fstat(fd, &about) == 0 && (size_t)about.st_size == mirrored->memory.n)
        at = mmap(NULL, mirrored->memory.n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        file_close(fd);
        return FAIL(err, ERR_IO, "an image: cannot be mapped");
    }
    file_close(mirrored_image_drop_file(mirrored));
    mirrored->fd = fd;
    mirrored->file = (uint8_t *)at;
    mirrored->device = about.st_dev;
    mirrored->inode = about.st_ino;
    mirrored_image_stamp(mirrored);
    mirrored->keeps_time = fstat(fd, &about) == 0 && has_our_time(mirrored, &about);
    return OK;
}

static void write_bytes(void *ctx, size_t at, struct str bytes)
{
    memcpy((uint8_t *)ctx + at, bytes.at, bytes.n);
}

void mirrored_image_write(const struct mirrored_image *mirrored, const struct redo *redo,
                          size_t from)
{
    redo_each(redo, from, write_bytes, mirrored->file);
}

bool mirrored_image_is_at(const struct mirrored_image *mirrored, const char *path)
{
    struct stat info;
    return mirrored->file && stat(path, &info) == 0 && info.st_dev == mirrored->device &&
           info.st_ino == mirrored->inode && (size_t)info.st_size == mirrored->memory.n &&
           (!mirrored->keeps_time || has_our_time(mirrored, &info));
}

int mirrored_image_drop_file(struct mirrored_image *mirrored)
{
    int fd = mirrored->fd;
    if (mirrored->file)
        (void)munmap(mirrored->file, mirrored->memory.n);
    mirrored->file = NULL;
    mirrored->fd = -1;
    return fd;
}

void mirrored_image_done(struct mirrored_image *mirrored)
{
    file_close(mirrored_image_drop_file(mirrored));
    image_close(mirrored->image);
    sealed_done(&mirrored->memory);
    *mirrored = MIRRORED_IMAGE_NONE;
}
