// SPDX-License-Identifier: GPL-3.0-or-later
/* control_page_writer.h - what the image's writer hands out, as played by a test: the words, and images
 * that are made from files. */
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "image/control_page.h"
#include "image/mirrored_image.h"
#include "test.h"

struct writer {
    struct sealed memory; /* of the words */
    struct words *words;
};

__attribute__((unused)) static void writer_init(struct writer *writer)
{
    CHECK_INT(sealed_make(sizeof(struct words), &writer->memory, NULL), OK);
    sealed_close(&writer->memory);
    CHECK(writer->memory.holds);
    writer->words = (struct words *)(void *)writer->memory.at;
    writer->words->magic = WORDS_MAGIC;
}

__attribute__((unused)) static void writer_done(struct writer *writer)
{
    sealed_done(&writer->memory);
}

/* The image of a file, under this number; the descriptor is the caller's. */
__attribute__((unused)) static int writer_image(const struct writer *writer, uint32_t id,
                                                int file)
{
    struct sheet sheet = SHEET_NONE;
    struct stat about;
    CHECK_INT(fstat(file, &about), 0);
    CHECK_INT(sheet_load(&sheet, file, NULL), OK);
    atomic_store(&writer->words->devices[words_slot(id)], about.st_dev);
    atomic_store(&writer->words->inodes[words_slot(id)], about.st_ino);
    int fd = fcntl(sheet.memory.fd, F_DUPFD_CLOEXEC, 0);
    CHECK(fd >= 0);
    sheet_done(&sheet);
    return fd;
}
