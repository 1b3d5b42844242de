// SPDX-License-Identifier: GPL-3.0-or-later
/* The image room as a program, for tests that compare it with others.
 *
 *     tool_image build DIR     tinydns data on standard input into DIR/data.cdb
 *     tool_image walk FILE     its records, in the order of the file
 *     tool_image zone FILE     for each name on standard input: what a transfer would hold
 *     tool_image find FILE     for each name on standard input: its records and wildcard's
 *
 * A record is a line: owner's wire name in hex, "=" or "*", type, TTL, time stamp, location
 * and data in hex. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/random.h"
#include "dns/tinydns_reader.h"
#include "image/draft.h"
#include "image/image.h"
#include "image/writer.h"

enum {
    TEXT_MAX = 256 << 20,
    LINE_SIZE = 2 * (NAME_SIZE + RDATA_SIZE) + 64,
    SERIAL = 1, /* of SOA records without one */
};

static enum status print(const struct record *record)
{
    static char bytes[LINE_SIZE];
    struct buf line = BUF_ON(bytes);
    buf_put_hex(&line, name_bytes(&record->owner));
    buf_printf(&line, " %c %u %u %016llx ", record->wildcard ? '*' : '=',
               (unsigned)record->type, (unsigned)record->ttl_s,
               (unsigned long long)record->stamp);
    buf_put_hex(&line, str_bytes(record->location, sizeof(record->location)));
    buf_put_u8(&line, ' ');
    buf_put_hex(&line, record->rdata);
    return puts(buf_text(&line)) < 0 || line.full ? ERR_IO : OK;
}

static enum status print_walked(void *ctx, const struct record *record)
{
    (void)ctx;
    return print(record);
}

/* ----- build ----- */

static enum status walk_input(void *ctx, const struct record_sink *sink,
                              struct error *err)
{
    CLEANUP(mem_freep) char *text = (char *)mem_new(TEXT_MAX);
    size_t n = fread(text, 1, TEXT_MAX, (FILE *)ctx);
    return tinydns_parse("input", str_bytes(text, n), SERIAL, sink, err);
}

static enum status build(const char *directory, struct error *err)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    enum status status = image_writer_open(directory, &writer, err);
    if (status)
        return status;
    struct image_source source = { .walk = walk_input, .ctx = stdin };
    return image_rebuild(writer, &source, err);
}

/* ----- look ----- */

static enum status print_found(const struct image *image, const struct name *name,
                               bool wildcard)
{
    struct image_cursor cursor;
    struct image_record found;
    image_find(image, NULL, name_bytes(name), wildcard, &cursor);
    while (image_next(&cursor, &found)) {
        struct record record = { .owner = *name,
                                 .wildcard = wildcard,
                                 .type = found.type,
                                 .ttl_s = found.ttl_s,
                                 .rdata = found.rdata,
                                 .stamp = found.stamp };
        memcpy(record.location, found.location, sizeof(record.location));
        enum status status = print(&record);
        if (status)
            return status;
    }
    return OK;
}

static enum status print_both(const struct image *image, const struct name *name)
{
    enum status status = print_found(image, name, false);
    return status ? status : print_found(image, name, true);
}

static enum status print_zone(const struct image *image, const struct name *name)
{
    return image_walk_zone(image, name, print_walked, NULL);
}

static enum status for_each_name(const struct image *image,
                                 enum status (*fn)(const struct image *image,
                                                   const struct name *name),
                                 struct error *err)
{
    char line[NAME_TEXT_SIZE + 1];
    while (fgets(line, sizeof(line), stdin)) {
        struct name name;
        enum status status = name_parse(str_trim(str_from(line)), &name, err);
        if (!status)
            status = fn(image, &name);
        if (status)
            return status;
    }
    return OK;
}

static enum status look(const char *how, const char *path, struct error *err)
{
    CLEANUP(image_closep) struct image *image = NULL;
    enum status status = image_open(path, &image, err);
    if (status)
        return status;
    if (strcmp(how, "find") == 0)
        return for_each_name(image, print_both, err);
    if (strcmp(how, "zone") == 0)
        return for_each_name(image, print_zone, err);
    return image_walk(image, print_walked, NULL);
}

int main(int argc, char **argv)
{
    random_init();
    if (argc != 3) {
        (void)fputs("usage: tool_image build DIR | walk FILE | zone FILE | find FILE\n",
                    stderr);
        return 2;
    }
    struct error err = { "" };
    bool is_build = strcmp(argv[1], "build") == 0;
    enum status status = is_build ? build(argv[2], &err) : look(argv[1], argv[2], &err);
    if (status)
        (void)fprintf(stderr, "%s: %s\n", status_name(status), err.text);
    return status ? 1 : 0;
}
