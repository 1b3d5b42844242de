// SPDX-License-Identifier: GPL-3.0-or-later
/* folder.h - a folder of its own for a test, and images made from arrays of records. */
#pragma once

#include "base/file.h"
#include "base/mem.h"
#include "image/draft.h"
#include "image/image.h"
#include "image/writer.h"
#include "test.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MAX = 64 << 20
};

struct folder {
    char path[64];
    char file[80], new_file[80]; /* data.cdb and the one beside it */
};

__attribute__((unused)) static struct folder folder_make(void)
{
    struct folder folder = { .path = "/tmp/rove-image-XXXXXX" };
    CHECK(mkdtemp(folder.path) != NULL);
    struct buf file = BUF_ON(folder.file), new_file = BUF_ON(folder.new_file);
    buf_printf(&file, "%s/data.cdb", folder.path);
    buf_printf(&new_file, "%s/data.cdb.tmp", folder.path);
    (void)buf_text(&file);
    (void)buf_text(&new_file);
    return folder;
}

__attribute__((unused)) static void folder_remove(const struct folder *folder)
{
    char spare[88];
    struct buf path = BUF_ON(spare);
    buf_printf(&path, "%s/data.spare", folder->path);
    (void)unlink(buf_text(&path)); /* a writer may still be open */
    buf_put_text(&path, ".new");
    (void)unlink(buf_text(&path));
    (void)unlink(folder->file);
    CHECK(access(folder->new_file, F_OK) != 0); /* nothing may ever leave it behind */
    CHECK(rmdir(folder->path) == 0);
}

__attribute__((unused)) static void write_file(const char *path, struct str bytes)
{
    /* A new file: some file systems flush one that is cut and written again. */
    (void)unlink(path);
    FILE *file = fopen(path, "we");
    CHECK(file != NULL);
    CHECK(fwrite(bytes.n ? bytes.at : "", 1, bytes.n, file) == bytes.n);
    CHECK(fclose(file) == 0);
}

__attribute__((unused)) static struct name name_of(const char *text)
{
    struct name name;
    struct error err;
    CHECK_INT(name_parse(str_from(text), &name, &err), OK);
    return name;
}

struct rows {
    const struct record *at;
    size_t n;
};

__attribute__((unused)) static enum status walk_rows(void *ctx,
                                                     const struct record_sink *sink,
                                                     struct error *err)
{
    const struct rows *rows = (const struct rows *)ctx;
    for (size_t i = 0; i < rows->n; i++) {
        enum status status = sink_record(sink, &rows->at[i], err);
        if (status)
            return status;
    }
    return OK;
}

__attribute__((unused)) static enum status rebuild_from(const struct folder *folder,
                                                        struct rows rows,
                                                        struct error *err)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    CHECK_INT(image_writer_open(folder->path, &writer, NULL), OK);
    struct image_source source = { .walk = walk_rows, .ctx = &rows };
    return image_rebuild(writer, &source, err);
}

/* An image of these records. */
__attribute__((unused)) static struct image *image_from(const struct folder *folder,
                                                        struct rows rows)
{
    struct error err = { "" };
    CHECK_INT(rebuild_from(folder, rows, &err), OK);
    struct image *image = NULL;
    CHECK_INT(image_open(folder->file, &image, &err), OK);
    return image;
}

enum {
    NO_MARK = -1
};

/* The count of children in a name's mark. */
__attribute__((unused)) static int64_t children_of(const struct image *image,
                                                   struct str name)
{
    char bytes[256];
    struct buf key = BUF_ON(bytes);
    buf_put_u8(&key, 0);
    buf_put(&key, name);
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, NULL, buf_str(&key), false, &cursor);
    if (!image_next(&cursor, &record))
        return NO_MARK;
    CHECK(record.type == 0 && record.rdata.n == 0);
    int64_t children = record.ttl_s;
    CHECK(!image_next(&cursor, &record));
    return children;
}
