// SPDX-License-Identifier: GPL-3.0-or-later
/* control_page_writer.h - what the image's writer hands out, as played by a test: the control page,
 * and images that are made from files. */
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "image/control_page.h"
#include "image/mirrored_image.h"
#include "test.h"

struct writer {
    struct sealed memory; /* of the page */
    struct control_page *page;
};

__attribute__((unused)) static void writer_init(struct writer *writer)
{
    CHECK_INT(sealed_make(sizeof(struct control_page), &writer->memory, NULL), OK);
    sealed_close(&writer->memory);
    CHECK(writer->memory.holds);
    writer->page = (struct control_page *)(void *)writer->memory.at;
    writer->page->magic = CONTROL_PAGE_MAGIC;
}

__attribute__((unused)) static void writer_done(struct writer *writer)
{
    sealed_done(&writer->memory);
}

/* The image of a file, under this number; the descriptor is the caller's. */
__attribute__((unused)) static int writer_image(const struct writer *writer, uint32_t id,
                                                int file)
{
    struct mirrored_image mirrored = MIRRORED_IMAGE_NONE;
    struct stat about;
    CHECK_INT(fstat(file, &about), 0);
    CHECK_INT(mirrored_image_load(&mirrored, file, NULL), OK);
    atomic_store(&writer->page->devices[control_page_slot(id)], about.st_dev);
    atomic_store(&writer->page->inodes[control_page_slot(id)], about.st_ino);
    int fd = fcntl(mirrored.memory.fd, F_DUPFD_CLOEXEC, 0);
    CHECK(fd >= 0);
    mirrored_image_done(&mirrored);
    return fd;
}
